// The recordings of one's own meetings, and those in the trash.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { site } from "../../i18n/site";
import { LockIcon, PlayIcon, RecordIcon, TrashIcon } from "../../ui/icons";
import { api, segment, sentenceOf } from "../api";
import { ConfirmButton, Page, Shown } from "../parts";
import { bytes, clockOf, dayAndClock } from "../times";
import { useLoad } from "../useLoad";
import { filmOf, type Recording } from "./types";

interface List {
  next_page_token: string;
  recordings: Recording[];
}

export function StateTag({ recording }: { recording: Recording }) {
  switch (recording.state) {
    case "recording": return <span className="tag bad">{site("rec.recording")}</span>;
    case "processing": return <span className="tag warn">{site("rec.processing", { percent: Math.round(recording.progress * 100) })}</span>;
    case "failed": return <span className="tag bad">{site("rec.failed")}</span>;
    default: return null;
  }
}

function Row({ recording, trash, again }: { recording: Recording; trash: boolean; again(): void }) {
  const [problem, setProblem] = useState("");
  const path = `/api/recordings/${segment(recording.id)}`;
  const restore = async () => {
    try {
      await api.post(`${path}/restore`);
      again();
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  const plays = recording.state === "completed" && filmOf(recording) !== undefined && !trash;
  return (
    <li className="meeting-row">
      <div className="thumb" aria-hidden="true">{plays ? <PlayIcon /> : <RecordIcon />}<span className="numbers">{clockOf(recording.duration_ms / 1000)}</span></div>
      <div className="grow">
        {trash ? <b><bdi>{recording.meeting.topic}</bdi></b> : <Link className="row-title" href={`/app/recordings/${segment(recording.id)}`}><bdi>{recording.meeting.topic}</bdi></Link>}
        <div className="row hint">
          <span>{dayAndClock(new Date(recording.meeting.start_time))}</span>
          {recording.meeting.total_size > 0 && <span>{bytes(recording.meeting.total_size)}</span>}
          <StateTag recording={recording} />
          {recording.meeting.share_url && <span className="tag info">{site("rec.shared")}</span>}
          {recording.legal_hold && <span className="tag"><LockIcon />{site("rec.hold")}</span>}
          {trash && recording.delete_at && <span>{site("rec.goneAt", { when: dayAndClock(new Date(recording.delete_at)) })}</span>}
        </div>
        {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      </div>
      {trash ? (
        <div className="row">
          <Button onPress={() => void restore()}>{site("rec.restore")}</Button>
          <ConfirmButton className="quiet danger" label={site("rec.destroy")} title={site("rec.destroyTitle")} text={<p>{site("rec.destroyText")}</p>} yes={site("rec.destroy")} act={async () => { await api.delete(path, { action: "delete" }); again(); }} />
        </div>
      ) : (
        <ConfirmButton className="quiet" icon={<TrashIcon />} label={site("rec.trash")} title={site("rec.trashTitle")} text={<p>{site("rec.trashText")}</p>} yes={site("rec.trash")} act={async () => { await api.delete(path); again(); }} />
      )}
    </li>
  );
}

export default function Recordings({ trash }: { trash: boolean }) {
  const { loaded, again } = useLoad(`recordings ${trash}`, (signal) => api.get<List>("/api/recordings", { trash, page_size: 100 }, signal));
  return (
    <Page title={site("rec.title")} spoken={site("rec.title")}>
      <nav className="tabs" aria-label={site("meetings.which")}>
        <Link href="/app/recordings" {...(trash ? {} : { "aria-current": "true" as const })}>{site("rec.title")}</Link>
        <Link href="/app/recordings?where=trash" {...(trash ? { "aria-current": "true" as const } : {})}>{site("rec.trashTab")}</Link>
      </nav>
      <Shown of={loaded} again={again}>
        {(list) => list.recordings.length === 0 ? (
          <div className="empty">
            {trash ? <TrashIcon /> : <RecordIcon />}
            <h2>{site(trash ? "rec.trashEmpty" : "rec.none")}</h2>
            <p>{site(trash ? "rec.trashEmptyText" : "rec.noneText")}</p>
          </div>
        ) : <ul className="rows card">{list.recordings.map((r) => <Row key={r.id} recording={r} trash={trash} again={again} />)}</ul>}
      </Shown>
    </Page>
  );
}
