// "Why is it bad": what the connection's statistics say, in sentences with something to do, and the numbers below.
import { st } from "../i18n/stage";
import { findings, gradeOf, type Quality } from "../stage/quality";
import { useQuality, useView } from "../stage/room";
import type { Surroundings } from "./bar";
import { CheckIcon, WarningIcon } from "./icons";

const none = "–";
const ms = (value: number | null) => (value === null ? none : st("unit.ms", { value: Math.round(value) }));
const percent = (value: number | null) => (value === null ? none : st("unit.percent", { value: value.toFixed(1) }));
const rate = (bps: number | null) => (bps === null ? none : bps >= 1e6 ? st("unit.mbit", { value: (bps / 1e6).toFixed(1) }) : st("unit.kbit", { value: Math.round(bps / 1e3) }));

export function QualityPanel({ state }: Surroundings) {
  const quality = useQuality();
  if (!quality || state.media !== "connected") return <p role="status">{st("quality.waiting")}</p>;
  return <Known quality={quality} />;
}

function Known({ quality: q }: { quality: Quality }) {
  const { cap, sharpness } = useView();
  const found = findings(q);
  const grade = gradeOf(q);
  return (
    <div className="column" data-grade={grade} data-path={q.path}>
      <p className="quality-verdict" data-grade={grade}>{grade === "good" ? <CheckIcon /> : <WarningIcon />}<strong>{st(`quality.verdict.${grade}`)}</strong></p>
      {found.length > 0 && (
        <ul className="findings">
          {found.map(({ finding, grade: how }) => (
            <li key={finding} data-grade={how}><strong>{st(`finding.${finding}`)}</strong> {st(`finding.${finding}.do`)}</li>
          ))}
        </ul>
      )}
      {sharpness === "auto" && cap < 720 && <p className="hint">{st("quality.capped", { height: cap })}</p>}
      <dl>
        <dt>{st("quality.roundTrip")}</dt>
        <dd data-round-trip={q.roundTripMs ?? ""}>{ms(q.roundTripMs)}</dd>
        <dt>{st("quality.loss")}</dt>
        <dd>{st("quality.upDown", { up: percent(q.lossUpPercent), down: percent(q.lossDownPercent) })}</dd>
        <dt>{st("quality.jitter")}</dt>
        <dd>{ms(q.jitterMs)}</dd>
        <dt>{st("quality.bitrate")}</dt>
        <dd data-down={Math.round(q.downBps)}>{st("quality.upDown", { up: rate(q.upBps), down: rate(q.downBps) })}</dd>
        <dt>{st("quality.available")}</dt>
        <dd>{rate(q.availableUpBps)}</dd>
        <dt>{st("quality.sent")}</dt>
        <dd>{q.sentHeight > 0 ? st("quality.sentAt", { height: q.sentHeight, fps: Math.round(q.sentFramesPerSecond) }) : none}</dd>
        <dt>{st("quality.limited")}</dt>
        <dd>{st(`quality.limited.${q.limitation}`)}</dd>
        <dt>{st("quality.dropped")}</dt>
        <dd>{st("quality.droppedOf", { dropped: q.framesDropped, all: q.framesDecoded + q.framesDropped })}</dd>
        <dt>{st("quality.path")}</dt>
        <dd>{st(`quality.path.${q.path}`)}</dd>
        <dt>{st("quality.cipher")}</dt>
        <dd><bdi>{q.srtpCipher || none}</bdi></dd>
      </dl>
      <p className="hint">{st("quality.since")}</p>
    </div>
  );
}
