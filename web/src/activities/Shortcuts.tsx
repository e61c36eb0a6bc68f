// The keyboard: listens for shortcuts, and the dialog that explains them and switches them off.
import { useEffect, useRef, useState } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay, Switch } from "react-aria-components";
import { at } from "../i18n/activities";
import { useStage } from "../stage/room";
import type { Surroundings } from "../ui/bar";
import { focusOf, type Shortcut, shortcutKeys, shortcutOf, shortcutsWanted, wantShortcuts } from "./shortcuts";

export function Shortcuts(around: Surroundings) {
  const { state, store } = around;
  const { tiles } = useStage();
  const [on, setOn] = useState(shortcutsWanted);
  const talking = useRef(false);
  // The listeners stay; what they look at is always of now.
  const latest = useRef({ ...around, tiles });
  latest.current = { ...around, tiles };

  useEffect(() => {
    const does: Record<Exclude<Shortcut, "talk" | "pin">, (a: Surroundings) => void> = {
      mute: ({ store: s, state: now }) => void s.setMuted(!now.audioMuted, now.videoMuted),
      video: ({ store: s, state: now }) => void s.setMuted(now.audioMuted, !now.videoMuted),
      share: ({ store: s, state: now }) => void (now.sharing ? s.stopShare() : s.share()),
      hand: ({ store: s, state: now }) => s.raiseHand(!now.hands.includes(now.self)),
      chat: (a) => a.open(a.panel === "chat" ? null : "chat"),
      people: (a) => a.open(a.panel === "people" ? null : "people"),
      captions: ({ captions }) => captions?.toggle(),
      help: ({ store: s, state: now }) => s.set({ help: !now.help }),
    };
    const down = (event: KeyboardEvent) => {
      const now = latest.current;
      if (event.defaultPrevented || now.state.phase !== "joined") return;
      const what = shortcutOf(event, focusOf(document.activeElement), shortcutsWanted());
      if (!what) return;
      event.preventDefault();
      if (what === "pin") return now.tiles?.pinAt(Number(event.key));
      if (what !== "talk") return does[what](now);
      if (!now.state.audioMuted) return;
      talking.current = true;
      void now.store.setMuted(false, now.state.videoMuted);
    };
    const quiet = () => {
      if (!talking.current) return;
      talking.current = false;
      void latest.current.store.setMuted(true, latest.current.state.videoMuted);
    };
    const up = (event: KeyboardEvent) => {
      if (event.key === " ") quiet();
    };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    // A key that is let go in another window is never seen.
    window.addEventListener("blur", quiet);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", quiet);
    };
  }, []);

  if (!state.help) return null;
  const close = () => store.set({ help: false });
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(shown) => !shown && close()}>
      <Modal>
        <Dialog>
          <Heading slot="title">{at("shortcuts.title")}</Heading>
          <table className="shortcuts">
            <thead><tr><th scope="col">{at("shortcuts.key")}</th><th scope="col">{at("shortcuts.does")}</th></tr></thead>
            <tbody>
              {shortcutKeys.filter((s) => s.does !== "captions" || state.captions !== "absent").map((s) => <tr key={s.does}><td><kbd>{s.does === "talk" ? at("shortcuts.space") : s.shown}</kbd></td><td>{at(`shortcuts.${s.does}`)}</td></tr>)}
            </tbody>
          </table>
          <p className="hint">{at("shortcuts.hint")}</p>
          {state.captions === "absent" && !around.captions?.state.languages.size && <p className="hint">{at("captions.absent")}</p>}
          <Switch
            isSelected={on}
            onChange={(wanted) => {
              wantShortcuts(wanted);
              setOn(wanted);
            }}
          >
            <span className="box" aria-hidden="true" />{at("shortcuts.on")}
          </Switch>
          <div className="actions"><Button className="primary" onPress={close}>{at("shortcuts.close")}</Button></div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
