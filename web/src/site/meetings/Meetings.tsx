// Upcoming and past meetings, and what one begins right now.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { site } from "../../i18n/site";
import { navigate } from "../../router";
import { CalendarIcon, CameraIcon, PlusIcon } from "../../ui/icons";
import { api, segment, sentenceOf } from "../api";
import { CopyButton, Page, Shown } from "../parts";
import type { Me } from "../session";
import { clock, day, nearDay } from "../times";
import { useLoad } from "../useLoad";
import { MeetingTabs } from "./MeetingTabs";
import { anyTime, grouped, instant, type ListedMeeting, type Meeting, type MeetingList, series } from "./types";

interface Lists {
  meetings: ListedMeeting[];
  more: string;
  running: ListedMeeting[];
}

async function load(past: boolean, signal: AbortSignal): Promise<Lists> {
  const path = "/v2/users/me/meetings";
  const [list, live] = await Promise.all([
    api.get<MeetingList>(path, { type: past ? "previous_meetings" : "upcoming", page_size: 50 }, signal),
    api.get<MeetingList>(path, { type: "live" }, signal),
  ]);
  return { meetings: list.meetings, more: list.next_page_token, running: live.meetings };
}

/** The link to start is made when it is asked for; it is not in lists. */
export async function start(id: number): Promise<void> {
  const meeting = await api.get<Meeting>(`/v2/meetings/${id}`);
  location.assign(meeting.start_url ?? meeting.join_url);
}

/** "Today", "Tomorrow" and the date; meetings of one day stand together. */
export function byDay(meetings: readonly ListedMeeting[], now: Date): { title: string; meetings: ListedMeeting[] }[] {
  const out: { title: string; meetings: ListedMeeting[] }[] = [];
  for (const meeting of meetings) {
    const moment = meeting.start_time === undefined ? undefined : new Date(meeting.start_time);
    const near = moment && nearDay(moment, now);
    const title = moment === undefined ? site("meetings.anyTime") : near ? `${site(`day.${near}`)} · ${day(moment)}` : day(moment);
    if (out.at(-1)?.title !== title) out.push({ title, meetings: [] });
    out.at(-1)!.meetings.push(meeting);
  }
  return out;
}

function Row({ meeting, running, past = false }: { meeting: ListedMeeting; running: boolean; past?: boolean }) {
  const begins = meeting.start_time === undefined ? undefined : new Date(meeting.start_time);
  // What was made for now is over for good; what was planned can be held again.
  const over = past && meeting.type === instant;
  return (
    <li className="meeting-row">
      <div className="when numbers">
        {begins && meeting.type !== anyTime && <><b>{clock(begins)}</b><span>{clock(new Date(begins.getTime() + meeting.duration * 60_000))}</span></>}
      </div>
      <div className="grow">
        <Link href={`/app/meetings/${meeting.id}`} className="row-title"><bdi>{meeting.topic}</bdi></Link>
        <div className="row hint">
          <span className="numbers">{grouped(meeting.id)}</span>
          {meeting.type === series && <span className="tag">{site("meetings.series")}</span>}
          {running && <span className="tag good">{site("meetings.running")}</span>}
        </div>
      </div>
      {!over && (
        <div className="row">
          <CopyButton className="quiet small" label={site("meetings.copyLink")} text={() => meeting.join_url} />
          <Button className={running ? "primary" : ""} onPress={() => void start(meeting.id)}>{running ? site("meetings.join") : site("meetings.start")}</Button>
        </div>
      )}
    </li>
  );
}

/** A meeting that begins now: made, and entered. */
export async function startNow(topic: string): Promise<void> {
  const made = await api.post<Meeting>("/v2/users/me/meetings", { topic, type: instant });
  location.assign(made.start_url ?? made.join_url);
}

