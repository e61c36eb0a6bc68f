// Saving a list as a file with lines of values (RFC 4180). The server makes the lines, page by page; here they are only put together.
import { address, failureOf, type Query } from "./api";

/** What follows the first page without its line of names, which may hold no quoted ends of lines: names are ours. */
export function withoutNames(page: string): string {
  return page.slice(page.indexOf("\r\n") + 2);
}

/** Every page of a list as one table. */
export async function tableOf(path: string, query: Query, get: typeof fetch = fetch): Promise<string> {
  let all = "";
  let token: string | undefined;
  do {
    const response = await get(address(path, { ...query, format: "csv", ...(token === undefined ? {} : { next_page_token: token }) }), { credentials: "same-origin", cache: "no-store" });
    const text = await response.text();
    if (!response.ok) throw failureOf(response.status, text);
    all += token === undefined ? text : withoutNames(text);
    token = response.headers.get("Next-Page-Token") ?? undefined;
  } while (token !== undefined);
  return all;
}

/** Gives the person a file. The mark in front tells spreadsheets that it is UTF-8. */
export function save(name: string, text: string, type = "text/csv"): void {
  const url = URL.createObjectURL(new Blob([type === "text/csv" ? "\uFEFF" : "", text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
