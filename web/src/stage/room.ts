// What one visit of a meeting has besides the meeting itself: how it is looked at, and how good the connection is.
// Panels reach it with useStage().
import { createContext, useContext, useSyncExternalStore } from "react";
import type { CaptionStore } from "../activities/captions/store";
import type { TileManager } from "../ui/tiles";
import type { QualityMonitor } from "./monitor";
import type { ViewStore } from "./view";

export interface StageRoom {
  view: ViewStore;
  monitor: QualityMonitor;
  captions: CaptionStore;
  /** There once the videos are on the screen. */
  tiles: TileManager | null;
}

export const StageContext = createContext<StageRoom | null>(null);

export function useStage(): StageRoom {
  const room = useContext(StageContext);
  if (!room) throw new Error("outside of a meeting");
  return room;
}

export function useView() {
  const { view } = useStage();
  return useSyncExternalStore(view.subscribe, view.snapshot);
}

export function useQuality() {
  const { monitor } = useStage();
  return useSyncExternalStore(monitor.subscribe, monitor.snapshot);
}
