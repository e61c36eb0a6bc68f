// One meeting: when it is, how people come in, who has registered, what was when it was held, and what can be done with it.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { site } from "../../i18n/site";
import { navigate } from "../../router";
import { BackIcon, CalendarIcon, CameraIcon, EditIcon, TrashIcon } from "../../ui/icons";
import { api, segment, sentenceOf } from "../api";
import { ConfirmButton, CopyButton, Page, Shown } from "../parts";
import { clock, day, dayAndClock, offsetOf, ownZone } from "../times";
import { useLoad } from "../useLoad";
import { Bans, Guests } from "./Door";
import { HeldMeeting } from "./HeldMeeting";
import { HowRecorded } from "./HowRecorded";
import { start } from "./Meetings";
import { Registrants } from "./Registrants";
import { SaveTemplate } from "./Templates";
import { anyTime, grouped, type Meeting as MeetingView, type Occurrence, once, series } from "./types";
import { ruleWords } from "./words";

function whenOf(meeting: MeetingView): string {
  if (meeting.start_time === undefined || meeting.type === anyTime) return site("meetings.anyTime");
  const begins = new Date(meeting.start_time);
  const ends = new Date(begins.getTime() + (meeting.duration ?? 60) * 60_000);
  return `${day(begins)} · ${clock(begins)} – ${clock(ends)}`;
}

function Occurrences({ meeting, again }: { meeting: MeetingView; again(): void }) {
  const [all, setAll] = useState(false);
  const list = meeting.occurrences ?? [];
  const shown = all ? list : list.slice(0, 8);
  const row = (one: Occurrence) => {
    const begins = new Date(one.start_time);
    return (
      <li key={one.occurrence_id} className="meeting-row" data-off={one.status === "deleted"}>
        <span className="grow numbers">{day(begins)} · {clock(begins)} – {clock(new Date(begins.getTime() + one.duration * 60_000))}</span>
        {one.status === "deleted" ? <span className="tag bad">{site("meeting.cancelled")}</span> : (
          <div className="row">
            <Link className="button quiet small" href={`/app/meetings/${meeting.id}/edit?occurrence=${one.occurrence_id}`} aria-label={site("meeting.editOne", { when: dayAndClock(begins) })}>{site("meeting.edit")}</Link>
            <ConfirmButton
              className="quiet small danger"
              label={site("meeting.cancelShort")}
              spoken={site("meeting.cancelOne", { when: dayAndClock(begins) })}
              title={site("meeting.cancelOneTitle")}
              text={<p>{site("meeting.cancelOneText", { when: dayAndClock(begins) })}</p>}
              yes={site("meeting.cancelOneYes")}
              act={async () => {
                await api.delete(`/v2/meetings/${meeting.id}`, { occurrence_id: one.occurrence_id });
                again();
              }}
            />
          </div>
        )}
      </li>
    );
  };
  return (
    <section className="card">
      <h2>{site("meeting.occurrences", { count: list.filter((o) => o.status !== "deleted").length })}</h2>
      <ul className="rows">{shown.map(row)}</ul>
      {!all && list.length > shown.length && <Button className="quiet" onPress={() => setAll(true)}>{site("meeting.allOccurrences", { count: list.length })}</Button>}
    </section>
  );
}

