// What GET /api/self-test says, as a sentence and what to do about it.
import { site, type SiteKey } from "../../i18n/site";
import { day, dayAndClock } from "../times";

export interface Check {
  name: string;
  verdict: "good" | "note" | "bad";
  state: string;
  value: string;
}

const known = new Set([
  "address.named", "address.this_machine_only", "certificate.valid", "certificate.own_authority", "certificate.ends_soon", "certificate.expired", "database.here", "database.silent",
  "keys.here", "keys.away", "kit.shown", "kit.never_shown", "kit.outdated", "kit.in_module", "media.here", "media.this_machine_only", "media.missing", "mail.configured", "mail.not_configured", "mail.troubled", "disk.enough", "disk.little", "disk.unreadable",
  "browser.here", "browser.failed", "browser.unsupported",
]);

/** A check of a later server that this page does not know is shown as the server's words. */
export function wordsOf(check: Check): { sentence: string; fix: string } {
  const key = `${check.name}.${check.state}`;
  if (!known.has(key)) return { sentence: `${check.name}: ${check.state} ${check.value}`, fix: "" };
  const value = check.name === "kit" && check.value !== "" && check.state !== "in_module" ? dayAndClock(new Date(check.value)) : check.name === "certificate" && check.state !== "own_authority" ? day(new Date(check.value)) : check.name === "disk" && check.state !== "unreadable" ? String(Math.floor(Number(check.value) / 1024)) : check.value;
  return { sentence: site(`check.${key}` as SiteKey, { value }), fix: check.verdict === "good" ? "" : site(`fix.${key}` as SiteKey, { value }) };
}
