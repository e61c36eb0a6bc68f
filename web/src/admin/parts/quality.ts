// From the samples of a participant's media to plots: one a measure, one line a kind of media.
export interface QosPerson {
  user_id: string;
  user_name: string;
  device: string;
  join_time: string;
  leave_time?: string;
  /** One a minute or so: {date_time, audio_input: {bitrate: "64 kbps", ..}, ..}. */
  user_qos: ({ date_time: string } & Record<string, unknown>)[];
}
export interface QualityPlot {
  measure: string;
  unit: string;
  names: string[];
  series: { name: string; values: (number | null)[] }[];
}

/** "64 kbps", "1.5%", 12, "" */
export function measured(value: unknown): { number: number; unit: string } | null {
  if (typeof value === "number") return Number.isFinite(value) ? { number: value, unit: "" } : null;
  if (typeof value !== "string") return null;
  const parts = /^\s*(-?\d+(?:\.\d+)?)\s*([a-zA-Z%/]*)\s*$/.exec(value);
  return parts ? { number: Number(parts[1]), unit: parts[2]! } : null;
}

const clock = (text: string): string => /T(\d\d:\d\d(?::\d\d)?)/.exec(text)?.[1] ?? text;

/** Every number that the samples have, by its name; nothing that is never there. */
export function qualityPlots(person: QosPerson): QualityPlot[] {
  const plots = new Map<string, QualityPlot>();
  const names = person.user_qos.map((sample) => clock(sample.date_time));
  person.user_qos.forEach((sample, i) => {
    const put = (measure: string, part: string, value: unknown) => {
      const found = measured(value);
      if (!found) return;
      let plot = plots.get(measure);
      if (!plot) plots.set(measure, (plot = { measure, unit: found.unit, names, series: [] }));
      if (found.unit !== "") plot.unit = found.unit;
      let series = plot.series.find((s) => s.name === part);
      if (!series) plot.series.push((series = { name: part, values: names.map(() => null) }));
      series.values[i] = found.number;
    };
    for (const [part, values] of Object.entries(sample)) {
      if (part === "date_time") continue;
      if (typeof values === "object" && values !== null) for (const [measure, value] of Object.entries(values)) put(measure, part, value);
      else put(part, "all", values);
    }
  });
  return [...plots.values()];
}
