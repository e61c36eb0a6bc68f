// Compares each state with the one before and has the news read aloud by screen readers.
import { useEffect, useRef, useState } from "react";
import { at } from "../i18n/activities";
import { type MeetingState, nameOf } from "../meeting/state";
import type { Surroundings } from "../ui/bar";
import { Announcer, type Spoken } from "./announcer";
import { harmless } from "./text";

/** What has happened from one state to the next. What was there at the join is no news. */
export function tellNews(before: MeetingState, now: MeetingState, announcer: Announcer): void {
  if (before.phase !== "joined" || now.phase !== "joined" || before.meeting?.room !== now.meeting?.room) return;
  const name = (participant: number) => harmless(nameOf(now, participant));
  for (const participant of now.roster.keys()) if (!before.roster.has(participant) && participant !== now.self) announcer.add("joined", name(participant));
  for (const participant of before.roster.keys()) if (!now.roster.has(participant)) announcer.add("left", name(participant));
  for (const participant of now.hands) if (!before.hands.includes(participant) && participant !== now.self) announcer.add("hand", name(participant));
  const newest = before.chat.at(-1)?.message ?? 0;
  // The first page of the history is none either: it comes all at once.
  if (now.unread > before.unread || (now.chatOpen && before.chat.length > 0)) {
    for (const m of now.chat) {
      if (m.message <= newest || m.from === now.self || m.deleted) continue;
      announcer.add(m.scope === "direct" ? "private" : "chat", harmless(m.name), harmless(m.text));
    }
  }
}

export function sentence({ news, names, count, text }: Spoken): string {
  const who = names.length > 3 || (news !== "chat" && news !== "private" && count > names.length) ? "" : names.join(at("live.and"));
  if ((news === "chat" || news === "private") && count === 1 && text !== "") return at(news === "chat" ? "live.message" : "live.privateMessage", { name: names[0] ?? "", text });
  return who !== "" ? at(`live.${news}`, { names: who, count }) : at(`live.${news}Many`, { count });
}

export function LiveRegion({ state }: Surroundings) {
  const before = useRef(state);
  const [announcer] = useState(() => new Announcer());
  const [said, setSaid] = useState("");
  useEffect(() => {
    tellNews(before.current, state, announcer);
    before.current = state;
  }, [announcer, state]);
  useEffect(() => {
    const timer = window.setInterval(() => {
      const sentences = announcer.due(performance.now()).map(sentence);
      if (sentences.length > 0) setSaid(sentences.join(" "));
    }, 500);
    return () => window.clearInterval(timer);
  }, [announcer]);
  return <div className="only-spoken" role="log" aria-live="polite" aria-label={at("live.title")} data-live>{said}</div>;
}
