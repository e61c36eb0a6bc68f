// Which page an address names. Without React: the entry asks this before there is any.

export type Area = "meeting" | "site" | "admin" | "setup";

export interface Place {
  area: Area;
  /** What follows the area: ["meetings", "123"] of /app/meetings/123. */
  segments: readonly string[];
  query: URLSearchParams;
}

const areas = new Map<string, Area>([["j", "meeting"], ["s", "meeting"], ["app", "site"], ["admin", "admin"], ["setup", "setup"]]);

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `/` and whatever is not known are the site's: it says what it does not have. */
export function placeOf(path: string, search = ""): Place {
  const [first = "", ...rest] = path.split("/").filter((segment) => segment !== "").map(decoded);
  const area = areas.get(first);
  return { area: area ?? "site", segments: area ? rest : first === "" ? [] : [first, ...rest], query: new URLSearchParams(search) };
}
