// The meeting: videos, the bar below them, and one panel beside them. What bar and panels hold is told in bar.tsx.
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Button } from "react-aria-components";
import { Banners } from "../activities/Banners";
import { Captions } from "../activities/captions/Captions";
import { ownCaptions } from "../activities/captions/ownCaptions";
import { t } from "../i18n";
import { serverSentence } from "../i18n/activities/server";
import { st } from "../i18n/stage";
import type { MeetingStore } from "../meeting/store";
import { devices } from "../stage/devices";
import { memory } from "../stage/memory";
import { QualityMonitor } from "../stage/monitor";
import { gradeOf } from "../stage/quality";
import { StageContext, type StageRoom, useQuality } from "../stage/room";
import { ViewStore } from "../stage/view";
import { keepAwake } from "../stage/wakeLock";
import { overlays, panels, type Surroundings } from "./bar";
import { BarView } from "./BarView";
import { BackIcon, CloseIcon, NextIcon, ShieldIcon, SignalBadIcon, SignalIcon } from "./icons";
import { TileOverlays, useTiles } from "./TileOverlay";
import { TileManager } from "./tiles";
import { useLate } from "./useLate";
import { ViewMenu } from "./ViewMenu";

/** Shorter: it is said of every transport that takes a moment. Longer: one speaks into nothing for so long. */
const mediaLate = 6000;

export function Meeting({ store }: { store: MeetingStore }) {
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const noMedia = useLate(state.phase === "joined" && state.media !== "connected", mediaLate);
  const [open, setOpen] = useState<string | null>(null);
  const [room, setRoom] = useState<StageRoom | null>(null);
  const grid = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!grid.current) return;
    const view = new ViewStore(memory);
    const monitor = new QualityMonitor(store, view);
    const tiles = new TileManager(grid.current, store, view, t("meeting.you"));
    const captions = ownCaptions(() => tiles.voices());
    captions.subscribe(() => {
      if (store.state.captions !== captions.mark) store.set({ captions: captions.mark });
    });
    void captions.look();
    // A camera that opens when it is off in the meeting (its question was answered late, or its blur came late) is let go: its light
    // means that one is seen.
    const unwanted = () => store.state.videoMuted;
    if (unwanted()) devices().close("camera");
    devices().onTrack = (kind, track) => {
      if (kind === "camera" && track && unwanted()) devices().close("camera");
      else void store.useTrack(kind === "microphone" ? "audio" : "video", track);
    };
    // One may have been plugged in or pulled out while one waited: those of the join are not there any more.
    void store.useTrack("audio", devices().state.audio);
    if (!unwanted()) void store.useTrack("video", devices().state.video);
    devices().onBlurLost = (why) => store.tell(st(`devices.blurLost.${why}`));
    void devices().watch();
    const sleep = keepAwake();
    setRoom({ view, monitor, tiles, captions });
    return () => {
      setRoom(null);
      devices().onTrack = () => undefined;
      devices().onBlurLost = () => undefined;
      sleep();
      captions.destroy();
      monitor.stop();
      tiles.destroy();
    };
  }, [store]);

  const panel = panels.find((p) => p.id === open && (p.shown?.(state) ?? true));
  const captions = room?.captions ?? null;
  const around: Surroundings = useMemo(() => ({ store, state, panel: panel?.id ?? null, open: setOpen, captions }), [store, state, panel, captions]);
  const toggle = (id: string) => setOpen(panel?.id === id ? null : id);
  useFocusInPanel(panel?.id ?? null);
  const stage = (
    <div className="stage-view">
      <div className="grid" ref={grid} role="group" aria-label={t("meeting.videos")} />
      {room?.tiles && <TileOverlays tiles={room.tiles} store={store} state={state} />}
      {room && <Captions state={state} />}
      {room?.tiles && <StageExtras tiles={room.tiles} room={room} alone={state.roster.size < 2} />}
    </div>
  );
  return (
    <StageContext value={room}>
      <div className="meeting" data-media={state.media} data-phase={state.phase} data-panel={panel?.id} data-room={state.meeting?.room ?? 0}>
        <header className="meeting-head">
          <h1 dir="auto">{state.meeting?.topic ?? ""}</h1>
          {room && <QualityBadge open={panel?.id === "quality"} toggle={() => toggle("quality")} />}
          <Button className="small quiet badge" aria-expanded={panel?.id === "encryption"} onPress={() => toggle("encryption")}><ShieldIcon />{t("badge.label")}</Button>
          {room && <ViewMenu tiles={room.tiles} />}
        </header>
        {state.phase === "reconnecting" && <p role="status" className="banner warn">{t("meeting.reconnecting")}</p>}
        {noMedia && <p role="status" className="banner warn">{t("meeting.noMedia")}</p>}
        {state.notice !== "" && <p role="status" className="banner" dir="auto">{serverSentence(state.notice)}</p>}
        {state.sharing && (
          <div role="status" className="banner">
            <span className="grow">{st(store.sharesSound ? "share.onWithSound" : "share.on")}</span>
            <Button className="small" onPress={() => void store.stopShare()}>{st("share.stop")}</Button>
          </div>
        )}
        <Banners store={store} state={state} />
        <main className="stage">
          {stage}
          {panel && room && (
            <aside className="panel" aria-labelledby="panel-title" onKeyDown={(event) => event.key === "Escape" && setOpen(null)}>
              <div className="panel-head">
                <h2 id="panel-title" tabIndex={-1}>{panel.heading?.(state) ?? panel.label()}</h2>
                <Button className="quiet icon-only small" aria-label={t("panel.close")} onPress={() => setOpen(null)}><CloseIcon /></Button>
              </div>
              <div className="panel-body" tabIndex={0}><panel.body {...around} /></div>
            </aside>
          )}
        </main>
        {room && <BarView around={around} />}
        {room && overlays.map((Overlay, k) => <Overlay key={k} {...around} />)}
      </div>
    </StageContext>
  );
}

