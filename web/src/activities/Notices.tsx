// What comes up by itself: a host who asks for one's voice, a text to all rooms, a call for help, being moved.
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { at } from "../i18n/activities";
import { nameOf } from "../meeting/state";
import type { Surroundings } from "../ui/bar";
import { CloseIcon } from "../ui/icons";
import { RichText } from "./RichText";
import { Countdown } from "./rooms/Countdown";
import { harmless } from "./text";

/** Only the person switches microphone and camera on. */
export function AskedToUnmute({ store, state }: Surroundings) {
  const asked = state.askedToUnmute;
  if (!asked) return null;
  const done = () => store.set({ askedToUnmute: null });
  const name = harmless(asked.name);
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && done()}>
      <Modal>
        <Dialog role="alertdialog">
          <Heading slot="title">{at(asked.audio ? "asked.audioTitle" : "asked.videoTitle", { name })}</Heading>
          <p>{at("asked.text")}</p>
          <div className="actions">
            <Button onPress={done}>{at(asked.audio ? "asked.stayMuted" : "asked.stayDark")}</Button>
            <Button
              className="primary"
              onPress={() => {
                done();
                void store.setMuted(asked.audio ? false : store.state.audioMuted, asked.video ? false : store.state.videoMuted);
              }}
            >
              {at(asked.audio ? "asked.unmute" : "asked.show")}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** In a corner, until they are closed. */
export function Toasts({ store, state, panel, open }: Surroundings) {
  const host = state.role !== "participant";
  const help = host && panel !== "rooms" ? state.helpWanted : [];
  const closing = panel !== "rooms" && state.roomsCloseAt !== null && state.meeting?.room !== 0 ? state.roomsCloseAt : null;
  if (state.announcements.length === 0 && help.length === 0 && closing === null) return null;
  return (
    <section className="toasts" aria-label={at("live.title")}>
      {closing !== null && <Countdown until={closing} />}
      {state.announcements.map((a) => (
        <div key={a.id} className="toast" role="status">
          <div className="grow">
            <strong dir="auto">{at("rooms.says", { name: harmless(a.name) })}</strong>
            <RichText text={a.text} />
          </div>
          <Button className="small quiet icon-only" aria-label={at("shortcuts.close")} onPress={() => store.set({ announcements: state.announcements.filter((x) => x.id !== a.id) })}><CloseIcon /></Button>
        </div>
      ))}
      {help.map((h) => (
        <div key={h.room} className="toast" role="status">
          <span className="grow" dir="auto">{at("rooms.helpWanted", { name: harmless(nameOf(state, h.participant)) })}</span>
          <Button className="small primary" onPress={() => { store.set({ helpWanted: state.helpWanted.filter((x) => x !== h) }); void store.enterRoom(h.room); }}>{at("rooms.goThere")}</Button>
          <Button className="small" onPress={() => open("rooms")}>{at("rooms.show")}</Button>
        </div>
      ))}
    </section>
  );
}

/** Between two rooms nothing can be heard or said. */
export function Moving({ state }: Surroundings) {
  if (!state.moving) return null;
  return (
    <div className="moving" role="status">
      <p dir="auto">{state.moving.room === 0 ? at("rooms.movingBack") : at("rooms.moving", { name: harmless(state.moving.name || state.rooms.find((r) => r.room === state.moving?.room)?.name || "") })}</p>
    </div>
  );
}
