// A small plot with its numbers as a table behind it: the picture for a look, the table for whoever cannot see it or
// wants to know exactly.
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { at } from "../../i18n/admin";
import { height, labelled, linePath, scaleOf } from "./plot";

export interface Series {
  name: string;
  values: readonly (number | null)[];
}
interface Props {
  title: string;
  /** What stands below, one a value. */
  names: readonly string[];
  series: readonly Series[];
  kind: "bars" | "lines";
  format?(value: number): string;
  /** The unit, said with the title. */
  unit?: string;
  column: string;
}

/** Until the room is known. */
const usual = 640;
const room = 180;
const left = 56;
const right = 8;
const top = 10;
const bottom = 26;
/** Of a name below, so that its neighbours have room beside it. */
const nameWidth = 60;

export function Plot({ title, names, series, kind, format = String, unit, column }: Props) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const frame = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(usual);
  // One unit is one pixel, so that words are as large on a phone as on a desk.
  useEffect(() => {
    const picture = frame.current?.querySelector("svg");
    if (!picture) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(160, Math.round(picture.getBoundingClientRect().width) - left - right)));
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  const all = series.flatMap((s) => s.values.filter((v): v is number => v !== null));
  const scale = scaleOf(all);
  const slot = names.length > 0 ? width / names.length : width;
  const bar = Math.max(1, Math.min(40, (slot * 0.7) / Math.max(1, series.length)));
  const center = (i: number) => (kind === "bars" || names.length < 2 ? (i + 0.5) * slot : (i * width) / (names.length - 1));
  return (
    <figure ref={frame} className="plot card" aria-labelledby={id}>
      <div className="spread">
        <figcaption id={id}>{title}{unit !== undefined && <span className="hint"> ({unit})</span>}</figcaption>
        <Button className="quiet small" onPress={() => setAsTable(!asTable)} aria-expanded={asTable}>{asTable ? at("plot.hide") : at("plot.table")}</Button>
      </div>
      {series.length > 1 && <ul className="legend" aria-hidden="true">{series.map((s, k) => <li key={s.name} className={`series-${k}`}>{s.name}</li>)}</ul>}
      <svg viewBox={`0 0 ${left + width + right} ${top + room + bottom}`} role="img" aria-label={summary(title, names, series, format)}>
        {scale.ticks.map((tick) => {
          const y = top + room - height(tick, scale, room);
          return (
            <g key={tick} className="tick">
              <line x1={left} x2={left + width} y1={y} y2={y} />
              <text x={left - 6} y={y + 4} textAnchor="end">{format(tick)}</text>
            </g>
          );
        })}
        <g transform={`translate(${left} ${top})`}>
          {series.map((s, k) => kind === "lines"
            ? <path key={s.name} className={`line series-${k}`} d={linePath(s.values, scale, width, room)} />
            : s.values.map((value, i) => value !== null && value > 0 && (
                <rect key={i} className={`bar series-${k}`} x={center(i) - (bar * series.length) / 2 + k * bar} width={bar} y={room - height(value, scale, room)} height={height(value, scale, room)} rx={Math.min(3, bar / 3)}>
                  <title>{`${names[i]}: ${format(value)}`}</title>
                </rect>
              )))}
          {kind === "lines" && series.map((s, k) => s.values.length <= 60 && s.values.map((value, i) => value !== null && <circle key={i} className={`dot series-${k}`} cx={center(i)} cy={room - height(value, scale, room)} r="2.5"><title>{`${names[i]}: ${format(value)}`}</title></circle>))}
          {labelled(names.length, Math.min(8, Math.floor(width / nameWidth))).map((i) => <text key={i} className="below" x={center(i)} y={room + 18} textAnchor="middle">{names[i]}</text>)}
        </g>
      </svg>
      {asTable && (
        <div className="table-scroll" role="region" aria-labelledby={id} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{column}</th>{series.map((s) => <th key={s.name} scope="col" className="number">{s.name}</th>)}</tr></thead>
            <tbody>
              {names.map((name, i) => <tr key={i}><th scope="row">{name}</th>{series.map((s) => <td key={s.name} className="number">{s.values[i] === null || s.values[i] === undefined ? "–" : format(s.values[i])}</td>)}</tr>)}
            </tbody>
          </table>
        </div>
      )}
    </figure>
  );
}

/** What the picture says in one sentence. */
function summary(title: string, names: readonly string[], series: readonly Series[], format: (value: number) => string): string {
  const parts = series.map((s) => {
    const values = s.values.map((v) => v ?? 0);
    const most = values.reduce((best, v, i) => (v > (values[best] ?? 0) ? i : best), 0);
    return at("plot.summary", { name: s.name, total: format(values.reduce((a, b) => a + b, 0)), most: format(values[most] ?? 0), where: names[most] ?? "" });
  });
  return `${title}. ${parts.join(" ")}`;
}
