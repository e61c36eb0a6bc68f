// What an organisation asks of every meeting that is planned ("Cost centre"), as the API has it.
import { api } from "../api";

export interface TrackedField {
  field: string;
  /** Without a value of it no meeting is made. */
  required: boolean;
  visible: boolean;
  recommended_values: string[];
}

export interface TrackedValue {
  field: string;
  value?: string;
}

/** Those that a form shows. */
export async function loadTracked(signal: AbortSignal): Promise<TrackedField[]> {
  const list = await api.get<{ tracking_fields: TrackedField[] }>("/api/me/tracking-fields", {}, signal);
  return list.tracking_fields.filter((f) => f.required || f.visible);
}

/** What a draft holds of them: by the field's name. */
export type Tracking = Readonly<Record<string, string>>;

export function trackingOf(values: readonly TrackedValue[] = []): Tracking {
  return Object.fromEntries(values.map(({ field, value }) => [field, value ?? ""]));
}

/** For the API. Nothing where nothing was ever said: then a template's own values stay. */
export function trackedValues(tracking: Tracking): { tracking_fields?: TrackedValue[] } {
  const said = Object.entries(tracking);
  if (said.length === 0) return {};
  return { tracking_fields: said.flatMap(([field, value]) => (value.trim() === "" ? [] : [{ field, value: value.trim() }])) };
}

/** "" where nothing was said. A field may have a name that every object has ("constructor"). */
export function saidOf(tracking: Tracking, field: string): string {
  return Object.hasOwn(tracking, field) ? tracking[field]! : "";
}

export function isMissing(tracked: TrackedField, tracking: Tracking): boolean {
  return tracked.required && saidOf(tracking, tracked.field).trim() === "";
}
