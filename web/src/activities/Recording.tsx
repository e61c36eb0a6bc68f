// Recording: hosts start, pause and stop it; everybody sees it and says whether they may be in it.
import type { HostAction } from "@protocol/signalling";
import { useId } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { t } from "../i18n";
import { at } from "../i18n/activities";
import type { MeetingState, MeetingStore } from "../meeting/store";
import { isHost } from "../meeting/state";
import type { Surroundings } from "../ui/bar";
import { PauseIcon, PlayIcon, RecordIcon } from "../ui/icons";
import { harmless } from "./text";

interface Props {
  store: MeetingStore;
  state: MeetingState;
}

/** The server's own recorder is a participant that everybody sees. */
export function serverRecording(state: Pick<MeetingState, "roster">): "off" | "on" | "paused" {
  for (const entry of state.roster.values()) if (entry.client === "recorder") return entry.recording;
  return "off";
}

export function RecordingControls({ store, state, done }: Props & { done?(): void }) {
  const title = useId();
  const recording = serverRecording(state);
  const off = state.meeting?.switched_off.includes("recording") ?? false;
  const command = (action: HostAction) => {
    store.command(action);
    done?.();
  };
  const refused = [...state.roster.values()].filter((e) => e.consent === "refused");
  return (
    <section aria-labelledby={title}>
      <h3 id={title}>{at("recording.title")}</h3>
      {off ? <p className="hint">{at("recording.switchedOff")}</p> : (
        <>
          <p className="hint">{at(`recording.is.${recording}`)}</p>
          <div className="row">
            {recording === "off" && <Button className="small" onPress={() => command("record_start")}><RecordIcon />{at("recording.start")}</Button>}
            {recording === "on" && <Button className="small" onPress={() => command("record_pause")}><PauseIcon />{at("recording.pause")}</Button>}
            {recording === "paused" && <Button className="small" onPress={() => command("record_resume")}><PlayIcon />{at("recording.resume")}</Button>}
            {recording !== "off" && <Button className="small danger" onPress={() => command("record_stop")}>{at("recording.stop")}</Button>}
          </div>
          {recording !== "off" && refused.length > 0 && <p className="hint" dir="auto">{at("recording.refusedBy", { names: refused.map((e) => harmless(e.name)).join(", ") })}</p>}
        </>
      )}
    </section>
  );
}

/** In the bar, for hosts. */
export function RecordingPopover({ store, state, close }: Surroundings & { close(): void }) {
  return <div className="recording-popover"><RecordingControls store={store} state={state} done={close} /></div>;
}

/** Our word is waited for. It cannot be closed without an answer: neither is silence consent, nor is it refusal. */
export function ConsentDialog({ store, state }: Surroundings) {
  if (!state.consentAsked) return null;
  return (
    <ModalOverlay isOpen isKeyboardDismissDisabled>
      <Modal>
        <Dialog role="alertdialog" data-consent>
          <Heading slot="title">{at("consent.title")}</Heading>
          <p>{at(isHost(state) ? "consent.textHost" : "consent.text")}</p>
          {state.consentNotice !== "" && <blockquote dir="auto">{harmless(state.consentNotice)}</blockquote>}
          <p className="hint">{at("consent.hint")}</p>
          <div className="actions">
            <Button className="quiet" onPress={() => store.leave()}>{t("bar.leave")}</Button>
            <Button onPress={() => store.answerConsent(false)}>{t("recording.refuse")}</Button>
            <Button className="primary" onPress={() => store.answerConsent(true)}>{t("recording.agree")}</Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
