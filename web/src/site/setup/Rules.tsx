// What the organisation is called, and who may join: the policies that matter most on the first day, in the server's own
// words.
import { useState } from "react";
import { Button, Form } from "react-aria-components";
import { language } from "../../i18n";
import { site } from "../../i18n/site";
import { api, sentenceOf } from "../api";
import { type Branding, brandingOf, setBranding } from "../../style/branding";
import { Field, Toggle } from "../fields";
import { Shown } from "../parts";
import { useLoad } from "../useLoad";
import { Step } from "./Steps";

const asked = ["guests.allowed", "meeting.waiting_room", "meeting.passcode_required", "meeting.join_before_host", "recording.allowed", "sign_in.second_factor_required"];

interface Rule {
  name: string;
  meaning: string;
  meaning_zh: string;
  standard: unknown;
}
interface Setting {
  name: string;
  value: unknown;
}

function RulesForm({ rules, settings, branding, onDone }: { rules: Rule[]; settings: Setting[]; branding: Branding; onDone(): void }) {
  const before = Object.fromEntries(rules.map((rule) => [rule.name, (settings.find((s) => s.name === rule.name)?.value ?? rule.standard) === true]));
  const [values, setValues] = useState(before);
  const [organisation, setOrganisation] = useState(branding.organisation ?? "");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    setProblem("");
    try {
      if (organisation.trim() !== (branding.organisation ?? "")) setBranding(await api.patch<unknown>("/api/branding", { organisation }));
      const changed = rules.filter((rule) => values[rule.name] !== before[rule.name]).map((rule) => ({ name: rule.name, value: values[rule.name] }));
      if (changed.length > 0) await api.put("/api/policies/account", { settings: changed });
      onDone();
    } catch (error) {
      setProblem(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <Form onSubmit={(event) => { event.preventDefault(); void save(); }}>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <Field label={site("setup.rules.organisation")} hint={site("setup.rules.organisationHint")} value={organisation} onChange={setOrganisation} name="organization" autoComplete="organization" maxLength={64} />
      <h2>{site("setup.rules.who")}</h2>
      {rules.map((rule) => <Toggle key={rule.name} label={language === "zh-Hant" ? rule.meaning_zh : rule.meaning} value={values[rule.name] ?? false} onChange={(value) => setValues({ ...values, [rule.name]: value })} />)}
      <div className="actions"><Button type="submit" className="primary" isPending={busy}>{site("common.next")}</Button></div>
    </Form>
  );
}

export function Rules({ onDone }: { onDone(): void }) {
  const { loaded, again } = useLoad("rules", async (signal) => {
    const [all, set, branding] = await Promise.all([api.get<{ policies: Rule[] }>("/api/policies", {}, signal), api.get<{ settings: Setting[] }>("/api/policies/account", {}, signal), api.get<unknown>("/api/branding", {}, signal)]);
    return { rules: asked.flatMap((name) => all.policies.filter((rule) => rule.name === name)), settings: set.settings, branding: brandingOf(branding) };
  });
  return (
    <Step n={2} title={site("setup.rules.title")} text={site("setup.rules.text")}>
      <Shown of={loaded} again={again}>{(value) => <RulesForm {...value} onDone={onDone} />}</Shown>
    </Step>
  );
}
