// What the server is called and how its pages look: name, accent colour, logo, each saved for itself, seen before it is.
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Button, Form, Label } from "react-aria-components";
import { at } from "../../i18n/admin";
import { api, sentenceOf } from "../../site/api";
import { type Branding as Looks, brandingOf, setBranding } from "../../style/branding";
import { contrast, paint, rgbOf, white } from "../../style/colour";
import { BrandOf } from "../../ui/Brand";
import { CheckIcon, WarningIcon } from "../../ui/icons";
import { Field } from "../parts/fields";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";

/** As server/branding/accent.h has it; the server refuses what is below. */
const leastContrast = 4.5;
export const standardAccent = "#1757b5";
const largestLogo = 256 * 1024;

/** What is said under the field while somebody chooses. */
export function accentVerdict(text: string): { good: boolean; sentence: string } | null {
  const colour = rgbOf(text.trim());
  if (!colour) return text.trim() === "" ? null : { good: false, sentence: at("branding.accentForm") };
  const reached = contrast(colour, white);
  // Rounded down: 4.49 must not look like enough.
  const value = (Math.floor(reached * 10) / 10).toFixed(1);
  return reached >= leastContrast ? { good: true, sentence: at("branding.accentGood", { value }) } : { good: false, sentence: at("branding.accentBad", { value }) };
}
/** Before it is sent: what the server would refuse anyway. "" when it may go. */
export function logoProblem(file: { type: string; size: number }): string {
  if (file.type !== "image/png" && file.type !== "image/jpeg") return at("branding.logoType");
  return file.size > largestLogo ? at("branding.logoSize") : "";
}

export function Branding() {
  const data = useData<unknown>("/api/branding");
  return (
    <Page title={at("branding.title")} text={at("branding.text")}>
      <Loaded data={data}>{(value) => <Forms saved={brandingOf(value)} />}</Loaded>
    </Page>
  );
}

function Forms({ saved: first }: { saved: Looks }) {
  const [saved, setSaved] = useState(first);
  const [organisation, setOrganisation] = useState(first.organisation ?? "");
  const [accent, setAccent] = useState(first.accent ?? "");
  const keep = (value: unknown) => {
    const looks = brandingOf(value);
    setBranding(looks);
    setSaved(looks);
    return looks;
  };
  // What is being written is seen already; what cannot be is not.
  const colour = accentVerdict(accent)?.good ? accent.trim() : accent.trim() === "" ? undefined : saved.accent;
  const { organisation: _, accent: __, ...rest } = saved;
  const shown: Looks = { ...rest, ...(organisation.trim() === "" ? {} : { organisation: organisation.trim() }), ...(colour === undefined ? {} : { accent: colour }) };
  return (
    <div className="cards two">
      <div className="column">
        <NameForm value={organisation} onChange={setOrganisation} saved={saved.organisation ?? ""} onSaved={(value) => setOrganisation(keep(value).organisation ?? "")} />
        <AccentForm value={accent} onChange={setAccent} saved={saved.accent ?? ""} onSaved={(value) => setAccent(keep(value).accent ?? "")} />
        <LogoForm saved={saved} onSaved={keep} />
      </div>
      <section className="card column" aria-labelledby="branding-preview">
        <h2 id="branding-preview">{at("branding.preview")}</h2>
        <Preview looks={shown} theme="light" />
        <Preview looks={shown} theme="dark" />
        <p className="hint">{at("branding.previewText")}</p>
      </section>
    </div>
  );
}

interface TextFormProps {
  value: string;
  onChange(value: string): void;
  saved: string;
  onSaved(value: unknown): void;
}

/** Sends a change; says that it is done, or beside the form why not. */
function useSaving(onSaved: (value: unknown) => void): { busy: boolean; problem: string; save(call: () => Promise<unknown>): Promise<void>; complain(sentence: string): void } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const { say } = useNotices();
  const save = async (call: () => Promise<unknown>) => {
    setBusy(true);
    setProblem("");
    try {
      onSaved(await call());
      say(at("saved"));
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, save, complain: setProblem };
}

