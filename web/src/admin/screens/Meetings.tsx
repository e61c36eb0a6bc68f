// Meetings that were held: the list, and one of them with who was there and how their media went.
import { Button, Link } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { segment } from "../../site/api";
import { BackIcon, GalleryIcon, NextIcon, PersonIcon, SignalIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { Choice } from "../parts/fields";
import { number, time } from "../parts/format";
import { Loaded, Page } from "../parts/Page";
import { Plot } from "../parts/Plot";
import { type QosPerson, qualityPlots } from "../parts/quality";
import { useData } from "../parts/useData";
import { useState } from "react";

export interface MeetingRow {
  uuid: string;
  id?: number;
  topic: string;
  host: string;
  email: string;
  start_time: string;
  end_time?: string;
  duration: string;
  participants: number;
  has_video: boolean;
  has_screen_share: boolean;
  has_recording: boolean;
}
interface Person {
  id: string;
  user_id: string;
  user_name: string;
  email: string;
  device: string;
  join_time: string;
  leave_time?: string;
  leave_reason?: string;
  share_desktop: boolean;
  camera_used: boolean;
  microphone_used: boolean;
}
const month = (): string => new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10);

function Used({ m }: { m: MeetingRow }) {
  return <span className="row">{m.has_video && <span className="tag">{at("meeting.video")}</span>}{m.has_screen_share && <span className="tag">{at("meeting.share")}</span>}{m.has_recording && <span className="tag info">{at("meeting.recorded")}</span>}</span>;
}

export function Meetings() {
  return (
    <Page title={at("meetings.title")} text={at("meetings.text")}>
      <DataTable<MeetingRow>
        label={at("meetings.title")} path="/v2/metrics/meetings" rows="meetings" fixed={{ type: "past" }} file="meetings" rowKey={(m) => m.uuid} initialFilters={{ from: month() }}
        filters={[{ name: "from", label: at("from") }, { name: "to", label: at("to") }]}
        columns={[
          { title: at("topic"), cell: (m) => <Link href={`/admin/meetings/${segment(m.uuid)}`}><bdi>{m.topic || at("noTopic")}</bdi></Link> },
          { title: at("host"), cell: (m) => <><bdi>{m.host}</bdi><bdi className="login">{m.email}</bdi></> },
          { title: at("meeting.began"), cell: (m) => time(m.start_time) },
          { title: at("meeting.length"), number: true, cell: (m) => m.duration },
          { title: at("meeting.people"), number: true, cell: (m) => number(m.participants) },
          { title: at("meeting.used"), cell: (m) => <Used m={m} /> },
        ]}
        empty={{ Icon: GalleryIcon, title: at("meetings.none"), text: at("meetings.noneText") }}
      />
    </Page>
  );
}

export function Meeting({ id }: { id: string }) {
  const path = `/v2/metrics/meetings/${segment(id)}`;
  const data = useData<MeetingRow>(path);
  return (
    <Page title={data.value ? data.value.topic || at("noTopic") : at("meeting")} above={[{ title: at("meetings.title"), href: "/admin/meetings" }]}>
      <Loaded data={data}>
        {(m) => (
          <>
            <div className="cards">
              <div className="card figure"><span>{at("host")}</span><strong><bdi>{m.host}</bdi></strong><span><bdi>{m.email}</bdi></span></div>
              <div className="card figure"><span>{at("meeting.began")}</span><strong>{time(m.start_time)}</strong><span>{m.end_time ? at("meeting.until", { time: time(m.end_time) }) : at("meeting.running")}</span></div>
              <div className="card figure"><span>{at("meeting.length")}</span><strong>{m.duration}</strong><Used m={m} /></div>
              <div className="card figure"><span>{at("meeting.people")}</span><strong>{number(m.participants)}</strong>{m.id !== undefined && <span>{at("meeting.number")} <code>{m.id}</code></span>}</div>
            </div>
            <DataTable<Person>
              titled label={at("meeting.who")} path={`${path}/participants`} rows="participants" file="participants" rowKey={(p) => p.user_id + p.join_time}
              columns={[
                { title: at("name"), cell: (p) => <>{p.id !== "" ? <Link href={`/admin/users/${segment(p.id)}`}><bdi>{p.user_name}</bdi></Link> : <bdi>{p.user_name}</bdi>}<bdi className="login">{p.email}</bdi></> },
                { title: at("meeting.came"), cell: (p) => time(p.join_time) },
                { title: at("meeting.left"), cell: (p) => (p.leave_time ? time(p.leave_time) : at("meeting.there")) },
                { title: at("meeting.why"), cell: (p) => (p.leave_reason ? atOr(`leave.${p.leave_reason}`, p.leave_reason) : "") },
                { title: at("meeting.device"), cell: (p) => <bdi>{p.device}</bdi> },
                { title: at("meeting.used"), cell: (p) => <span className="row">{p.microphone_used && <span className="tag">{at("meeting.microphone")}</span>}{p.camera_used && <span className="tag">{at("meeting.camera")}</span>}{p.share_desktop && <span className="tag">{at("meeting.share")}</span>}</span> },
              ]}
              empty={{ Icon: PersonIcon, title: at("meeting.nobody") }}
            />
            <Quality path={path} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Quality({ path }: { path: string }) {
  // The server gives ten people at a time: their samples may be those of a day.
  const [page, setPage] = useState(1);
  const data = useData<{ participants: QosPerson[]; page_count: number }>(`${path}/participants/qos`, { page_size: 10, page_number: page });
  return (
    <section className="column" aria-labelledby="quality">
      <h2 id="quality">{at("quality.title")}</h2>
      <Loaded data={data}>
        {({ participants, page_count: count }) => (
          <>
            {count > 1 && (
              <div className="row" role="group" aria-label={at("quality.pages")}>
                <Button className="small icon-only" aria-label={at("table.before")} isDisabled={page <= 1} onPress={() => setPage(page - 1)}><BackIcon /></Button>
                <span className="hint numbers">{at("quality.page", { page: number(page), count: number(count) })}</span>
                <Button className="small icon-only" aria-label={at("table.after")} isDisabled={page >= count} onPress={() => setPage(page + 1)}><NextIcon /></Button>
              </div>
            )}
            <Measured people={participants.filter((p) => p.user_qos.length > 0)} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Measured({ people }: { people: readonly QosPerson[] }) {
  const [chosen, setChosen] = useState("");
  const person = people.find((p) => p.user_id + p.join_time === chosen) ?? people[0];
  if (!person) return <div className="empty card"><SignalIcon /><h3>{at("quality.none")}</h3><p>{at("quality.noneText")}</p></div>;
  return (
    <>
      <div className="row"><Choice label={at("quality.person")} value={person.user_id + person.join_time} onChange={setChosen} options={people.map((p) => [p.user_id + p.join_time, `${p.user_name} (${time(p.join_time)})`] as const)} /></div>
      <div className="cards two">
        {qualityPlots(person).map((plot) => (
          <Plot key={plot.measure} kind="lines" title={atOr(`quality.${plot.measure}`, plot.measure)} unit={plot.unit} column={at("log.when")} names={plot.names} series={plot.series.map((s) => ({ name: atOr(`quality.part.${s.name}`, s.name), values: s.values }))} format={number} />
        ))}
      </div>
    </>
  );
}
