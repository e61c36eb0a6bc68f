// Where a person goes after the meeting.
import { describe, expect, it } from "vitest";
import { goesByItself, pageAddress } from "../src/meeting/leaving";

describe("the page after a meeting", () => {
  it("is a page, and nothing that a browser would do something else with", () => {
    expect(pageAddress("https://learn.example/course?id=7#done")).toBe("https://learn.example/course?id=7#done");
    expect(pageAddress("http://127.0.0.1:8080")).toBe("http://127.0.0.1:8080/");
    for (const no of [undefined, "", "learn.example", "/course", "//learn.example", "javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "blob:https://a/b"]) {
      expect(pageAddress(no)).toBe("");
    }
  });

  it("is gone to by whoever left or whose meeting is over, and offered to whoever has something to read", () => {
    expect(["left", "ended_by_host"].map(goesByItself)).toEqual([true, true]);
    expect(["removed", "denied", "transport_lost", "replaced", "internal", ""].some(goesByItself)).toBe(false);
  });
});
