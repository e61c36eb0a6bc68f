// The truth about the encryption: how, with what, who holds keys, and where each person's encryption ends.
import { t, type TextKey } from "../i18n";
import { st } from "../i18n/stage";
import { useQuality } from "../stage/room";
import type { Surroundings } from "./bar";
import { KeyIcon, ShieldIcon, WarningIcon } from "./icons";

export function Encryption({ state }: Surroundings) {
  const quality = useQuality();
  const opened = state.counts?.opened["count_opened"] ?? 0;
  const dropped = Object.entries(state.counts?.opened ?? {}).reduce((sum, [key, n]) => sum + (key === "count_opened" ? 0 : n), 0);
  const bare = [...state.roster.values()].filter((entry) => entry.outer_leg === "unencrypted").length;
  return (
    <>
      <ul className="truths">
        <li><ShieldIcon /><span>{t("badge.mode")}</span></li>
        <li><KeyIcon /><span>{t("badge.operator")}</span></li>
        <li><WarningIcon /><span>{t("badge.page")}</span></li>
        {bare > 0 && <li className="bad"><WarningIcon /><span>{st("badge.bare", { count: bare })}</span></li>}
      </ul>
      <dl>
        <dt>{st("badge.modeName")}</dt>
        <dd>{st("badge.modeOperator")}</dd>
        <dt>{st("badge.keysBy")}</dt>
        <dd>{st("badge.keysOperator")}</dd>
        <dt>{t("badge.cipher")}</dt>
        <dd><bdi>SFrame AES-256-GCM (RFC 9605)</bdi></dd>
        <dt>{st("badge.hop")}</dt>
        <dd><bdi>{quality?.srtpCipher ? `DTLS-SRTP ${quality.srtpCipher}` : "–"}</bdi></dd>
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
            <span className={entry.outer_leg === "unencrypted" ? "tag bad" : "tag"}>{st(`kind.${entry.client}`)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
