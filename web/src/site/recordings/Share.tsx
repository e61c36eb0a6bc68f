// Showing a recording to others by a link: with a passcode, for some time, with or without downloading.
import { useState } from "react";
import { Button, Dialog, DialogTrigger, Form, Heading, Modal, ModalOverlay } from "react-aria-components";
import { site } from "../../i18n/site";
import { LinkIcon } from "../../ui/icons";
import { api, segment, sentenceOf } from "../api";
import { Choice, Field, Toggle } from "../fields";
import { ConfirmButton, CopyButton } from "../parts";
import { dayAndClock, span } from "../times";
import type { Recording } from "./types";

const spans = [24, 24 * 7, 24 * 30, 0];

function ShareForm({ recording, onDone }: { recording: Recording; onDone(): void }) {
  const [passcode, setPasscode] = useState(recording.meeting.password ?? "");
  const [hours, setHours] = useState(24 * 7);
  const [download, setDownload] = useState(false);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      await api.post(`/api/recordings/${segment(recording.id)}/share`, { ...(passcode === "" ? {} : { passcode }), ...(hours === 0 ? {} : { expires_in_hours: hours }), viewer_download: download });
      onDone();
    } catch (error) {
      setProblem(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <Form onSubmit={(event) => { event.preventDefault(); void send(); }} className="column">
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <Field label={site("share.passcode")} hint={site("share.passcodeHint")} value={passcode} onChange={setPasscode} maxLength={64} autoComplete="off" />
      <Choice<number> label={site("share.until")} value={hours} onChange={setHours} options={spans.map((value) => ({ value, label: value === 0 ? site("share.forever") : site("share.days", { span: span(value / 24, "day") }) }))} />
      <Toggle label={site("share.download")} value={download} onChange={setDownload} />
      <div className="actions"><Button type="submit" className="primary" isPending={busy}>{site("share.make")}</Button></div>
    </Form>
  );
}

export function ShareButton({ recording, again }: { recording: Recording; again(): void }) {
  return (
    <DialogTrigger>
      <Button><LinkIcon />{site(recording.meeting.share_url ? "share.change" : "share.button")}</Button>
      <ModalOverlay isDismissable>
        <Modal>
          <Dialog>
            {({ close }) => (
              <>
                <Heading slot="title">{site("share.title")}</Heading>
                <ShareForm recording={recording} onDone={() => { close(); again(); }} />
              </>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}

/** What is shared now, with the way to end it. */
export function Shared({ recording, again }: { recording: Recording; again(): void }) {
  const url = recording.meeting.share_url;
  if (!url) return null;
  return (
    <section className="card" aria-labelledby="shared">
      <h2 id="shared">{site("share.now")}</h2>
      <dl>
        <dt>{site("share.link")}</dt><dd><bdi>{url}</bdi></dd>
        <dt>{site("share.passcode")}</dt><dd dir="auto">{recording.meeting.password ? recording.meeting.password : site("meeting.noPasscode")}</dd>
        <dt>{site("share.until")}</dt><dd>{recording.share_until ? dayAndClock(new Date(recording.share_until)) : site("share.forever")}</dd>
      </dl>
      <div className="row">
        <CopyButton label={site("share.copy")} text={() => (recording.meeting.password ? `${url}\n${site("share.passcode")}: ${recording.meeting.password}` : url)} />
        <ConfirmButton className="quiet danger" label={site("share.end")} title={site("share.endTitle")} text={<p>{site("share.endText")}</p>} yes={site("share.end")} act={async () => { await api.delete(`/api/recordings/${segment(recording.id)}/share`); again(); }} />
      </div>
    </section>
  );
}
