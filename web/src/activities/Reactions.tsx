// Reactions: one press sends, and for some seconds they rise over the pictures. With reduced motion they stand still.
import { useEffect, useState } from "react";
import { at } from "../i18n/activities";
import { reactionTime } from "../meeting/activities/hands";
import { nameOf } from "../meeting/state";
import type { Surroundings } from "../ui/bar";
import { EmojiGrid } from "./Emoji";
import { harmless } from "./text";

/** Over the bar: stays open, so that one can applaud for a while. */
export function ReactionPicker({ store }: Surroundings & { close(): void }) {
  return <EmojiGrid onPick={(emoji) => store.say({ type: "react", emoji })} />;
}

export function FloatingReactions({ state }: Surroundings) {
  const [now, setNow] = useState(() => Date.now());
  const newest = state.reactions.at(-1);
  useEffect(() => {
    if (!newest) return;
    setNow(Date.now());
    const timer = window.setTimeout(() => setNow(Date.now()), newest.at + reactionTime - Date.now() + 50);
    return () => window.clearTimeout(timer);
  }, [newest]);
  const shown = state.reactions.filter((r) => now - r.at < reactionTime);
  if (shown.length === 0) return null;
  return (
    <section className="floating" aria-label={at("reactions.title")}>
      <ul>
        {shown.map((r) => (
          <li key={r.id} data-lane={r.id % 5}>
            <span className="floating-emoji">{r.emoji}</span>
            <span className="floating-name" dir="auto">{harmless(nameOf(state, r.participant))}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
