// What counts in one's own meetings where nobody above has decided it: policies that a person sets for themselves.
import { useEffect, useId, useState } from "react";
import { Button } from "react-aria-components";
import { language } from "../../i18n";
import { site, type SiteKey } from "../../i18n/site";
import { LockIcon } from "../../ui/icons";
import { api, segment, sentenceOf } from "../api";
import { Choice, Toggle } from "../fields";
import { Shown } from "../parts";
import { useLoad } from "../useLoad";
import { byArea, loadRules, type OwnRule, typedValue, type Value } from "./rules";

const meaningOf = (rule: OwnRule): string => (language === "zh-Hant" ? rule.meaning_zh : rule.meaning);

const areas: Record<string, SiteKey> = { guests: "rules.guests", meeting: "rules.meetings", chat: "rules.chat", recording: "rules.recording" };
const words: Record<string, SiteKey> = { all: "rules.word.all", host: "rules.word.host" };
const known = (keys: Record<string, SiteKey>, name: string): string => (Object.hasOwn(keys, name) ? site(keys[name]!) : name);

/** Counts when the field is left or Enter is pressed. */
function Typed({ rule, onChange }: { rule: OwnRule; onChange(value: Value): void }) {
  const id = useId();
  const [text, setText] = useState(String(rule.value));
  // The field stays where it is when its value counts: whoever has pressed Enter is still in it.
  useEffect(() => setText(String(rule.value)), [rule.value]);
  const commit = () => {
    const value = typedValue(rule, text);
    if (value === undefined) setText(String(rule.value));
    else onChange(value);
  };
  return (
    <div>
      <label htmlFor={id}>{meaningOf(rule)}</label>
      <input
        id={id} type={rule.kind === "number" ? "number" : "text"} value={text} disabled={rule.locked} dir="auto" autoComplete="off"
        {...(rule.kind === "number" ? { min: rule.least, max: rule.most, step: 1 } : { maxLength: rule.most })}
        onChange={(event) => setText(event.target.value)} onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
        }}
      />
    </div>
  );
}

function Control({ rule, onChange }: { rule: OwnRule; onChange(value: Value): void }) {
  const label = meaningOf(rule);
  if (rule.kind === "boolean") return <Toggle label={label} value={rule.value === true} onChange={onChange} disabled={rule.locked} />;
  if (rule.kind !== "word") return <Typed rule={rule} onChange={onChange} />;
  // What is locked is read, and nothing can be chosen.
  const options = (rule.words ?? []).filter((word) => !rule.locked || word === rule.value);
  return <Choice<string> label={label} value={String(rule.value)} onChange={onChange} options={options.map((value) => ({ value, label: known(words, value) }))} />;
}

export function Rules() {
  const { loaded, again } = useLoad("rules", loadRules);
  const [problem, setProblem] = useState("");
  const [saved, setSaved] = useState(false);
  const attempt = async (work: Promise<void>) => {
    setProblem("");
    setSaved(false);
    await work.then(() => setSaved(true), (error: unknown) => setProblem(sentenceOf(error)));
    again();
  };
  const set = (rule: OwnRule, value: Value) => void attempt(api.put("/api/me/policies", { settings: [{ name: rule.name, value }] }));
  return (
    <>
      <p className="hint">{site("rules.text")}</p>
      <p role="status" className="hint">{saved && site("common.saved")}</p>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <Shown of={loaded} again={again}>
        {(rules) => byArea(rules).map(([area, ofArea]) => (
          <section key={area} className="card">
            <h2>{known(areas, area)}</h2>
            <ul className="rows">
              {ofArea.map((rule) => (
                <li key={rule.name} className="meeting-row" data-rule={rule.name} data-source={rule.source}>
                  <div className="grow"><Control rule={rule} onChange={(value) => set(rule, value)} /></div>
                  <div className="row">
                    {rule.locked ? <span className="tag"><LockIcon />{site("rules.locked")}</span> : rule.source === "user" ? (
                      <Button className="small quiet" onPress={() => void attempt(api.delete(`/api/me/policies/${segment(rule.name)}`))}>{site("rules.back")}<span className="only-spoken">: {meaningOf(rule)}</span></Button>
                    ) : <span className="hint">{site(rule.source === "standard" ? "rules.standard" : "rules.given")}</span>}
                  </div>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </Shown>
    </>
  );
}
