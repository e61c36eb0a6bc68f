// The last two lines of what is said, over the pictures.
import { useEffect, useSyncExternalStore } from "react";
import { t } from "../../i18n";
import { at } from "../../i18n/activities";
import type { MeetingState } from "../../meeting/store";
import { nameOf } from "../../meeting/state";
import { useStage } from "../../stage/room";
import { harmless } from "../text";
import { type Line, lineTime } from "./captions";

export function useCaptions() {
  const { captions } = useStage();
  return useSyncExternalStore(captions.subscribe, captions.snapshot);
}

const speakerOf = (state: MeetingState, line: Line): string =>
  line.participant === 0 ? at("captions.somebody") : line.participant === state.self ? t("meeting.you") : harmless(nameOf(state, line.participant));

export function Captions({ state }: { state: MeetingState }) {
  const { captions } = useStage();
  const { on, lines, size, spoken } = useCaptions();
  const oldest = lines.length === 0 ? null : Math.min(...lines.map((line) => line.at));
  useEffect(() => {
    if (oldest === null) return;
    const timer = window.setTimeout(() => captions.tidy(), oldest + lineTime - performance.now() + 50);
    return () => window.clearTimeout(timer);
  }, [captions, oldest]);
  if (!on) return null;
  return (
    <section className="captions" data-size={size} aria-label={at("captions.area")}>
      {lines.length === 0 && <p className="captions-empty">{at("captions.waiting")}</p>}
      {lines.map((line) => (
        <p key={line.utterance} data-final={line.final}>
          <strong dir="auto">{speakerOf(state, line)}</strong> <span dir="auto" lang={line.language}>{line.text}</span>
        </p>
      ))}
      {spoken && (
        <div className="only-spoken" role="log" aria-live="polite" aria-label={at("captions.area")}>
          {lines.filter((line) => line.final).map((line) => <p key={line.utterance}>{speakerOf(state, line)}: <span lang={line.language}>{line.text}</span></p>)}
        </div>
      )}
    </section>
  );
}
