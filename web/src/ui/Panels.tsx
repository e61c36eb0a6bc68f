// What opens beside the videos about the meeting itself: the truth about the encryption.
import { t, type TextKey } from "../i18n";
import type { MeetingState, MeetingStore } from "../meeting/store";

interface Props {
  store: MeetingStore;
  state: MeetingState;
}

export function Encryption({ state }: Props) {
  const opened = state.counts?.opened["count_opened"] ?? 0;
  const dropped = Object.entries(state.counts?.opened ?? {}).reduce((sum, [key, n]) => sum + (key === "count_opened" ? 0 : n), 0);
  return (
    <>
      <p>{t("badge.mode")}</p>
      <p>{t("badge.operator")}</p>
      <p>{t("badge.page")}</p>
      <dl>
        <dt>{t("badge.cipher")}</dt>
        <dd>SFrame AES-256-GCM (RFC 9605)</dd>
        <dt>{t("badge.generation")}</dt>
        <dd data-generation={state.generation}>{state.generation}</dd>
        <dt>{t("badge.opened")}</dt>
        <dd data-opened={opened}>{opened}</dd>
        <dt>{t("badge.dropped")}</dt>
        <dd data-dropped={dropped}>{dropped}</dd>
      </dl>
      <h3>{t("badge.legs")}</h3>
      <ul className="people">
        {[...state.roster.values()].map((entry) => (
          <li key={entry.participant}>
            <span className="grow"><span dir="auto">{entry.name}</span><small>{t(`badge.leg.${entry.outer_leg}` as TextKey)}</small></span>
          </li>
        ))}
      </ul>
    </>
  );
}
