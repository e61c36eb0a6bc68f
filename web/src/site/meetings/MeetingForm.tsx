// Scheduling a meeting and changing it: the whole, or one of a series.
import { useMemo, useRef, useState } from "react";
import { Button, Form, Link } from "react-aria-components";
import { site, type SiteKey } from "../../i18n/site";
import { navigate } from "../../router";
import { BackIcon } from "../../ui/icons";
import { api, ApiFailure, segment, sentenceOf } from "../api";
import { Choice, Field, Tick, Toggle } from "../fields";
import { Page, Shown } from "../parts";
import { offsetOf, ownZone, span, weekdayNames, zones } from "../times";
import { useLoad } from "../useLoad";
import { AskQuestions } from "./AskQuestions";
import { blankDraft, bodyOf, type Draft, draftOf, occurrenceBodyOf, problemsIn, recurrenceOf, type Repeats, sameTimes } from "./form";
import { type QuestionsBody, questionsOf, sameQuestions } from "./questions";
import { draftFrom, type Template, type TemplateEntry, type TemplateList } from "./templates";
import { isMissing, loadTracked, saidOf, type TrackedField } from "./tracking";
import { anyTime, type Meeting } from "./types";
import { ruleWords } from "./words";

interface FormProps {
  draft: Draft;
  /** One occurrence: only what can differ. */
  single?: boolean;
  series?: boolean;
  /** Of no time: it is always there. */
  timeless?: boolean;
  /** What the organisation asks for. */
  tracked?: readonly TrackedField[];
  button: string;
  cancel: string;
  send(draft: Draft): Promise<void>;
}

const units = { daily: "day", weekly: "week", monthly: "month" } as const;
const durations = [15, 30, 45, 60, 90, 120, 180, 240, 480];

function Repeating({ draft, set }: { draft: Draft; set(change: Partial<Draft>): void }) {
  const problems = problemsIn(draft);
  const rule = recurrenceOf(draft);
  const names = weekdayNames("short");
  return (
    <fieldset className="repeating">
      <Choice<Repeats>
        label={site("form.repeats")}
        value={draft.repeats}
        onChange={(repeats) => set({ repeats })}
        options={(["never", "daily", "weekly", "monthly"] as const).map((value) => ({ value, label: site(`form.repeats.${value}`) }))}
      />
      {draft.repeats !== "never" && (
        <>
          <Choice label={site("form.interval")} value={draft.interval} onChange={(interval) => set({ interval })} options={Array.from({ length: 12 }, (_, i) => ({ value: i + 1, label: span(i + 1, units[draft.repeats as "daily"]) }))} />
          {draft.repeats === "weekly" && (
            <div role="group" aria-label={site("form.weekdays")} className="row">
              {names.map((name, i) => <Tick key={name} label={name} value={draft.weekdays.includes(i + 1)} onChange={(on) => set({ weekdays: on ? [...draft.weekdays, i + 1] : draft.weekdays.filter((d) => d !== i + 1) })} />)}
              {problems.weekdays && <p role="alert" className="problem">{site("form.problem.days")}</p>}
            </div>
          )}
          {draft.repeats === "monthly" && <Choice label={site("form.monthlyBy")} value={draft.monthlyBy} onChange={(monthlyBy) => set({ monthlyBy })} options={[{ value: "day", label: site("form.monthlyBy.day") }, { value: "weekday", label: site("form.monthlyBy.weekday") }]} />}
          <Choice label={site("form.ends")} value={draft.ends} onChange={(ends) => set({ ends, ...(ends === "date" && draft.until === "" ? { until: draft.date } : {}) })} options={[{ value: "count", label: site("form.ends.count") }, { value: "date", label: site("form.ends.date") }]} />
          {draft.ends === "count"
            ? <Field label={site("form.count")} type="number" min={1} max={366} value={String(draft.count)} onChange={(text) => set({ count: Math.min(366, Math.max(1, Math.trunc(Number(text)) || 1)) })} />
            : <Field label={site("form.until")} type="date" value={draft.until} onChange={(until) => set({ until })} problem={problems.until && site("form.problem.until")} />}
          {rule && <p className="hint rule-words" role="status">{ruleWords(rule, draft.zone)}</p>}
        </>
      )}
    </fieldset>
  );
}

