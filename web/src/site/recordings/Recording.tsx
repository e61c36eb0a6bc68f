// One recording: watched, shared, downloaded, or its way there.
import { useEffect } from "react";
import { Link } from "react-aria-components";
import { site } from "../../i18n/site";
import { navigate } from "../../router";
import { BackIcon, DownloadIcon, TrashIcon } from "../../ui/icons";
import { api, segment } from "../api";
import { ConfirmButton, Page, Shown } from "../parts";
import { bytes, clockOf, day, clock } from "../times";
import { useLoad } from "../useLoad";
import { chaptersOf, chatOf } from "./journal";
import { Player } from "./Player";
import { StateTag } from "./Recordings";
import { Shared, ShareButton } from "./Share";
import { downloadUrl, filmOf, playUrl, type Recording as RecordingView, type RecordingFile } from "./types";

interface Journals {
  chapters: ReturnType<typeof chaptersOf>;
  chat: ReturnType<typeof chatOf>;
}

async function journals(recording: RecordingView, signal: AbortSignal): Promise<Journals> {
  const began = Date.parse(recording.meeting.start_time);
  const read = (type: string) => Promise.all(recording.meeting.recording_files.filter((f) => f.file_type === type).map(async (f) => {
    const answer = await fetch(playUrl(f), { signal });
    // Without its journal the film still plays.
    return { text: answer.ok ? await answer.text() : "", offset: (Date.parse(f.recording_start) - began) / 1000 };
  }));
  const [timeline, chat] = await Promise.all([read("TIMELINE"), read("CHAT")]);
  return { chapters: chaptersOf(timeline, recording.duration_ms / 1000), chat: chatOf(chat) };
}

const label = (file: RecordingFile) => (file.file_type === "MP4" ? site("rec.film") : file.file_type === "M4A" ? site("rec.sound") : file.file_type === "CHAT" ? site("rec.chat") : file.file_type === "TIMELINE" ? site("rec.timeline") : (file.file_name ?? file.recording_type));

function Watch({ recording }: { recording: RecordingView }) {
  const { loaded } = useLoad(`journals ${recording.id} ${recording.state}`, (signal) => journals(recording, signal));
  const film = filmOf(recording);
  if (recording.state !== "completed" || film === undefined) {
    return (
      <div className="empty">
        <StateTag recording={recording} />
        <p>{site(recording.state === "failed" ? "rec.failedText" : recording.state === "recording" ? "rec.recordingText" : "rec.processingText")}</p>
        {recording.state === "processing" && <progress value={recording.progress} max={1} aria-label={site("rec.progress")} />}
      </div>
    );
  }
  const beside = loaded.state === "here" ? loaded.value : { chapters: [], chat: [] };
  return <Player film={film} chapters={beside.chapters} chat={beside.chat} />;
}

export default function Recording({ id }: { id: string }) {
  const path = `/api/recordings/${segment(id)}`;
  const { loaded, again } = useLoad(`recording ${id}`, (signal) => api.get<RecordingView>(path, {}, signal));
  const recording = loaded.state === "here" ? loaded.value : undefined;
  const unfinished = recording !== undefined && recording.state !== "completed" && recording.state !== "failed";
  useEffect(() => {
    if (!unfinished) return;
    const timer = setInterval(again, 3000);
    return () => clearInterval(timer);
  }, [unfinished, again]);
  const film = recording && filmOf(recording);
  return (
    <Page
      title={recording?.meeting.topic ?? site("rec.one")}
      spoken={recording?.meeting.topic ?? site("rec.one")}
      back={<Link className="back" href="/app/recordings"><BackIcon />{site("rec.title")}</Link>}
      actions={recording && (
        <>
          {recording.state === "completed" && <ShareButton recording={recording} again={again} />}
          {film && <a className="button" href={downloadUrl(film)} download><DownloadIcon />{site("rec.download")}</a>}
          <ConfirmButton className="quiet" icon={<TrashIcon />} label={site("rec.trash")} title={site("rec.trashTitle")} text={<p>{site("rec.trashText")}</p>} yes={site("rec.trash")} act={async () => { await api.delete(path); navigate("/app/recordings"); }} />
        </>
      )}
    >
      <Shown of={loaded} again={again}>
        {(value) => {
          const began = new Date(value.meeting.start_time);
          const files = [...value.meeting.recording_files, ...value.tracks.filter((t) => t.file_type === "WEBM")];
          return (
            <>
              <p className="hint">{day(began)} · {clock(began)} · {clockOf(value.duration_ms / 1000)}</p>
              <Watch recording={value} />
              <Shared recording={value} again={again} />
              {value.state === "completed" && (
                <details className="card">
                  <summary>{site("rec.files", { count: files.length })}</summary>
                  <ul className="rows">
                    {files.map((file) => <li key={file.id} className="meeting-row"><bdi className="grow">{label(file)}</bdi><span className="hint numbers">{bytes(file.file_size)}</span><a className="button quiet small" href={downloadUrl(file)} download aria-label={site("rec.downloadFile", { name: label(file) })}>{file.file_extension}</a></li>)}
                  </ul>
                </details>
              )}
            </>
          );
        }}
      </Shown>
    </Page>
  );
}
