// The meeting: videos, the bar below them, and one panel beside them.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button, ToggleButton } from "react-aria-components";
import { t } from "../i18n";
import type { MeetingStore } from "../meeting/store";
import { Chat, Encryption, People } from "./Panels";
import { TileManager } from "./tiles";

type Panel = "people" | "chat" | "encryption" | null;

export function Meeting({ store }: { store: MeetingStore }) {
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const [panel, setPanel] = useState<Panel>(null);
  const grid = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!grid.current) return;
    const tiles = new TileManager(grid.current, store, t("meeting.you"));
    return () => tiles.destroy();
  }, [store]);

  const raised = state.hands.includes(state.self);
  const toggle = (which: Exclude<Panel, null>) => (open: boolean) => setPanel(open ? which : null);
  return (
    <div className="meeting" data-media={state.media} data-phase={state.phase}>
      <header>
        <h1 dir="auto">{state.meeting?.topic ?? ""}</h1>
        <ToggleButton className="badge" isSelected={panel === "encryption"} onChange={toggle("encryption")}>{t("badge.label")}</ToggleButton>
      </header>
      {state.phase === "reconnecting" && <p role="status" className="banner">{t("meeting.reconnecting")}</p>}
      {state.notice !== "" && <p role="status" className="banner" dir="auto">{state.notice}</p>}
      {state.recorded && (
        <div role="status" className="banner row" data-recorded>
          <span className="grow">{t(state.consentAsked ? "recording.ask" : "recording.on")}</span>
          {state.consentAsked && (
            <>
              <Button onPress={() => store.answerConsent(true)}>{t("recording.agree")}</Button>
              <Button onPress={() => store.answerConsent(false)}>{t("recording.refuse")}</Button>
            </>
          )}
        </div>
      )}
      <main className="stage">
        <div className="grid" ref={grid} role="group" aria-label={t("meeting.videos")} />
        {panel && (
          <aside className="panel">
            <Button className="close" onPress={() => setPanel(null)}>{t("panel.close")}</Button>
            {panel === "people" && <People store={store} state={state} />}
            {panel === "chat" && <Chat store={store} state={state} />}
            {panel === "encryption" && <Encryption store={store} state={state} />}
          </aside>
        )}
      </main>
      <footer>
        <div className="bar" role="toolbar" aria-label={t("bar.label")}>
          <Button onPress={() => void store.setMuted(!state.audioMuted, state.videoMuted)}>{t(state.audioMuted ? "bar.unmute" : "bar.mute")}</Button>
          <Button onPress={() => void store.setMuted(state.audioMuted, !state.videoMuted)}>{t(state.videoMuted ? "bar.cameraOn" : "bar.cameraOff")}</Button>
          <Button onPress={() => void (state.sharing ? store.stopShare() : store.share())}>{t(state.sharing ? "bar.shareStop" : "bar.share")}</Button>
          <Button onPress={() => store.raiseHand(!raised)}>{t(raised ? "bar.handDown" : "bar.hand")}</Button>
          <ToggleButton isSelected={panel === "people"} onChange={toggle("people")}>{t("bar.people")}</ToggleButton>
          <ToggleButton isSelected={panel === "chat"} onChange={toggle("chat")}>{t("bar.chat")}</ToggleButton>
          <Button className="danger" onPress={() => store.leave()}>{t("bar.leave")}</Button>
        </div>
      </footer>
    </div>
  );
}
