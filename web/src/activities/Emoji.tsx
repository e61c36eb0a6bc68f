// The few emoji that one press sends, for reactions in the meeting and under messages.
import { Button } from "react-aria-components";
import { at, type ActivitiesKey } from "../i18n/activities";

export const emojis: { emoji: string; name: ActivitiesKey }[] = [
  { emoji: "👍", name: "emoji.thumbsUp" },
  { emoji: "👏", name: "emoji.clap" },
  { emoji: "❤️", name: "emoji.heart" },
  { emoji: "😂", name: "emoji.laugh" },
  { emoji: "😮", name: "emoji.surprised" },
  { emoji: "🎉", name: "emoji.party" },
  { emoji: "🙏", name: "emoji.thanks" },
  { emoji: "✅", name: "emoji.yes" },
  { emoji: "👎", name: "emoji.thumbsDown" },
  { emoji: "☕", name: "emoji.break" },
];

export const emojiName = (emoji: string): string => {
  const known = emojis.find((e) => e.emoji === emoji);
  return known ? at(known.name) : emoji;
};

export function EmojiGrid({ onPick }: { onPick(emoji: string): void }) {
  return (
    <div className="emoji-grid">
      {emojis.map(({ emoji, name }) => (
        <Button key={emoji} className="quiet icon-only" aria-label={at(name)} onPress={() => onPick(emoji)}>
          <span aria-hidden="true">{emoji}</span>
        </Button>
      ))}
    </div>
  );
}