/** Whoever opens a panel by keyboard is in it, and comes back to its button when it is closed. */
function useFocusInPanel(id: string | null): void {
  const before = useRef<string | null>(null);
  useEffect(() => {
    const title = document.getElementById("panel-title");
    if (id && !title?.closest("aside")?.contains(document.activeElement)) title?.focus();
    if (!id && before.current && (document.activeElement === document.body || !document.activeElement)) {
      const button = document.querySelector<HTMLElement>(`[data-item="${before.current}"]`) ?? document.querySelector<HTMLElement>('[data-item="more"]');
      button?.focus();
    }
    before.current = id;
  }, [id]);
}

function QualityBadge({ open, toggle }: { open: boolean; toggle(): void }) {
  const quality = useQuality();
  const grade = quality ? gradeOf(quality) : "good";
  const Icon = grade === "good" ? SignalIcon : SignalBadIcon;
  return (
    <Button className="small quiet quality-badge" data-grade={grade} aria-label={st(`quality.badge.${grade}`)} aria-expanded={open} onPress={toggle}>
      <Icon /><span className="head-word">{st(`quality.badge.${grade}`)}</span>
    </Button>
  );
}

/** Pages, the empty meeting, sound that waits for a press, and the place that a popped-out stage has left. */
function StageExtras({ tiles, room, alone }: { tiles: TileManager; room: StageRoom; alone: boolean }) {
  const { page, pages, soundBlocked, poppedOut } = useTiles(tiles);
  return (
    <>
      {soundBlocked && (
        <div className="stage-note" role="alert">
          <span className="grow">{st("sound.blocked")}</span>
          <Button className="small primary" onPress={() => tiles.unblock()}>{st("sound.play")}</Button>
        </div>
      )}
      {poppedOut && <p className="stage-note" role="status">{st("view.poppedOut")}</p>}
      {alone && !poppedOut && <p className="stage-note" role="status">{st("stage.alone")}</p>}
      {pages > 1 && (
        <nav className="pages" aria-label={st("pages.label")}>
          <Button className="icon-only small" isDisabled={page === 0} aria-label={st("pages.before")} onPress={() => room.view.set({ page: page - 1 })}><BackIcon /></Button>
          <span aria-live="polite" className="numbers">{st("pages.at", { page: page + 1, pages })}</span>
          <Button className="icon-only small" isDisabled={page === pages - 1} aria-label={st("pages.next")} onPress={() => room.view.set({ page: page + 1 })}><NextIcon /></Button>
        </nav>
      )}
    </>
  );
}
