// Text from strangers, made fit to be shown. It always becomes text nodes; what is decided here is which characters stay
// and what of it is a link.

/** Characters that make a text look like something else or turn its direction: the same as core/meeting/text.cc drops. */
const deceptive = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E0FFF}]/gu;

export const harmless = (text: string): string => text.replace(deceptive, "");

/** At most so many letters; a pair of surrogates is not torn apart. */
export const cut = (text: string, most: number): string => text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");

/** For a name on the disk: no folders, nothing hidden, nothing that a system takes for something else. */
export function harmlessFileName(name: string): string {
  const cleaned = harmless(name).replace(/[/\\:*?"<>|\n\t]/g, "_").replace(/^\.+/, "_").trim().slice(0, 200);
  return cleaned === "" ? "file" : cleaned;
}

export type Segment = { text: string } | { text: string; href: string; host: string };

const candidate = /https?:\/\/[^\s<>"'`]+/giu;
const trailing = new Set(".,;:!?…。，、；：！？）」』】》]}");

/** The text in pieces, of which some are links. A link says where it leads when its letters might hide that. */
export function segments(text: string): Segment[] {
  const out: Segment[] = [];
  let at = 0;
  for (const match of text.matchAll(candidate)) {
    const typed = trimmed(match[0]);
    const url = linkOf(typed);
    if (!url) continue;
    if (match.index > at) out.push({ text: text.slice(at, match.index) });
    const shown = /^https?:\/\/([^/?#:]+)/i.exec(typed)?.[1]?.toLowerCase() ?? "";
    out.push({ text: typed, href: url.href, host: shown === url.hostname ? "" : url.hostname });
    at = match.index + typed.length;
  }
  if (at < text.length || out.length === 0) out.push({ text: text.slice(at) });
  return out;
}

/** Without the punctuation of the sentence around it; a closing bracket stays when it was opened within. One look at each letter. */
function trimmed(link: string): string {
  let unopened = 0;
  for (const c of link) unopened += c === ")" ? 1 : c === "(" ? -1 : 0;
  let end = link.length;
  for (; end > 0; --end) {
    const c = link[end - 1]!;
    if (c === ")" && unopened > 0) unopened -= 1;
    else if (!trailing.has(c)) break;
  }
  return link.slice(0, end);
}

/** Names and passwords in front of a host only serve to deceive: such an address stays text. */
function linkOf(text: string): URL | undefined {
  try {
    const url = new URL(text);
    const plain = url.username === "" && url.password === "" && url.hostname.includes(".") && !/@/.test(text.slice(0, text.indexOf("/", 8) + 1 || undefined));
    return plain || url.hostname === "localhost" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes in the largest unit that leaves a number of at least 1. */
export function fileSize(bytes: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return new Intl.NumberFormat(language, { style: "unit", unit: units[power]!, unitDisplay: "short", maximumFractionDigits: power === 0 ? 0 : 1 }).format(bytes / 1000 ** power);
}
