// What is drawn over a tile: marks for microphone, hand, connection and pin, and what can be done with it.
import { useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { Button } from "react-aria-components";
import { st } from "../i18n/stage";
import type { MeetingState, MeetingStore } from "../meeting/store";
import { type Grade, gradeOfIncoming } from "../stage/quality";
import { useQuality, useView } from "../stage/room";
import { HandIcon, type Icon, MicOffIcon, PinIcon, PinOffIcon, SignalBadIcon, StarIcon } from "./icons";
import { ShareZoom } from "./ShareZoom";
import type { Shown, TileHandle, TileManager } from "./tiles";
import { useStage } from "../stage/room";

export function useTiles(tiles: TileManager): Shown {
  return useSyncExternalStore(tiles.subscribe, tiles.snapshot);
}

export function TileOverlays({ tiles, store, state }: { tiles: TileManager; store: MeetingStore; state: MeetingState }) {
  const { tiles: handles } = useTiles(tiles);
  return <>{handles.map((handle) => createPortal(<Overlay handle={handle} tiles={tiles} store={store} state={state} />, handle.over, handle.key))}</>;
}

function Mark({ icon: Icon, name, tone }: { icon: Icon; name: string; tone?: string }) {
  return <span className="tile-mark" role="img" aria-label={name} title={name} data-tone={tone}><Icon /></span>;
}

function Overlay({ handle, tiles, store, state }: { handle: TileHandle; tiles: TileManager; store: MeetingStore; state: MeetingState }) {
  const { view } = useStage();
  const { pinned } = useView();
  const quality = useQuality();
  const { participant, kind } = handle.seat;
  const entry = state.roster.get(participant);
  if (!entry) return null;
  const camera = kind === "camera";
  const isPinned = pinned.includes(participant);
  const lit = state.spotlight.includes(participant);
  const muted = handle.self ? state.audioMuted : entry.audio_muted;
  const track = tiles.trackOf(handle.key);
  const flow = quality?.incoming.find((i) => i.track === track);
  const grade: Grade = !entry.connected ? "bad" : flow ? gradeOfIncoming(flow) : "good";
  const host = state.role !== "participant";
  return (
    <>
      <div className="tile-marks">
        {camera && state.hands.includes(participant) && <Mark icon={HandIcon} name={st("tile.hand")} tone="hand" />}
        {camera && muted && <Mark icon={MicOffIcon} name={st("tile.muted")} tone="off" />}
        {grade !== "good" && <Mark icon={SignalBadIcon} name={st(entry.connected ? `tile.${grade}` : "tile.away")} tone={grade} />}
        {camera && lit && <Mark icon={StarIcon} name={st("tile.spotlight")} />}
        {camera && isPinned && <Mark icon={PinIcon} name={st("tile.pinned")} />}
      </div>
      {!camera && <ShareZoom over={handle.over} name={entry.name} />}
      {camera && (
        <div className="tile-tools">
          <Button className="tile-tool" aria-label={st(isPinned ? "tile.unpin" : "tile.pin", { name: entry.name })} onPress={() => view.togglePin(participant)}>
            {isPinned ? <PinOffIcon /> : <PinIcon />}
          </Button>
          {host && (
            <Button
              className="tile-tool" aria-label={st(lit ? "tile.unlight" : "tile.light", { name: entry.name })}
              onPress={() => store.say({ type: "set_spotlight", participants: lit ? state.spotlight.filter((p) => p !== participant) : [...state.spotlight, participant] })}
            >
              <StarIcon className={lit ? "filled" : ""} />
            </Button>
          )}
        </div>
      )}
    </>
  );
}
