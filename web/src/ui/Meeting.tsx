// The meeting: videos, the bar below them, and one panel beside them. What bar and panels hold is told in bar.tsx.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button } from "react-aria-components";
import { t } from "../i18n";
import { serverSentence } from "../i18n/activities/server";
import { Banners } from "../activities/Banners";
import type { MeetingStore } from "../meeting/store";
import { overlays, panels, type Surroundings } from "./bar";
import { BarView } from "./BarView";
import { CloseIcon, ShieldIcon } from "./icons";
import { TileManager } from "./tiles";

export function Meeting({ store }: { store: MeetingStore }) {
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const [open, setOpen] = useState<string | null>(null);
  const grid = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!grid.current) return;
    const tiles = new TileManager(grid.current, store, t("meeting.you"));
    return () => tiles.destroy();
  }, [store]);

  const panel = panels.find((p) => p.id === open && (p.shown?.(state) ?? true));
  const around: Surroundings = { store, state, panel: panel?.id ?? null, open: setOpen };
  return (
    <div className="meeting" data-media={state.media} data-phase={state.phase} data-panel={panel?.id} data-room={state.meeting?.room ?? 0}>
      <header className="meeting-head">
        <h1 dir="auto">{state.meeting?.topic ?? ""}</h1>
        <Button className="small quiet badge" aria-expanded={panel?.id === "encryption"} onPress={() => setOpen(panel?.id === "encryption" ? null : "encryption")}>
          <ShieldIcon />{t("badge.label")}
        </Button>
      </header>
      {state.phase === "reconnecting" && <p role="status" className="banner warn">{t("meeting.reconnecting")}</p>}
      {state.notice !== "" && <p role="status" className="banner" dir="auto">{serverSentence(state.notice)}</p>}
      <Banners store={store} state={state} />
      <main className="stage">
        <div className="grid" ref={grid} role="group" aria-label={t("meeting.videos")} />
        {panel && (
          <aside className="panel" aria-labelledby="panel-title">
            <div className="panel-head">
              <h2 id="panel-title">{panel.heading?.(state) ?? panel.label()}</h2>
              <Button className="quiet icon-only small" aria-label={t("panel.close")} onPress={() => setOpen(null)}><CloseIcon /></Button>
            </div>
            <div className="panel-body"><panel.body {...around} /></div>
          </aside>
        )}
      </main>
      <BarView around={around} />
      {overlays.map((Overlay, k) => <Overlay key={k} {...around} />)}
    </div>
  );
}
