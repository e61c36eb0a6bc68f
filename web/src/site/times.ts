// Times as people read them, and as the API wants them. Zones are names of the tz database.
import { language } from "../i18n";
import { regional } from "../i18n/languages";

const locale = language === "en" ? "en-GB" : regional(language);
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

type Part = "year" | "month" | "day" | "hour" | "minute";

/** "2026-11-28" and "09:30" of a moment, in a zone. */
export function localParts(moment: Date, zone: string): { date: string; time: string } {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(moment);
  const of = (type: Part) => parts.find((p) => p.type === type)?.value ?? "";
  return { date: `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}`, time: `${of("hour")}:${of("minute")}` };
}

/** The next full half hour that is at least ten minutes away. */
export function suggestedStart(now: Date): Date {
  const half = 30 * 60_000;
  return new Date(Math.ceil((now.getTime() + 10 * 60_000) / half) * half);
}

export function day(moment: Date, zone = ownZone): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(moment);
}

export function clock(moment: Date, zone = ownZone): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
}

/** "28 Nov 2026, 09:30" */
export function dayAndClock(moment: Date, zone = ownZone): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
}

/** "today", "tomorrow", "yesterday", or nothing. */
export function nearDay(moment: Date, now: Date, zone = ownZone): "today" | "tomorrow" | "yesterday" | undefined {
  const number = (date: Date) => Date.parse(`${localParts(date, zone).date}T00:00:00Z`) / 86_400_000;
  return ({ "0": "today", "1": "tomorrow", "-1": "yesterday" } as const)[String(number(moment) - number(now)) as "0"];
}

/** "GMT+08:00": what a zone is called beside its name. */
export function offsetOf(zone: string, moment: Date): string {
  const name = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(moment).find((p) => p.type === "timeZoneName")?.value ?? "GMT";
  return name === "GMT" ? "GMT+00:00" : name;
}

export function zones(): string[] {
  const all = Intl.supportedValuesOf("timeZone");
  return [...new Set(["UTC", ownZone, ...all])].sort();
}

/** Weekday names, Sunday first. */
export function weekdayNames(style: "long" | "short"): string[] {
  const format = new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: style });
  return [4, 5, 6, 7, 8, 9, 10].map((d) => format.format(new Date(Date.UTC(1970, 0, d))));
}

/** Of a calendar date: 1 is Sunday .. 7, as the API counts. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() + 1;
}

/** Which of its kind in the month a date is: 1..4, or -1 for the last. */
export function weekOf(date: string): number {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split("-").map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return dayOfMonth + 7 > days ? -1 : Math.ceil(dayOfMonth / 7);
}

/** "1 hour", "3 weeks". */
export function span(n: number, unit: "minute" | "hour" | "day" | "week" | "month"): string {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format(n);
}

/** "1:05:09", "3:07". */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return `${h > 0 ? `${h}:${String(m).padStart(2, "0")}` : m}:${String(s).padStart(2, "0")}`;
}

export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = size;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; ++unit) value /= 1000;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value)} ${units[unit]}`;
}
