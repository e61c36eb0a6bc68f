// Meetings as the API has them (docs/protocol/openapi.json); only what these pages use.
import type { TrackedValue } from "./tracking";

export interface ListedMeeting {
  id: number;
  topic: string;
  type: number;
  start_time?: string;
  duration: number;
  timezone: string;
  join_url: string;
  pmi?: string;
}

export interface MeetingList {
  next_page_token: string;
  total_records: number;
  meetings: ListedMeeting[];
}

export interface Recurrence {
  /** 1 daily, 2 weekly, 3 monthly. */
  type: number;
  repeat_interval?: number;
  /** "2,4": 1 is Sunday. */
  weekly_days?: string;
  monthly_day?: number;
  monthly_week?: number;
  monthly_week_day?: number;
  end_times?: number;
  end_date_time?: string;
}

export interface Settings {
  join_before_host?: boolean;
  waiting_room?: boolean;
  meeting_authentication?: boolean;
  mute_upon_entry?: boolean;
  /** 0 registration, 1 registration that the host approves, 2 none. */
  approval_type?: number;
  /** Of a series: 1 one registration for all times, 2 each has its own, 3 one for those that are chosen. */
  registration_type?: number;
  close_registration?: boolean;
  alternative_hosts?: string;
  auto_recording?: string;
  meeting_invitees?: { email: string }[];
}

export interface Occurrence {
  occurrence_id: string;
  start_time: string;
  duration: number;
  status: string;
}

export interface Meeting {
  id: number;
  topic: string;
  agenda: string;
  /** 1 instant, 2 once, 3 recurring without times, 8 series. */
  type: number;
  status: string;
  host_id: string;
  host_email?: string;
  start_time?: string;
  duration?: number;
  timezone: string;
  password: string;
  join_url: string;
  start_url?: string;
  registration_url?: string;
  occurrence_id?: string;
  settings: Settings;
  tracking_fields?: TrackedValue[];
  occurrences?: Occurrence[];
  recurrence?: Recurrence;
}

export const instant = 1;
export const once = 2;
export const anyTime = 3;
export const series = 8;

/** "987 6543 2100": a number that people read to one another. */
export function grouped(id: number): string {
  const text = String(id);
  return text.length === 11 ? `${text.slice(0, 3)} ${text.slice(3, 7)} ${text.slice(7)}` : text.replace(/(\d{3})(?=\d)/g, "$1 ");
}
