// What every page does when it appears: its title in the window, and the reader at its heading.
import { type RefObject, useEffect, useRef } from "react";
import { nameOf, useBranding } from "../style/branding";

let first = true;

/** For the page's <h1 tabIndex={-1}>: where a screen reader goes on after a change of page. */
export function usePage(title: string): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const name = nameOf(useBranding());
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
  useEffect(() => {
    // The browser begins a fresh page at its top by itself.
    if (!first) heading.current?.focus({ preventScroll: true });
    first = false;
  }, [title]);
  return heading;
}
