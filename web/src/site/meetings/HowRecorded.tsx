// How a meeting's recordings look and how long they are kept. What it does not say itself is as the organisation has it.
import { useState } from "react";
import { Button } from "react-aria-components";
import { site } from "../../i18n/site";
import { api, sentenceOf } from "../api";
import { Choice } from "../fields";
import { Failed } from "../parts";
import { span } from "../times";
import { useLoad } from "../useLoad";
import { ifThere } from "./held";

interface Look {
  layout: "gallery" | "speaker";
  height: number;
  /** 0: until somebody deletes it. */
  retention_days: number;
}

const heights = [360, 540, 720, 1080];
const days = [0, 7, 30, 90, 365];

export function HowRecorded({ meeting }: { meeting: number }) {
  const path = `/api/meetings/${meeting}/recording-settings`;
  const { loaded, again } = useLoad(`look ${meeting}`, (signal) => ifThere(api.get<Look>(path, {}, signal)));
  const [problem, setProblem] = useState("");
  const [saved, setSaved] = useState(false);
  if (loaded.state === "failed") return <Failed sentence={loaded.sentence} again={again} />;
  if (loaded.state !== "here" || loaded.value === undefined) return null;
  const look = loaded.value;
  const change = async (wish: Partial<Look> | { inherit: true }) => {
    setProblem("");
    setSaved(false);
    await api.patch(path, wish).then(() => setSaved(true), (error: unknown) => setProblem(sentenceOf(error)));
    again();
  };
  const kept = days.includes(look.retention_days) ? days : [...days, look.retention_days].sort((a, b) => a - b);
  return (
    <section className="card column">
      <h2>{site("look.title")}</h2>
      <p className="hint">{site("look.text")}</p>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <div className="fields">
        <Choice<Look["layout"]> label={site("look.layout")} value={look.layout} onChange={(layout) => void change({ layout })} options={[{ value: "gallery", label: site("look.gallery") }, { value: "speaker", label: site("look.speaker") }]} />
        <Choice<number> label={site("look.height")} value={look.height} onChange={(height) => void change({ height })} options={heights.map((value) => ({ value, label: `${value}p` }))} />
        <Choice<number> label={site("look.kept")} value={look.retention_days} onChange={(wish) => void change({ retention_days: wish })} options={kept.map((value) => ({ value, label: value === 0 ? site("look.forever") : span(value, "day") }))} />
      </div>
      <div className="row">
        <Button className="small quiet" onPress={() => void change({ inherit: true })}>{site("look.inherit")}</Button>
        <span role="status" className="hint">{saved && site("common.saved")}</span>
      </div>
    </section>
  );
}
