// What runs now: who is in it, what carries it, and the end of it.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { ScreenIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet } from "../parts/dialogs";
import { number, time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Page } from "../parts/Page";
import { useMay } from "../rights";

export interface LiveMeeting {
  id: string;
  uuid: string;
  topic: string;
  host: string;
  started_at: string;
  participants: number;
  waiting: number;
  rooms: number;
  locked: boolean;
  recording: string;
  workers: number[];
}
const refresh = 5;

export function Live() {
  const may = useMay("meetings_write");
  const [ending, setEnding] = useState<LiveMeeting | null>(null);
  const [version, setVersion] = useState(0);
  const { say, attempt } = useNotices();
  const record = async (m: LiveMeeting) => {
    const method = m.recording === "off" ? "recording.start" : "recording.stop";
    if (await attempt(() => api.patch(`/v2/live_meetings/${segment(m.id)}/events`, { method }), at("live.asked"))) setVersion((n) => n + 1);
  };
  return (
    <Page title={at("live.title")} text={at("live.text")}>
      <DataTable<LiveMeeting>
        label={at("live.title")} path="/api/live-meetings" rows="meetings" version={version} every={refresh} file="live-meetings" searchable={at("live.search")} rowKey={(m) => m.uuid}
        columns={[
          { title: at("topic"), sort: "topic", cell: (m) => <Link href={`/admin/meetings/${segment(m.uuid)}`}><bdi>{m.topic || at("noTopic")}</bdi></Link> },
          { title: at("host"), sort: "host", cell: (m) => <bdi>{m.host}</bdi> },
          { title: at("meeting.began"), sort: "started_at", cell: (m) => time(m.started_at) },
          { title: at("meeting.people"), sort: "participants", number: true, cell: (m) => <>{number(m.participants)}{m.waiting > 0 && <span className="hint"> +{at("live.waiting", { count: m.waiting })}</span>}</> },
          { title: at("live.state"), cell: (m) => <span className="row">{m.recording !== "off" && <span className="tag bad">{atOr(`recording.live.${m.recording}`, m.recording)}</span>}{m.locked && <span className="tag">{at("live.locked")}</span>}{m.rooms > 0 && <span className="tag">{at("live.rooms", { count: m.rooms })}</span>}</span> },
          { title: at("live.workers"), cell: (m) => m.workers.join(", ") },
          ...(may ? [{
            title: at("actions"), quiet: true, cell: (m: LiveMeeting) => (
              <>
                <Button className="small quiet" onPress={() => void record(m)}>{m.recording === "off" ? at("live.record") : at("live.stopRecording")}</Button>
                <Button className="small quiet danger" onPress={() => setEnding(m)}>{at("live.end")}</Button>
              </>
            ),
          }] : []),
        ]}
        empty={{ Icon: ScreenIcon, title: at("live.none"), text: at("live.noneText") }}
      />
      {ending && (
        <ConfirmSheet
          title={at("live.end")} text={at("live.endText", { topic: ending.topic, count: ending.participants })} action={at("live.end")} onClose={() => setEnding(null)}
          onConfirm={async () => {
            await api.put(`/v2/meetings/${segment(ending.id)}/status`, { action: "end" });
            say(at("live.ended", { topic: ending.topic }));
            setVersion((n) => n + 1);
          }}
        />
      )}
    </Page>
  );
}
