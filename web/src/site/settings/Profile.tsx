// Who one is to others, one's time zone and language, and how the pages look on this device.
import { useMemo, useState, useSyncExternalStore } from "react";
import { Button, Form } from "react-aria-components";
import { chosenLanguage, languages } from "../../i18n";
import { ownName, regional } from "../../i18n/languages";
import { site } from "../../i18n/site";
import { looksStore, setLooks, type Theme } from "../../style/theme";
import { api, sentenceOf } from "../api";
import { Choice, Field, Toggle } from "../fields";
import { Shown } from "../parts";
import { lookWho } from "../session";
import { ownZone, zones } from "../times";
import { useLoad } from "../useLoad";

interface Person {
  email: string;
  display_name: string;
  timezone?: string;
  language?: string;
  dept?: string;
  job_title?: string;
  company?: string;
  phone_number?: string;
}

function ProfileForm({ person }: { person: Person }) {
  const [draft, setDraft] = useState({ display_name: person.display_name, timezone: person.timezone ?? "", job_title: person.job_title ?? "", dept: person.dept ?? "", company: person.company ?? "", phone_number: person.phone_number ?? "" });
  const [state, setState] = useState<"" | "saved" | "busy">("");
  const [problem, setProblem] = useState("");
  const set = (change: Partial<typeof draft>) => { setDraft({ ...draft, ...change }); setState(""); };
  const options = useMemo(() => [{ value: "", label: site("profile.zoneBrowser", { zone: ownZone }) }, ...zones().map((value) => ({ value, label: value.replaceAll("_", " ") }))], []);
  const save = async () => {
    setState("busy");
    setProblem("");
    try {
      await api.patch("/v2/users/me", draft);
      await lookWho();
      setState("saved");
    } catch (error) {
      setProblem(sentenceOf(error));
      setState("");
    }
  };
  return (
    <Form className="card column" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <h2>{site("settings.profile")}</h2>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <p className="hint">{site("profile.login")} <bdi>{person.email}</bdi></p>
      <Field label={site("profile.name")} value={draft.display_name} onChange={(display_name) => set({ display_name })} required maxLength={64} autoComplete="name" />
      <Choice label={site("form.zone")} value={draft.timezone} onChange={(timezone) => set({ timezone })} options={options} hint={site("profile.zoneHint")} />
      <div className="fields">
        <Field label={site("profile.job")} value={draft.job_title} onChange={(job_title) => set({ job_title })} maxLength={128} autoComplete="organization-title" />
        <Field label={site("profile.dept")} value={draft.dept} onChange={(dept) => set({ dept })} maxLength={128} />
        <Field label={site("profile.company")} value={draft.company} onChange={(company) => set({ company })} maxLength={128} autoComplete="organization" />
        <Field label={site("profile.phone")} value={draft.phone_number} onChange={(phone_number) => set({ phone_number })} maxLength={64} type="tel" autoComplete="tel" />
      </div>
      <div className="actions">
        <span role="status" className="hint">{state === "saved" ? site("common.saved") : ""}</span>
        <Button type="submit" className="primary" isPending={state === "busy"}>{site("common.save")}</Button>
      </div>
    </Form>
  );
}

function Looks() {
  const looks = useSyncExternalStore(looksStore.subscribe, looksStore.snapshot);
  const language = async (chosen: string) => {
    if (chosen === "") localStorage.removeItem("language");
    else localStorage.setItem("language", chosen);
    // Mails of this server come in it as well. Not being able to say so changes nothing here.
    if (chosen !== "") await api.patch("/v2/users/me", { language: regional(chosen) }).catch(() => undefined);
    const url = new URL(location.href);
    url.searchParams.delete("lang");
    location.replace(url);
  };
  return (
    <section className="card column">
      <h2>{site("profile.device")}</h2>
      <Choice label={site("profile.language")} value={chosenLanguage()} onChange={(chosen) => void language(chosen)} options={[{ value: "", label: site("profile.languageBrowser") }, ...languages.map((value) => ({ value, label: ownName(value) }))]} />
      <Choice<Theme> label={site("profile.theme")} value={looks.theme} onChange={(theme) => setLooks({ theme })} options={(["system", "light", "dark"] as const).map((value) => ({ value, label: site(`profile.theme.${value}`) }))} />
      <Toggle label={site("profile.contrast")} value={looks.contrast === "more"} onChange={(more) => setLooks({ contrast: more ? "more" : "system" })} />
    </section>
  );
}

export function Profile() {
  const { loaded, again } = useLoad("me", (signal) => api.get<Person>("/v2/users/me", {}, signal));
  return (
    <div className="columns">
      <Shown of={loaded} again={again}>{(person) => <ProfileForm person={person} />}</Shown>
      <Looks />
    </div>
  );
}
