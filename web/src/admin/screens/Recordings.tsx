// The recordings of the account: what there is, how long it is kept, the trash, and what a court has asked to keep.
import { useState } from "react";
import { Button, Menu, MenuItem, MenuTrigger, Popover, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { MoreIcon, RecordIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet, FormSheet } from "../parts/dialogs";
import { Choice, Field } from "../parts/fields";
import { bytes, day, duration, time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";
import { useMay } from "../rights";

interface RecordingRow {
  id: string;
  meeting_id: string;
  topic: string;
  host?: string;
  started_at: string;
  duration_ms: number;
  size: number;
  state: string;
  shared: boolean;
  legal_hold: boolean;
  delete_at?: string;
  trashed_at?: string;
}
interface Look {
  layout?: string;
  height?: number;
  retention_days?: number;
}
type Question = { what: "trash" | "destroy" | "keep"; row: RecordingRow };

export function Recordings() {
  const seesSettings = useMay("settings_read");
  return (
    <Page title={at("recordings.title")} text={at("recordings.text")}>
      <Tabs>
        <TabList aria-label={at("recordings.title")}>
          <Tab id="all">{at("recordings.all")}</Tab>
          <Tab id="trash">{at("recordings.trash")}</Tab>
          {seesSettings && <Tab id="settings">{at("recordings.settings")}</Tab>}
        </TabList>
        <TabPanel id="all"><List trash={false} /></TabPanel>
        <TabPanel id="trash"><List trash /></TabPanel>
        {seesSettings && <TabPanel id="settings"><LookSettings /></TabPanel>}
      </Tabs>
    </Page>
  );
}

function List({ trash }: { trash: boolean }) {
  const may = useMay("recordings_write");
  const [question, setQuestion] = useState<Question | null>(null);
  const [version, setVersion] = useState(0);
  const { attempt, say } = useNotices();
  const changed = () => setVersion((n) => n + 1);
  const act = async (row: RecordingRow, what: string) => {
    const path = `/api/recordings/${segment(row.id)}`;
    if (what === "hold" || what === "release") {
      if (await attempt(() => api.patch(path, { legal_hold: what === "hold" }), at(what === "hold" ? "recordings.held" : "recordings.released"))) changed();
    } else if (what === "restore") {
      if (await attempt(() => api.post(`${path}/restore`), at("recordings.restored"))) changed();
    } else {
      setQuestion({ what: what as Question["what"], row });
    }
  };
  return (
    <>
      <DataTable<RecordingRow>
        label={at(trash ? "recordings.trash" : "recordings.all")} path="/api/account/recordings" rows="recordings" fixed={{ trash }} version={version} file="recordings" rowKey={(r) => r.id}
        filters={[{ name: "from", label: at("from") }, { name: "to", label: at("to") }]}
        columns={[
          { title: at("topic"), cell: (r) => <><bdi>{r.topic || at("noTopic")}</bdi><bdi className="login">{r.meeting_id}</bdi></> },
          { title: at("host"), cell: (r) => <bdi>{r.host ?? at("log.gone")}</bdi> },
          { title: at("meeting.began"), cell: (r) => time(r.started_at) },
          { title: at("meeting.length"), number: true, cell: (r) => duration(r.duration_ms) },
          { title: at("size"), number: true, cell: (r) => bytes(r.size) },
          {
            title: at("status"), cell: (r) => (
              <span className="row">
                <span className={r.state === "completed" ? "tag good" : r.state === "failed" ? "tag bad" : "tag"}>{atOr(`recording.state.${r.state}`, r.state)}</span>
                {r.legal_hold && <span className="tag warn">{at("recordings.onHold")}</span>}
                {r.shared && <span className="tag info">{at("recordings.shared")}</span>}
              </span>
            ),
          },
          { title: at(trash ? "recordings.trashed" : "recordings.until"), cell: (r) => (trash ? time(r.trashed_at) : r.delete_at ? day(r.delete_at) : at("recordings.forever")) },
          ...(may ? [{
            title: at("actions"), quiet: true, cell: (r: RecordingRow) => (
              <MenuTrigger>
                <Button className="small quiet icon-only" aria-label={at("recordings.actions", { topic: r.topic || at("noTopic") })}><MoreIcon /></Button>
                <Popover>
                  <Menu onAction={(key) => void act(r, String(key))}>
                    {r.legal_hold ? <MenuItem id="release">{at("recordings.release")}</MenuItem> : <MenuItem id="hold">{at("recordings.hold")}</MenuItem>}
                    {!trash && <MenuItem id="keep">{at("recordings.keep")}</MenuItem>}
                    {trash ? <MenuItem id="restore">{at("recordings.restore")}</MenuItem> : <MenuItem id="trash">{at("recordings.toTrash")}</MenuItem>}
                    <MenuItem id="destroy" className="react-aria-MenuItem danger">{at("recordings.destroy")}</MenuItem>
                  </Menu>
                </Popover>
              </MenuTrigger>
            ),
          }] : []),
        ]}
        empty={trash ? { Icon: RecordIcon, title: at("recordings.trashEmpty"), text: at("recordings.trashText") } : { Icon: RecordIcon, title: at("recordings.none"), text: at("recordings.noneText") }}
      />
      {question?.what === "keep" && <Keep row={question.row} onClose={() => setQuestion(null)} onDone={changed} />}
      {question && question.what !== "keep" && (
        <ConfirmSheet
          title={at(question.what === "trash" ? "recordings.toTrash" : "recordings.destroy")} action={at(question.what === "trash" ? "recordings.toTrash" : "recordings.destroy")}
          text={at(question.what === "trash" ? "recordings.trashAsk" : "recordings.destroyAsk", { topic: question.row.topic })}
          {...(question.what === "destroy" ? { type: question.row.meeting_id, typeLabel: at("recordings.typeMeeting") } : {})}
          onClose={() => setQuestion(null)}
          onConfirm={async () => {
            await api.delete(`/api/recordings/${segment(question.row.id)}`, { action: question.what === "trash" ? "trash" : "delete" });
            say(at(question.what === "trash" ? "recordings.trashed.done" : "recordings.destroyed.done"));
            changed();
          }}
        />
      )}
    </>
  );
}

function Keep({ row, onClose, onDone }: { row: RecordingRow; onClose(): void; onDone(): void }) {
  const [until, setUntil] = useState(row.delete_at?.slice(0, 10) ?? "");
  const { say } = useNotices();
  return (
    <FormSheet
      title={at("recordings.keep")} action={at("save")} onClose={onClose}
      onSubmit={async () => {
        await api.patch(`/api/recordings/${segment(row.id)}`, { delete_at: until === "" ? "" : `${until}T00:00:00Z` });
        say(at("saved"));
        onDone();
      }}
    >
      <Field label={at("recordings.until")} hint={at("recordings.keepText")} type="date" value={until} onChange={setUntil} />
    </FormSheet>
  );
}

function LookSettings() {
  const data = useData<Look>("/api/recording-settings");
  return <Loaded data={data}>{(look) => <LookForm key={JSON.stringify(look)} look={look} onDone={data.again} />}</Loaded>;
}
function LookForm({ look, onDone }: { look: Look; onDone(): void }) {
  const may = useMay("settings_write");
  const [layout, setLayout] = useState(look.layout ?? "gallery");
  const [height, setHeight] = useState(String(look.height ?? 720));
  const [days, setDays] = useState(String(look.retention_days ?? 0));
  const { attempt } = useNotices();
  return (
    <form
      className="card column"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(() => api.patch("/api/recording-settings", { layout, height: Number(height), retention_days: Number(days) || 0 }), at("saved")).then((went) => went && onDone());
      }}
    >
      <p className="hint">{at("recordings.settingsText")}</p>
      <Choice label={at("recordings.layout")} value={layout} onChange={setLayout} disabled={!may} options={[["gallery", at("recordings.gallery")], ["speaker", at("recordings.speaker")]]} />
      <Choice label={at("recordings.height")} value={height} onChange={setHeight} disabled={!may} options={["360", "540", "720", "1080"].map((h) => [h, `${h}p`] as const)} />
      <Field label={at("recordings.retention")} hint={at("recordings.retentionHint")} type="number" value={days} onChange={setDays} />
      {may && <div className="actions"><Button type="submit" className="primary">{at("save")}</Button></div>}
    </form>
  );
}