function NameForm({ value, onChange, saved, onSaved }: TextFormProps) {
  const { busy, problem, save } = useSaving(onSaved);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(() => api.patch<unknown>("/api/branding", { organisation: value }));
  };
  return (
    <Form className="card column" onSubmit={submit}>
      {problem !== "" && <p role="alert" className="problem" dir="auto">{problem}</p>}
      <Field label={at("branding.name")} hint={at("branding.nameHint")} value={value} onChange={onChange} max={64} />
      <div className="actions"><Button type="submit" className="primary" isDisabled={busy || value.trim() === saved}>{at("branding.saveName")}</Button></div>
    </Form>
  );
}

function AccentForm({ value, onChange, saved, onSaved }: TextFormProps) {
  const { busy, problem, save } = useSaving(onSaved);
  const id = useId();
  const verdict = accentVerdict(value);
  const send = (accent: string) => save(() => api.patch<unknown>("/api/branding", { accent }));
  return (
    <Form
      className="card column"
      onSubmit={(event) => {
        event.preventDefault();
        void send(value.trim());
      }}
    >
      {problem !== "" && <p role="alert" className="problem" dir="auto">{problem}</p>}
      <div className="accent-fields">
        <Field label={at("branding.accent")} hint={at("branding.accentHint", { standard: standardAccent })} value={value} onChange={onChange} max={7} />
        <div>
          <label htmlFor={id}>{at("branding.pick")}</label>
          <input id={id} type="color" value={rgbOf(value.trim()) ? value.trim().toLowerCase() : standardAccent} onChange={(event) => onChange(event.target.value)} />
        </div>
      </div>
      <p role="status" className={verdict ? `row accent-verdict ${verdict.good ? "good" : "bad"}` : "hint"}>{verdict && (verdict.good ? <CheckIcon /> : <WarningIcon />)}<span className="grow">{verdict ? verdict.sentence : at("branding.accentNone")}</span></p>
      <div className="actions">
        {saved !== "" && <Button isDisabled={busy} onPress={() => void send("")}>{at("branding.accentReset")}</Button>}
        <Button type="submit" className="primary" isDisabled={busy || value.trim().toLowerCase() === saved || verdict?.good === false}>{at("branding.saveAccent")}</Button>
      </div>
    </Form>
  );
}

function LogoForm({ saved, onSaved }: { saved: Looks; onSaved(value: unknown): void }) {
  const { busy, problem, save, complain } = useSaving(onSaved);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const choose = (file: File | undefined) => {
    if (!file) return;
    const refused = logoProblem(file);
    if (refused !== "") complain(refused);
    else void save(() => api.put<unknown>("/api/branding/logo", file));
    // The same file may be chosen once more, when it was mended.
    if (field.current) field.current.value = "";
  };
  const remove = async (): Promise<unknown> => {
    await api.delete("/api/branding/logo");
    const { logo: _, ...rest } = saved;
    return rest;
  };
  return (
    <div className="card column">
      {problem !== "" && <p role="alert" className="problem" dir="auto">{problem}</p>}
      <div>
        <Label htmlFor={id}>{at("branding.logo")}</Label>
        <input ref={field} id={id} type="file" accept="image/png,image/jpeg" disabled={busy} aria-describedby={`${id}-hint`} onChange={(event) => choose(event.target.files?.[0])} />
        <p className="hint" id={`${id}-hint`}>{at("branding.logoHint")}</p>
      </div>
      {saved.logo !== undefined && (
        <div className="spread">
          <img className="logo-now" src={saved.logo} alt={at("branding.logoNow")} />
          <Button isDisabled={busy} onPress={() => void save(remove)}>{at("branding.logoRemove")}</Button>
        </div>
      )}
    </div>
  );
}

/** The parts of a page that show a colour, as they will look; nothing of it can be used. */
function Preview({ looks, theme }: { looks: Looks; theme: "light" | "dark" }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Without a choice it is the design's own colour, and not the one that this page has just now.
    if (frame.current) paint(frame.current, looks.accent ?? standardAccent);
  }, [looks.accent]);
  return (
    <div ref={frame} className="branding-preview" data-theme={theme} role="img" aria-label={at(theme === "light" ? "branding.inLight" : "branding.inDark")}>
      <p className="brand"><BrandOf branding={looks} /></p>
      <p className="row"><span className="button primary">{at("branding.sampleButton")}</span><span className="sample-chosen">{at("branding.sampleChosen")}</span></p>
      <p><span className="sample-link">{at("branding.sampleLink")}</span></p>
    </div>
  );
}
