import "./page";
import { expect, test } from "vitest";
import { placeOf } from "../../src/place";

test("an address names an area and what follows it", () => {
  expect(placeOf("/app/meetings/123", "?tab=chat")).toMatchObject({ area: "site", segments: ["meetings", "123"] });
  expect(placeOf("/app/meetings/123", "?tab=chat").query.get("tab")).toBe("chat");
  expect(placeOf("/admin/users/")).toMatchObject({ area: "admin", segments: ["users"] });
  expect(placeOf("/setup", "?token=a").area).toBe("setup");
  expect(placeOf("/j/98765432100")).toMatchObject({ area: "meeting", segments: ["98765432100"] });
  expect(placeOf("/s/98765432100").area).toBe("meeting");
  expect(placeOf("/")).toMatchObject({ area: "site", segments: [] });
});

test("what nobody knows is shown by the site, which says that it is not there", () => {
  expect(placeOf("/nothing/here")).toMatchObject({ area: "site", segments: ["nothing", "here"] });
  expect(placeOf("/j/%E6%9C%83%E8%AD%B0").segments).toEqual(["會議"]);
  expect(placeOf("/j/%zz").segments).toEqual(["%zz"]);
  expect(placeOf("/constructor").area).toBe("site");
});