/** Whether people register, how that is decided, and what they are asked. */
function Registration({ draft, shown, set }: { draft: Draft; shown: boolean; set(change: Partial<Draft>): void }) {
  const link = { none: "", open: site("form.registrationOpenHint"), approved: site("form.registrationApprovedHint") }[draft.registration];
  return (
    <section className="card column">
      <h2>{site("form.registration")}</h2>
      <Choice label={site("form.registrationNeeded")} value={draft.registration} onChange={(registration) => set({ registration })} options={(["none", "open", "approved"] as const).map((value) => ({ value, label: site(`form.registration.${value}`) }))} {...(link === "" ? {} : { hint: link })} />
      {draft.registration !== "none" && (
        <>
          {draft.repeats !== "never" && <Choice<1 | 2 | 3> label={site("form.registrationFor")} value={draft.registrationFor} onChange={(registrationFor) => set({ registrationFor })} options={([1, 2, 3] as const).map((value) => ({ value, label: site(`form.registrationFor.${value}`) }))} />}
          <Toggle label={site("form.registrationCloses")} hint={site("form.registrationClosesHint")} value={draft.registrationCloses} onChange={(registrationCloses) => set({ registrationCloses })} />
          <AskQuestions asked={draft.asked} shown={shown} onChange={(asked) => set({ asked })} />
        </>
      )}
    </section>
  );
}

