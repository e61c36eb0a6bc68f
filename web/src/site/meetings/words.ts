// A rule of repetition as a sentence.
import { site } from "../../i18n/site";
import { day, weekdayNames } from "../times";
import type { Recurrence } from "./types";

export function ruleWords(r: Recurrence, zone: string): string {
  const n = r.repeat_interval || 1;
  const names = weekdayNames("long");
  const name = (number: number) => names[number - 1] ?? "";
  const list = (r.weekly_days ?? "").split(",").filter((d) => d !== "").map((d) => name(Number(d))).join(site("common.listComma"));
  let rule: string;
  if (r.type === 1) rule = n === 1 ? site("rule.daily") : site("rule.dailyN", { n });
  else if (r.type === 2) rule = n === 1 ? site("rule.weekly", { days: list }) : site("rule.weeklyN", { n, days: list });
  else {
    const which = r.monthly_week
      ? site("rule.monthWeek", { which: site(`week.${r.monthly_week as 1 | 2 | 3 | 4 | -1}`), day: name(r.monthly_week_day ?? 1) })
      : site("rule.monthDay", { day: r.monthly_day ?? 1 });
    rule = n === 1 ? site("rule.monthly", { which }) : site("rule.monthlyN", { n, which });
  }
  if (r.end_date_time) return site("rule.until", { rule, date: day(new Date(r.end_date_time), zone) });
  return r.end_times ? site("rule.times", { rule, n: r.end_times }) : rule;
}