function PersonalRoom({ me }: { me: Me }) {
  const { loaded, again } = useLoad(`personal ${me.id}`, (signal) => api.get<{ pmi?: number; personal_meeting_url?: string }>("/v2/users/me", {}, signal));
  const [problem, setProblem] = useState("");
  if (loaded.state !== "here") return null;
  const { pmi } = loaded.value;
  const make = async () => {
    try {
      await api.post("/v2/users/me/meetings", { topic: site("room.topic", { name: me.name }), type: anyTime, settings: { use_pmi: true } });
      again();
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  return (
    <section className="card room" aria-labelledby="room">
      <div className="grow">
        <h2 id="room">{site("room.title")}</h2>
        <p className="hint">{pmi === undefined ? site("room.none") : site("room.text")}</p>
        {pmi !== undefined && <p className="numbers room-number">{grouped(pmi)}</p>}
        {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      </div>
      <div className="row">
        {pmi === undefined ? <Button onPress={() => void make()}>{site("room.make")}</Button> : (
          <>
            <Link href={`/app/meetings/${pmi}`} className="button">{site("room.settings")}</Link>
            <CopyButton label={site("meetings.copyLink")} text={async () => (await api.get<Meeting>(`/v2/meetings/${segment(String(pmi))}`)).join_url} />
            <Button onPress={() => void start(pmi)}>{site("meetings.start")}</Button>
          </>
        )}
      </div>
    </section>
  );
}

export function Meetings({ me, past }: { me: Me; past: boolean }) {
  const { loaded, again } = useLoad(`meetings ${past}`, (signal) => load(past, signal));
  const [more, setMore] = useState<{ past: boolean; meetings: ListedMeeting[]; next: string } | null>(null);
  const [problem, setProblem] = useState("");
  const attempt = (work: Promise<void>) => work.catch((error: unknown) => setProblem(sentenceOf(error)));
  const loadMore = async (next: string, before: ListedMeeting[]) => {
    const list = await api.get<MeetingList>("/v2/users/me/meetings", { type: past ? "previous_meetings" : "upcoming", page_size: 50, next_page_token: next });
    setMore({ past, meetings: [...before, ...list.meetings], next: list.next_page_token });
  };
  return (
    <Page
      title={site("meetings.title")}
      spoken={site("meetings.title")}
      actions={(
        <>
          <Button onPress={() => void attempt(startNow(site("meetings.nowTopic", { name: me.name })))}><CameraIcon />{site("meetings.now")}</Button>
          <Button className="primary" onPress={() => navigate("/app/meetings/new")}><PlusIcon />{site("meetings.schedule")}</Button>
        </>
      )}
    >
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      {!past && <PersonalRoom me={me} />}
      <MeetingTabs which={past ? "past" : "upcoming"} />
      <Shown of={loaded} again={again}>
        {({ meetings: firstPage, more: firstNext, running }) => {
          const extra = more?.past === past ? more : null;
          const meetings = extra ? [...firstPage, ...extra.meetings] : firstPage;
          const next = extra ? extra.next : firstNext;
          const runs = new Set(running.map((m) => m.id));
          // What runs without being in the list (begun just now) stands above it.
          const besides = past ? [] : running.filter((m) => !meetings.some((other) => other.id === m.id));
          if (meetings.length + besides.length === 0) {
            return (
              <div className="empty">
                <CalendarIcon />
                <h2>{site(past ? "meetings.noPast" : "meetings.none")}</h2>
                <p>{site(past ? "meetings.noPastText" : "meetings.noneText")}</p>
              </div>
            );
          }
          return (
            <>
              {besides.length > 0 && <section><h2 className="day">{site("meetings.running")}</h2><ul className="rows card">{besides.map((m) => <Row key={m.id} meeting={m} running />)}</ul></section>}
              {byDay(meetings, new Date()).map((group) => (
                <section key={group.title}>
                  <h2 className="day">{group.title}</h2>
                  <ul className="rows card">{group.meetings.map((m) => <Row key={m.id} meeting={m} running={runs.has(m.id)} past={past} />)}</ul>
                </section>
              ))}
              {next !== "" && <Button className="more" onPress={() => void attempt(loadMore(next, extra?.meetings ?? []))}>{site("common.more")}</Button>}
            </>
          );
        }}
      </Shown>
    </Page>
  );
}
