import { describe, expect, test } from "vitest";
import "./page";
import { importLines, parseCsv } from "../../src/admin/parts/csv";

describe("a file of values", () => {
  test("quotes, ends of lines inside of them, a byte order mark, empty lines", () => {
    expect(parseCsv('\uFEFFa,b\r\n"x, ""y""","two\nlines"\r\n\r\n,\r\nlast,')).toEqual([["a", "b"], ['x, "y"', "two\nlines"], ["last", ""]]);
    expect(parseCsv("")).toEqual([]);
  });
  test("what stands between values is found out by the first line", () => {
    expect(parseCsv("login;name\na@x;b,c")).toEqual([["login", "name"], ["a@x", "b,c"]]);
    expect(parseCsv("login\tname\na\tb")).toEqual([["login", "name"], ["a", "b"]]);
  });
});

describe("a file of people", () => {
  test("columns are found by their names, in any order and in Chinese", () => {
    expect(importLines("Name,Email,Group\nAda,ada@example.org,Sales\n")).toEqual([{ line: 2, login: "ada@example.org", name: "Ada", role: "", group: "Sales" }]);
    expect(importLines("姓名,電子郵件\n王小明,wang@example.org")?.[0]).toMatchObject({ login: "wang@example.org", name: "王小明" });
  });
  test("without a heading the first column is the login", () => {
    expect(importLines("ada@example.org,Ada\nbob@example.org,Bob")?.map((l) => [l.line, l.login])).toEqual([[1, "ada@example.org"], [2, "bob@example.org"]]);
  });
  test("a file without addresses is none", () => {
    expect(importLines("colour,shape\nred,round")).toBeNull();
    expect(importLines("")).toBeNull();
  });
});
