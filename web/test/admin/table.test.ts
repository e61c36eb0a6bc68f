import { describe, expect, test } from "vitest";
import "./page";
import { changed, direction, filterQuery, freshTable, isFiltered, keysApart, pageQuery } from "../../src/admin/parts/table";

test("rows that are told apart by nothing have keys of their own, in their order", () => {
  expect(keysApart(["a", "b", "a", "a"])).toEqual(["a", "b", "a 1", "a 2"]);
});

describe("what a table asks for", () => {
  test("page, size, order, search and filters; what is empty is left out", () => {
    let state = freshTable("name", { status: "", role: "" });
    expect(pageQuery(state, { type: "past" })).toEqual({ type: "past", sort: "name", page_size: 30, page_number: 1 });
    state = changed(changed(state, { type: "search", text: " ada " }), { type: "filter", name: "role", value: "admin" });
    expect(filterQuery(state)).toEqual({ role: "admin", sort: "name", query: "ada" });
    expect(isFiltered(state)).toBe(true);
    expect(isFiltered(changed(state, { type: "clear" }))).toBe(false);
  });
  test("clearing goes back to what the table began with", () => {
    const state = changed(freshTable("", { status: "all" }), { type: "filter", name: "status", value: "inactive" });
    expect(isFiltered(state)).toBe(true);
    expect(filterQuery(changed(state, { type: "clear" }))).toEqual({ status: "all" });
    expect(isFiltered(freshTable("", { status: "all" }))).toBe(false);
  });
  test("whatever changes the list begins at its first page", () => {
    const third = changed(freshTable("", { status: "" }), { type: "page", page: 3 });
    expect(third.page).toBe(3);
    for (const change of [{ type: "search", text: "a" }, { type: "sort", field: "name" }, { type: "pageSize", size: 15 }, { type: "filter", name: "status", value: "x" }, { type: "clear" }] as const) {
      expect(changed(third, change).page).toBe(1);
    }
    expect(changed(third, { type: "page", page: 0 }).page).toBe(1);
  });
  test("a column sorts up, down, and then as the server likes", () => {
    let state = freshTable();
    const way = () => {
      state = changed(state, { type: "sort", field: "name" });
      return direction(state, "name");
    };
    expect([way(), way(), way()]).toEqual(["ascending", "descending", "none"]);
    expect(direction(changed(state, { type: "sort", field: "login" }), "name")).toBe("none");
  });
});
