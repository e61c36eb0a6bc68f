// Policies that a person may set for themselves, with what counts now and who says so. As the API has them.
import { api } from "../api";

export type Value = boolean | number | string;

interface Rule {
  name: string;
  kind: "boolean" | "number" | "word" | "text";
  meaning: string;
  meaning_zh: string;
  least?: number;
  most?: number;
  words?: string[];
  /** Not of the whole account only. */
  for_users: boolean;
}

interface Effective {
  name: string;
  value: Value;
  source: "standard" | "account" | "group" | "user";
  locked: boolean;
}

export type OwnRule = Rule & Effective;

/** How one signs in is no matter of meetings: who has no passkey and switches passwords off does not come in any more. */
const ofMeetings = (rule: Rule): boolean => rule.for_users && !rule.name.startsWith("sign_in.");

export function ownRules(rules: readonly Rule[], effective: readonly Effective[]): OwnRule[] {
  return rules.filter(ofMeetings).flatMap((rule) => effective.filter((e) => e.name === rule.name).map((e) => ({ ...rule, ...e })));
}

export async function loadRules(signal: AbortSignal): Promise<OwnRule[]> {
  const [rules, own] = await Promise.all([
    api.get<{ policies: Rule[] }>("/api/policies", {}, signal),
    api.get<{ policies: Effective[] }>("/api/me/policies", {}, signal),
  ]);
  return ownRules(rules.policies, own.policies);
}

/** What was typed, within the limits; undefined where it is no value, or the one that counts already. */
export function typedValue(rule: OwnRule, text: string): Value | undefined {
  if (rule.kind !== "number") return text === rule.value ? undefined : text;
  const number = Math.trunc(Number(text));
  if (text.trim() === "" || Number.isNaN(number)) return undefined;
  const within = Math.min(rule.most ?? Infinity, Math.max(rule.least ?? -Infinity, number));
  return within === rule.value ? undefined : within;
}

/** "chat.private" is in "chat". In the order in which they come. */
export function byArea(rules: readonly OwnRule[]): [string, OwnRule[]][] {
  const areas = new Map<string, OwnRule[]>();
  for (const rule of rules) {
    const area = rule.name.split(".")[0]!;
    areas.set(area, [...(areas.get(area) ?? []), rule]);
  }
  return [...areas];
}