function Details({ meeting, again }: { meeting: MeetingView; again(): void }) {
  const s = meeting.settings;
  const rule = meeting.recurrence && meeting.type === series ? ruleWords(meeting.recurrence, meeting.timezone) : "";
  const registers = (s.approval_type ?? 2) !== 2;
  const invitees = s.meeting_invitees ?? [];
  const yes = (value: boolean | undefined) => site(value ? "common.yes" : "common.no");
  return (
    <>
      <section className="card when-card">
        <CalendarIcon />
        <div className="grow">
          <p className="when-words">{whenOf(meeting)}</p>
          {rule !== "" && <p>{rule}</p>}
          <p className="hint">
            {site("meeting.zone", { zone: ownZone, offset: offsetOf(ownZone, new Date(meeting.start_time ?? Date.now())) })}
            {meeting.timezone !== ownZone && meeting.start_time !== undefined && ` · ${site("meeting.otherZone", { zone: meeting.timezone, when: dayAndClock(new Date(meeting.start_time), meeting.timezone) })}`}
          </p>
        </div>
        <div className="row">
          <CopyButton label={site("meeting.copyInvitation")} text={async () => (await api.get<{ invitation: string }>(`/v2/meetings/${meeting.id}/invitation`)).invitation} />
          {meeting.type !== anyTime && <a className="button" href={`/api/meetings/${meeting.id}/calendar`} download>{site("meeting.ics")}</a>}
        </div>
      </section>
      {meeting.agenda !== "" && <section className="card"><h2>{site("meeting.agenda")}</h2><p className="prose" dir="auto">{meeting.agenda}</p></section>}
      <div className="columns">
        <section className="card">
          <h2>{site("meeting.access")}</h2>
          <dl>
            <dt>{site("meeting.number")}</dt><dd>{grouped(meeting.id)}</dd>
            <dt>{site("meeting.passcode")}</dt><dd dir="auto">{meeting.password === "" ? site("meeting.noPasscode") : meeting.password}</dd>
            <dt>{site("meeting.link")}</dt><dd><bdi>{meeting.join_url}</bdi></dd>
            {meeting.registration_url && <><dt>{site("meeting.registrationLink")}</dt><dd><bdi>{meeting.registration_url}</bdi></dd></>}
          </dl>
          <div className="row">
            <CopyButton className="small" label={site("meetings.copyLink")} text={() => meeting.join_url} />
            {meeting.registration_url && <CopyButton className="small" label={site("meeting.copyRegistration")} text={() => meeting.registration_url!} />}
          </div>
        </section>
        <section className="card">
          <h2>{site("meeting.rules")}</h2>
          <dl>
            <dt>{site("form.waitingRoom")}</dt><dd>{yes(s.waiting_room)}</dd>
            <dt>{site("form.joinBeforeHost")}</dt><dd>{yes(s.join_before_host)}</dd>
            <dt>{site("form.signedInOnly")}</dt><dd>{yes(s.meeting_authentication)}</dd>
            <dt>{site("form.registration")}</dt><dd>{site(registers ? (s.approval_type === 1 ? "form.registration.approved" : "form.registration.open") : "form.registration.none")}</dd>
            <dt>{site("form.record")}</dt><dd>{yes(s.auto_recording === "cloud")}</dd>
            {s.alternative_hosts && <><dt>{site("form.hosts")}</dt><dd dir="auto">{s.alternative_hosts.replaceAll(/[;,]/g, ", ")}</dd></>}
            {invitees.length > 0 && <><dt>{site("meeting.invited")}</dt><dd dir="auto">{invitees.map((i) => i.email).join(", ")}</dd></>}
          </dl>
          <SaveTemplate meeting={meeting} />
        </section>
      </div>
      {registers && <Registrants meeting={meeting} />}
      {meeting.type === series && <Occurrences meeting={meeting} again={again} />}
      <HeldMeeting meeting={meeting.id} />
      <Guests meeting={meeting.id} />
      <Bans meeting={meeting.id} />
      <HowRecorded meeting={meeting.id} />
    </>
  );
}

export function Meeting({ id }: { id: string }) {
  const { loaded, again } = useLoad(`meeting ${id}`, (signal) => api.get<MeetingView>(`/v2/meetings/${segment(id)}`, {}, signal));
  const [problem, setProblem] = useState("");
  const meeting = loaded.state === "here" ? loaded.value : undefined;
  return (
    <Page
      title={meeting?.topic ?? site("meeting.title")}
      spoken={meeting?.topic ?? site("meeting.title")}
      back={<Link className="back" href="/app"><BackIcon />{site("nav.meetings")}</Link>}
      actions={meeting && (
        <>
          <Link className="button" href={`/app/meetings/${id}/edit`}><EditIcon />{site("meeting.edit")}</Link>
          <ConfirmButton
            className="quiet danger"
            icon={<TrashIcon />}
            label={site("meeting.cancel")}
            title={site(meeting.type === series ? "meeting.cancelSeriesTitle" : "meeting.cancelTitle")}
            text={<p>{site(meeting.type === once || meeting.type === series ? "meeting.cancelText" : "meeting.cancelPlainText")}</p>}
            yes={site(meeting.type === series ? "meeting.cancelSeriesYes" : "meeting.cancelYes")}
            act={async () => {
              await api.delete(`/v2/meetings/${segment(id)}`);
              navigate("/app");
            }}
          />
          <Button className="primary" onPress={() => void start(meeting.id).catch((error: unknown) => setProblem(sentenceOf(error)))}><CameraIcon />{site(meeting.status === "started" ? "meetings.join" : "meetings.start")}</Button>
        </>
      )}
    >
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <Shown of={loaded} again={again}>{(value) => <Details meeting={value} again={again} />}</Shown>
    </Page>
  );
}
