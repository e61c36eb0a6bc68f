// Where a person goes after the meeting, when whoever made it wishes so (a learning platform's page).

/** The address when it is one of a page; "" for anything that a browser would do something else with. */
export function pageAddress(wish: string | undefined): string {
  if (!wish || !URL.canParse(wish)) return "";
  const url = new URL(wish);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
}

/** Who left, or whose meeting is over, goes there without being asked; who is to read what went wrong is offered it. */
export const goesByItself = (code: string): boolean => code === "left" || code === "ended_by_host";
