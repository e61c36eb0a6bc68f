// Times, sizes and lengths as people read them, by the language of the page.
import { locale } from "../../style/theme";

const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const dayOnly = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
const whole = new Intl.NumberFormat(locale);
const tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

export function time(text: string | undefined): string {
  return text ? dateTime.format(new Date(text)) : "";
}
/** "2026-11-28" is that day everywhere. */
export function day(text: string): string {
  return dayOnly.format(new Date(`${text.slice(0, 10)}T00:00:00Z`));
}
export const number = (value: number): string => whole.format(value);

const units = ["B", "kB", "MB", "GB", "TB"];
export function bytes(value: number): string {
  let unit = 0;
  let rest = value;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    ++unit;
  }
  return `${(unit === 0 ? whole : tenth).format(rest)} ${units[unit]}`;
}
/** 3,725,000 ms are "1:02:05". */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
/** "in 12 days" as a number of whole days; negative when it is over. */
export function daysUntil(text: string, now: Date = new Date()): number {
  return Math.floor((new Date(text).getTime() - now.getTime()) / 86_400_000);
}
