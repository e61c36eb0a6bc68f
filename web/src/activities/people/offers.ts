// What can be done with a person: by everybody, by hosts, and only with people of a lower role (as core/meeting/permissions.cc
// decides it).
import type { HostAction, Role, RosterEntry } from "@protocol/signalling";
import type { ActivitiesKey } from "../../i18n/activities";
import { isHost, type MeetingState } from "../../meeting/state";

const rankOf: Record<Role, number> = { participant: 0, cohost: 1, host: 2 };

export interface Offer {
  id: HostAction | "write" | "rename" | "report" | "spotlight" | "spotlight_off";
  words: ActivitiesKey;
  /** Asked before it is done. */
  asks?: boolean;
  danger?: boolean;
}

/** What `state`'s person may do with `entry`, in the menu's order; groups are lists. */
export function offers(entry: RosterEntry, state: Pick<MeetingState, "self" | "role" | "meeting" | "spotlight">): Offer[][] {
  const self = entry.participant === state.self;
  const host = isHost(state);
  const lower = host && !self && rankOf[entry.role] < rankOf[state.role];
  const away = (entry.room ?? 0) !== (state.meeting?.room ?? 0);
  const person = entry.client !== "recorder" && entry.client !== "stream";
  const inMainRoom = (state.meeting?.room ?? 0) === 0;
  const out: Offer[][] = [[], [], [], []];
  if (!self && person) out[0]!.push({ id: "write", words: "person.write" });
  if ((self && (host || (state.meeting?.rename ?? false))) || (host && !self && person && rankOf[entry.role] <= rankOf[state.role])) {
    out[0]!.push({ id: "rename", words: "person.rename", asks: true });
  }
  if (lower && person && !away) {
    out[1]!.push(entry.audio_muted ? { id: "ask_unmute", words: "person.askUnmute" } : { id: "mute_audio", words: "person.mute" });
    out[1]!.push(entry.video_muted ? { id: "ask_video", words: "person.askVideo" } : { id: "stop_video", words: "person.stopVideo" });
    if (entry.sources.includes("share")) out[1]!.push({ id: "stop_share", words: "person.stopShare" });
  }
  if (host && person && !away) {
    if (state.spotlight.includes(entry.participant)) out[1]!.push({ id: "spotlight_off", words: "person.spotlightOff" });
    else out[1]!.push({ id: "spotlight", words: state.spotlight.length > 0 ? "person.spotlightAdd" : "person.spotlight" });
  }
  if (state.role === "host" && !self && person && inMainRoom) {
    if (entry.role === "participant") out[2]!.push({ id: "make_cohost", words: "person.makeCohost" });
    else out[2]!.push({ id: "make_participant", words: "person.makeParticipant" });
    out[2]!.push({ id: "make_host", words: "person.makeHost", asks: true });
  }
  // A browser records nothing by itself.
  if (lower && person && !away && entry.client !== "web" && !state.meeting?.switched_off.includes("own_recording")) {
    out[2]!.push({ id: "allow_recording", words: "person.allowRecording" });
    if (entry.recording !== "off") out[2]!.push({ id: "forbid_recording", words: "person.forbidRecording" });
  }
  if (!self && person) out[3]!.push({ id: "report", words: "person.report", asks: true });
  if (lower) {
    out[3]!.push({ id: "remove", words: "person.remove", asks: true, danger: true });
    if (person) out[3]!.push({ id: "ban", words: "person.ban", asks: true, danger: true });
  }
  return out.filter((group) => group.length > 0);
}
