// What a table asks the server for: which page, in which order, of what.
import type { Query } from "../../site/api";

export interface TableState {
  search: string;
  /** "name" or "-name"; "" for the server's own order. */
  sort: string;
  /** From 1. */
  page: number;
  pageSize: number;
  filters: Readonly<Record<string, string>>;
  /** What the filters are when nobody has touched them. */
  standard: Readonly<Record<string, string>>;
}

export const pageSizes = [15, 30, 100];

export function freshTable(sort = "", filters: Record<string, string> = {}): TableState {
  return { search: "", sort, page: 1, pageSize: pageSizes[1]!, filters, standard: filters };
}

export type TableChange =
  | { type: "search"; text: string }
  | { type: "sort"; field: string }
  | { type: "page"; page: number }
  | { type: "pageSize"; size: number }
  | { type: "filter"; name: string; value: string }
  | { type: "clear" };

/** Whatever changes what is in the list begins at its first page again. */
export function changed(state: TableState, change: TableChange): TableState {
  switch (change.type) {
    case "search": return { ...state, search: change.text, page: 1 };
    // Up, down, and back to the server's own order.
    case "sort": return { ...state, sort: state.sort === change.field ? `-${change.field}` : state.sort === `-${change.field}` ? "" : change.field, page: 1 };
    case "page": return { ...state, page: Math.max(1, change.page) };
    case "pageSize": return { ...state, pageSize: change.size, page: 1 };
    case "filter": return { ...state, filters: { ...state.filters, [change.name]: change.value }, page: 1 };
    case "clear": return { ...state, search: "", filters: state.standard, page: 1 };
  }
}

/** Without the page: what an export takes too. */
export function filterQuery(state: TableState, fixed: Query = {}): Query {
  const query: Query = { ...fixed };
  for (const [name, value] of Object.entries(state.filters)) if (value !== "") query[name] = value;
  if (state.search.trim() !== "") query["query"] = state.search.trim();
  if (state.sort !== "") query["sort"] = state.sort;
  return query;
}
export function pageQuery(state: TableState, fixed: Query = {}): Query {
  return { ...filterQuery(state, fixed), page_size: state.pageSize, page_number: state.page };
}
export function direction(state: TableState, field: string): "ascending" | "descending" | "none" {
  return state.sort === field ? "ascending" : state.sort === `-${field}` ? "descending" : "none";
}
export function isFiltered(state: TableState): boolean {
  return state.search.trim() !== "" || Object.entries(state.filters).some(([name, v]) => v !== (state.standard[name] ?? ""));
}
/** The same keys, with a number behind those that come again: React leaves rows of before standing when two have one key. */
export function keysApart(keys: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return keys.map((key) => {
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return before === 0 ? key : `${key} ${before}`;
  });
}
