// One's templates: a list to begin from, and the dialog that saves a meeting as one.
import { useState } from "react";
import { Button, Dialog, Form, Heading, Link, Modal, ModalOverlay } from "react-aria-components";
import { site } from "../../i18n/site";
import { CopyIcon, PlusIcon, TrashIcon } from "../../ui/icons";
import { api, segment, sentenceOf } from "../api";
import { Field, Tick } from "../fields";
import { ConfirmButton, Page, Shown } from "../parts";
import { useLoad } from "../useLoad";
import { MeetingTabs } from "./MeetingTabs";
import type { TemplateList } from "./templates";
import { type Meeting, series } from "./types";

const path = "/v2/users/me/meeting_templates";
const longestName = 100;

export function Templates() {
  const { loaded, again } = useLoad("templates", (signal) => api.get<TemplateList>(path, {}, signal));
  return (
    <Page
      title={site("meetings.title")}
      spoken={site("templates.title")}
      actions={<Link className="button primary" href="/app/meetings/new"><PlusIcon />{site("meetings.schedule")}</Link>}
    >
      <MeetingTabs which="templates" />
      <Shown of={loaded} again={again}>
        {({ templates }) => templates.length === 0 ? (
          <div className="empty">
            <CopyIcon />
            <h2>{site("templates.none")}</h2>
            <p>{site("templates.noneText")}</p>
          </div>
        ) : (
          <ul className="rows card">
            {templates.map((template) => (
              <li key={template.id} className="meeting-row">
                <div className="grow">
                  <Link className="row-title" href={`/app/meetings/new?template=${segment(template.id)}`}><bdi>{template.name}</bdi></Link>
                  {template.type === series && <div className="row hint"><span className="tag">{site("meetings.series")}</span></div>}
                </div>
                <div className="row">
                  <Link className="button" href={`/app/meetings/new?template=${segment(template.id)}`} aria-label={site("templates.useOf", { name: template.name })}>{site("templates.use")}</Link>
                  <ConfirmButton
                    className="quiet danger"
                    icon={<TrashIcon />}
                    label={site("templates.remove")}
                    spoken={site("templates.removeOf", { name: template.name })}
                    title={site("templates.removeTitle")}
                    text={<p>{site("templates.removeText")}</p>}
                    yes={site("templates.removeYes")}
                    act={async () => {
                      await api.delete(`/api/me/meeting-templates/${segment(template.id)}`);
                      again();
                    }}
                  />
                </div>
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Page>
  );
}

function SaveDialog({ meeting, onClose, onSaved }: { meeting: Meeting; onClose(): void; onSaved(): void }) {
  const [name, setName] = useState(meeting.topic.slice(0, longestName));
  const [rule, setRule] = useState(true);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    setProblem("");
    try {
      await api.post(path, { meeting_id: meeting.id, name: name.trim(), save_recurrence: meeting.type === series && rule });
      onSaved();
    } catch (error) {
      setProblem(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <ModalOverlay isOpen onOpenChange={(open) => { if (!open) onClose(); }} isDismissable>
      <Modal>
        <Dialog>
          <Heading slot="title">{site("templates.save")}</Heading>
          <p>{site("templates.saveText")}</p>
          <Form className="column" validationBehavior="aria" onSubmit={(event) => { event.preventDefault(); if (name.trim() !== "") void save(); }}>
            {problem !== "" && <p role="alert" className="problem">{problem}</p>}
            <Field label={site("templates.name")} value={name} onChange={setName} required maxLength={longestName} autoFocus problem={name.trim() === "" ? site("form.problem.needed") : undefined} />
            {meeting.type === series && <Tick label={site("templates.withRule")} value={rule} onChange={setRule} />}
            <div className="actions">
              <Button className="quiet" onPress={onClose}>{site("common.cancel")}</Button>
              <Button type="submit" className="primary" isPending={busy}>{site("common.save")}</Button>
            </div>
          </Form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Says that it was saved, and where templates are. */
export function SaveTemplate({ meeting }: { meeting: Meeting }) {
  const [open, setOpen] = useState(false);
  const [saved, setSaved] = useState(false);
  return (
    <div className="row">
      <Button className="small" onPress={() => setOpen(true)}><CopyIcon />{site("templates.save")}</Button>
      <span role="status" className="hint">{saved && <>{site("templates.saved")} <Link href="/app/meetings/templates">{site("templates.title")}</Link></>}</span>
      {open && <SaveDialog meeting={meeting} onClose={() => setOpen(false)} onSaved={() => { setOpen(false); setSaved(true); }} />}
    </div>
  );
}
