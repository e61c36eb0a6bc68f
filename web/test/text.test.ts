// Text from strangers: what stays of it, and what of it is a link.
import { describe, expect, it } from "vitest";
import { cut, fileSize, harmless, harmlessFileName, segments } from "../src/activities/text";

describe("harmless", () => {
  it("takes away what turns or hides text, and nothing that scripts and emoji need", () => {
    expect(harmless("photo\u202Egpj.exe")).toBe("photogpj.exe");
    expect(harmless("\u2066a\u2069\u200B\u200E\uFEFF\u0007b\u{E0041}")).toBe("ab");
    expect(harmless("line\none\ttab")).toBe("line\none\ttab");
    for (const kept of ["👩‍👩‍👧‍👦", "می‌خواهم", "مرحبا", "陳小明", "<script>alert(1)</script>"]) expect(harmless(kept)).toBe(kept);
  });

  it("is cut without tearing a letter apart", () => {
    expect(cut("abc", 2)).toBe("ab");
    expect(cut("a👍b", 2)).toBe("a");
    expect(cut("a👍b", 3)).toBe("a👍");
  });

  it("makes names of files that stay in their folder", () => {
    expect(harmlessFileName("../../etc/passwd")).toBe("__.._etc_passwd");
    expect(harmlessFileName("a\u202Egpj.exe")).toBe("agpj.exe");
    expect(harmlessFileName("...")).toBe("_");
    expect(harmlessFileName("C:\\x|y?.txt")).toBe("C__x_y_.txt");
    expect(harmlessFileName("\u200B")).toBe("file");
    expect(harmlessFileName("x".repeat(1000)).length).toBe(200);
  });
});

const links = (text: string) => segments(text).filter((s) => "href" in s);
const whole = (text: string) => segments(text).map((s) => s.text).join("");

describe("links", () => {
  it("are found in a sentence, without its punctuation", () => {
    expect(segments("See https://example.org/a?b=c, and (http://example.net/x_(y)).")).toEqual([
      { text: "See " },
      { text: "https://example.org/a?b=c", href: "https://example.org/a?b=c", host: "" },
      { text: ", and (" },
      { text: "http://example.net/x_(y)", href: "http://example.net/x_(y)", host: "" },
      { text: ")." },
    ]);
    expect(links("請看https://example.org/頁。")).toMatchObject([{ text: "https://example.org/頁" }]);
  });

  it("never lose or change a letter of the text", () => {
    for (const text of ["", "no link", "https://", "a https://x.y b https://x.y", "http://[::1", "https://example.org…"]) expect(whole(text)).toBe(text);
  });

  it("are only of the web: nothing that runs", () => {
    for (const text of ["javascript:alert(1)", "data:text/html,<script>", "file:///etc/passwd", "vbscript:x", "//example.org"]) expect(links(text)).toEqual([]);
    expect(links('https://example.org/"onmouseover="alert(1)')).toMatchObject([{ href: "https://example.org/" }]);
  });

  it("stay text when something in front of the host pretends to be one", () => {
    expect(links("https://bank.example@evil.example/login")).toEqual([]);
    expect(links("https://user:secret@evil.example")).toEqual([]);
    expect(links("https://bank.example/@user")).toMatchObject([{ href: "https://bank.example/@user" }]);
  });

  it("say where they lead when their letters look like others", () => {
    expect(links("https://аpple.com/")).toMatchObject([{ text: "https://аpple.com/", host: "xn--pple-43d.com" }]);
    expect(links("https://EXAMPLE.org")).toMatchObject([{ host: "" }]);
  });

  it("are found fast in a text that is made to be slow", () => {
    const began = performance.now();
    expect(whole(`https://${"a".repeat(50_000)}${")".repeat(50_000)}`).length).toBe(100_008);
    segments("https://x.y ".repeat(8_000));
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe("sizes", () => {
  it("are told in units that people read", () => {
    expect(fileSize(0, "en")).toBe("0 byte");
    expect(fileSize(1_250_000, "en")).toBe("1.3 MB");
    expect(fileSize(999, "en")).toBe("999 byte");
  });
});
