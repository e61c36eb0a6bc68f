// What has happened between two states of a meeting that is worth saying aloud.
import { type MeetingState, nameOf } from "../meeting/state";
import type { Announcer } from "./announcer";
import { harmless } from "./text";

/** What has happened from one state to the next. What was there at the join is no news. */
export function tellNews(before: MeetingState, now: MeetingState, announcer: Announcer): void {
  if (before.phase !== "joined" || now.phase !== "joined" || before.meeting?.room !== now.meeting?.room) return;
  const name = (participant: number) => harmless(nameOf(now, participant));
  for (const participant of now.roster.keys()) if (!before.roster.has(participant) && participant !== now.self) announcer.add("joined", name(participant));
  for (const participant of before.roster.keys()) if (!now.roster.has(participant)) announcer.add("left", name(participant));
  for (const participant of now.hands) if (!before.hands.includes(participant) && participant !== now.self) announcer.add("hand", name(participant));
  const newest = Math.max(before.chat.at(-1)?.message ?? 0, before.chatNewest ?? 0);
  // The first page of the history is none either: it comes all at once.
  if (now.unread > before.unread || (now.chatOpen && before.chat.length > 0)) {
    for (const m of now.chat) {
      if (m.message <= newest || m.from === now.self || m.deleted) continue;
      announcer.add(m.scope === "direct" ? "private" : "chat", harmless(m.name), harmless(m.text));
    }
  }
}