function MeetingForm({ draft: initial, single = false, series = false, timeless = false, tracked = [], button, cancel, send }: FormProps) {
  const [draft, setDraft] = useState(initial);
  const [shown, setShown] = useState(false);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const problems = shown ? problemsIn(draft, single ? [] : tracked) : {};
  const wrong = (field: keyof Draft): string | undefined => (problems[field] ? site(`form.problem.${problems[field]}` as SiteKey) : undefined);
  const zoneOptions = useMemo(() => {
    const names = zones();
    if (!names.includes(initial.zone)) names.unshift(initial.zone);
    return names.map((value) => ({ value, label: `${value.replaceAll("_", " ")} (${offsetOf(value, new Date())})` }));
  }, [initial.zone]);
  const lengths = durations.includes(initial.minutes) ? durations : [...durations, initial.minutes].sort((a, b) => a - b);

  const submit = async () => {
    setShown(true);
    setProblem("");
    if (Object.keys(problemsIn(draft, single ? [] : tracked)).length > 0) {
      setProblem(site("form.problem.some"));
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    setBusy(true);
    try {
      await send(draft);
    } catch (error) {
      const field = error instanceof ApiFailure ? Object.keys(error.fields)[0] : undefined;
      setProblem(field === undefined ? sentenceOf(error) : `${field}: ${sentenceOf(error)}`);
      setBusy(false);
    }
  };
  return (
    <Form
      ref={form}
      className="sheet"
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <section className="card column">
        <Field label={site("form.topic")} value={draft.topic} onChange={(topic) => set({ topic })} required maxLength={200} problem={wrong("topic")} autoFocus={initial.topic === ""} />
        <Field label={site("form.agenda")} value={draft.agenda} onChange={(agenda) => set({ agenda })} lines maxLength={2000} />
      </section>
      {!timeless && <section className="card column">
        <h2>{site("form.when")}</h2>
        <div className="fields">
          <Field label={site("form.date")} type="date" value={draft.date} onChange={(date) => set({ date })} required problem={wrong("date")} />
          <Field label={site("form.time")} type="time" value={draft.time} onChange={(time) => set({ time })} required problem={wrong("time")} />
          <Choice label={site("form.length")} value={draft.minutes} onChange={(minutes) => set({ minutes })} options={lengths.map((value) => ({ value, label: value < 60 ? span(value, "minute") : span(value / 60, "hour") }))} />
          <Choice label={site("form.zone")} value={draft.zone} onChange={(zone) => set({ zone })} options={zoneOptions} className="wide" />
        </div>
        {!single && <Repeating draft={draft} set={set} />}
        {series && !sameTimes(initial, draft) && <p className="banner warn" role="status">{site("form.anew")}</p>}
      </section>}
      {!single && (
        <>
          <section className="card column">
            <h2>{site("form.access")}</h2>
            <Field label={site("form.passcode")} value={draft.passcode} onChange={(passcode) => set({ passcode })} maxLength={64} autoComplete="off" hint={site("form.passcodeHint")} />
            <Toggle label={site("form.waitingRoom")} hint={site("form.waitingRoomHint")} value={draft.waitingRoom} onChange={(waitingRoom) => set({ waitingRoom })} />
            <Toggle label={site("form.joinBeforeHost")} hint={site("form.joinBeforeHostHint")} value={draft.joinBeforeHost} onChange={(joinBeforeHost) => set({ joinBeforeHost })} />
            <Toggle label={site("form.signedInOnly")} hint={site("form.signedInOnlyHint")} value={draft.signedInOnly} onChange={(signedInOnly) => set({ signedInOnly })} />
            <Toggle label={site("form.comeMuted")} hint={site("form.comeMutedHint")} value={draft.comeMuted} onChange={(comeMuted) => set({ comeMuted })} />
          </section>
          <Registration draft={draft} shown={shown} set={set} />
          <section className="card column">
            <h2>{site("form.people")}</h2>
            <Field label={site("form.invitees")} value={draft.invitees} onChange={(invitees) => set({ invitees })} lines maxLength={8000} hint={site("form.inviteesHint")} problem={wrong("invitees")} />
            <Field label={site("form.hosts")} value={draft.hosts} onChange={(hosts) => set({ hosts })} maxLength={2000} hint={site("form.hostsHint")} problem={wrong("hosts")} />
            <Toggle label={site("form.record")} hint={site("form.recordHint")} value={draft.recordAutomatically} onChange={(recordAutomatically) => set({ recordAutomatically })} />
          </section>
          {tracked.length > 0 && (
            <section className="card column">
              <h2>{site("form.tracked")}</h2>
              {tracked.map((one) => (
                <Field
                  key={one.field} label={one.field} value={saidOf(draft.tracking, one.field)} onChange={(value) => set({ tracking: { ...draft.tracking, [one.field]: value } })} required={one.required} maxLength={255}
                  problem={shown && isMissing(one, draft.tracking) ? site("form.problem.needed") : undefined}
                  {...(one.recommended_values.length === 0 ? {} : { hint: site("form.trackedHint", { values: one.recommended_values.join(site("common.listComma")) }) })}
                />
              ))}
            </section>
          )}
        </>
      )}
      <div className="actions">
        <Link className="button quiet" href={cancel}>{site("common.cancel")}</Link>
        <Button type="submit" className="primary" isPending={busy}>{button}</Button>
      </div>
    </Form>
  );
}

/** Six digits by the browser's own generator: easy to say, and the server slows guessing down. */
function newPasscode(): string {
  return String(crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000).padStart(6, "0");
}

interface Effective {
  policies: { name: string; value: unknown }[];
}

/** The meeting is there when its questions are put to it: a second attempt goes on from there. */
async function saveQuestions(path: string, draft: Draft, before: Draft): Promise<void> {
  if (draft.registration !== "none" && !sameQuestions(draft.asked, before.asked)) await api.patch(`${path}/registrants/questions`, questionsOf(draft.asked));
}

/** With the templates of whom it is that schedules, when there are some. */
function TemplateChoice({ templates, chosen }: { templates: TemplateEntry[]; chosen: string | undefined }) {
  if (templates.length === 0) return null;
  return (
    <section className="card">
      <Choice
        label={site("templates.begin")}
        value={chosen ?? ""}
        onChange={(id) => navigate(id === "" ? "/app/meetings/new" : `/app/meetings/new?template=${segment(id)}`, { replace: true })}
        options={[{ value: "", label: site("templates.blank") }, ...templates.map(({ id, name }) => ({ value: id, label: name }))]}
      />
    </section>
  );
}

export function NewMeeting({ template }: { template: string | undefined }) {
  const made = useRef<Meeting | null>(null);
  // What counts for this person decides what the switches begin with.
  const { loaded, again } = useLoad("standard", async (signal) => {
    const [policies, person, list, tracked, like] = await Promise.all([
      api.get<Effective>("/api/me/policies", {}, signal),
      api.get<{ timezone?: string }>("/v2/users/me", {}, signal),
      api.get<TemplateList>("/v2/users/me/meeting_templates", {}, signal),
      loadTracked(signal),
      template === undefined ? undefined : api.get<Template>(`/api/me/meeting-templates/${segment(template)}`, {}, signal),
    ]);
    const is = (name: string) => policies.policies.find((p) => p.name === name)?.value === true;
    const standard = { waitingRoom: is("meeting.waiting_room") || is("meeting.waiting_room_required"), joinBeforeHost: is("meeting.join_before_host") && is("meeting.join_before_host_allowed"), passcode: newPasscode() };
    const zone = person.timezone && person.timezone !== "" ? person.timezone : ownZone;
    // What a template says of them counts where nothing else is said.
    return { templates: list.templates, tracked: template === undefined ? tracked : tracked.map((one) => ({ ...one, required: false })), draft: like ? draftFrom(like, new Date(), zone, standard) : blankDraft(new Date(), zone, standard) };
  });
  return (
    <Page title={site("form.newTitle")} spoken={site("form.newTitle")} back={<Link className="back" href="/app"><BackIcon />{site("nav.meetings")}</Link>}>
      <Shown of={loaded} again={again}>
        {({ draft, templates, tracked }) => (
          <div className="sheet">
            <TemplateChoice templates={templates} chosen={template} />
            <MeetingForm
              draft={draft}
              tracked={tracked}
              button={site("form.schedule")}
              cancel="/app"
              send={async (filled) => {
                // What these pages do not show (language, breakout rooms) comes from the template.
                const body = { ...bodyOf(filled), ...(template === undefined ? {} : { template_id: template }) };
                if (made.current) await api.patch(`/v2/meetings/${made.current.id}`, bodyOf(filled));
                else made.current = await api.post<Meeting>("/v2/users/me/meetings", body);
                await saveQuestions(`/v2/meetings/${made.current.id}`, filled, draft);
                navigate(`/app/meetings/${made.current.id}`);
              }}
            />
          </div>
        )}
      </Shown>
    </Page>
  );
}

export function EditMeeting({ id, occurrence }: { id: string; occurrence: string | undefined }) {
  const path = `/v2/meetings/${segment(id)}`;
  const { loaded, again } = useLoad(`edit ${id} ${occurrence}`, async (signal) => {
    const [meeting, questions, tracked] = await Promise.all([
      api.get<Meeting>(path, { occurrence_id: occurrence }, signal), api.get<QuestionsBody>(`${path}/registrants/questions`, {}, signal), loadTracked(signal),
    ]);
    return { meeting, questions, tracked };
  });
  const back = `/app/meetings/${segment(id)}`;
  const title = site(occurrence === undefined ? "form.editTitle" : "form.editOneTitle");
  return (
    <Page title={title} spoken={title} back={<Link className="back" href={back}><BackIcon />{site("form.back")}</Link>}>
      <Shown of={loaded} again={again}>
        {({ meeting, questions, tracked }) => {
          const draft = draftOf(meeting, new Date(), questions);
          return (
            <MeetingForm
              draft={draft}
              single={occurrence !== undefined}
              series={occurrence === undefined && meeting.recurrence !== undefined}
              timeless={meeting.type === anyTime}
              tracked={tracked}
              button={site("common.save")}
              cancel={back}
              send={async (filled) => {
                if (occurrence === undefined) {
                  await api.patch(path, bodyOf(filled, draft));
                  await saveQuestions(path, filled, draft);
                } else {
                  await api.patch(path, occurrenceBodyOf(filled), { occurrence_id: occurrence });
                }
                navigate(back);
              }}
            />
          );
        }}
      </Shown>
    </Page>
  );
}
