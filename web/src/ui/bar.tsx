// What the bar under the videos holds, and which panels open beside them. An area adds itself by one line in `barItems`,
// `panels` or `overlays`; on a narrow screen what has a low rank moves into "More" by itself.
import type { ComponentType } from "react";
import type { CaptionStore } from "../activities/captions/store";
import { t } from "../i18n";
import { canShare } from "../meeting/state";
import type { MeetingState, MeetingStore } from "../meeting/store";
import { activityItems, activityOverlays, activityPanels } from "../activities/register";
import { CameraMenu, MicMenu } from "./DeviceMenus";
import { Encryption } from "./EncryptionPanel";
import { CameraIcon, CameraOffIcon, HandIcon, type Icon, MicIcon, MicOffIcon, ScreenIcon, ScreenStopIcon, SettingsIcon, ShieldIcon, SignalIcon } from "./icons";
import { QualityPanel } from "./QualityPanel";
import { SettingsPanel } from "./SettingsPanel";
import { st } from "../i18n/stage";

/** What a panel or a control gets to know. */
export interface Surroundings {
  store: MeetingStore;
  state: MeetingState;
  /** The open panel, or null. */
  panel: string | null;
  /** Opens a panel, or closes (null). */
  open(panel: string | null): void;
  captions: CaptionStore | null;
}

export interface BarItem {
  id: string;
  icon(state: MeetingState): Icon;
  /** Its name; also what is read aloud. Changes with the state ("Mute", "Unmute"). */
  label(state: MeetingState): string;
  /** 3: always in the bar. 2: in the bar from small tablets on. 1: on wide screens. 0: always in "More". */
  rank: 0 | 1 | 2 | 3;
  /** Stands out: on (something runs), off (crossed out). */
  mark?(state: MeetingState): "on" | "off" | undefined;
  shown?(state: MeetingState): boolean;
  /** What pressing does, or ... */
  press?(around: Surroundings): void;
  /** ... what opens over the bar; `close` closes it again. */
  popover?: ComponentType<Surroundings & { close(): void }>;
  /** A second, narrow button beside it that opens this (devices beside microphone and camera). */
  beside?: { label(): string; view: ComponentType<Surroundings & { close(): void }> };
}

export interface Panel {
  id: string;
  icon: Icon;
  /** The button's name and the panel's heading; `heading` when the panel's own has more to say. */
  label(): string;
  heading?(state: MeetingState): string;
  rank: 0 | 1 | 2 | 3;
  shown?(state: MeetingState): boolean;
  /** A number on the button: what waits there. 0 is not shown. */
  count?(state: MeetingState): number;
  body: ComponentType<Surroundings>;
}

export const barItems: BarItem[] = [
  {
    id: "mic", rank: 3, icon: (s) => (s.audioMuted ? MicOffIcon : MicIcon), label: (s) => t(s.audioMuted ? "bar.unmute" : "bar.mute"),
    mark: (s) => (s.audioMuted ? "off" : undefined), press: ({ store, state }) => void store.setMuted(!state.audioMuted, state.videoMuted),
    beside: { label: () => st("bar.micMore"), view: MicMenu },
  },
  {
    id: "camera", rank: 3, icon: (s) => (s.videoMuted ? CameraOffIcon : CameraIcon), label: (s) => t(s.videoMuted ? "bar.cameraOn" : "bar.cameraOff"),
    mark: (s) => (s.videoMuted ? "off" : undefined), press: ({ store, state }) => void store.setMuted(state.audioMuted, !state.videoMuted),
    beside: { label: () => st("bar.cameraMore"), view: CameraMenu },
  },
  {
    id: "share", rank: 2, icon: (s) => (s.sharing ? ScreenStopIcon : ScreenIcon), label: (s) => t(s.sharing ? "bar.shareStop" : "bar.share"),
    mark: (s) => (s.sharing ? "on" : undefined), shown: (s) => s.sharing || canShare(s),
    press: ({ store, state }) => void (state.sharing ? store.stopShare() : store.share()),
  },
  {
    id: "hand", rank: 2, icon: () => HandIcon, label: (s) => t(s.hands.includes(s.self) ? "bar.handDown" : "bar.hand"),
    mark: (s) => (s.hands.includes(s.self) ? "on" : undefined), press: ({ store, state }) => store.raiseHand(!state.hands.includes(state.self)),
  },
  ...activityItems,
];

export const panels: Panel[] = [
  ...activityPanels,
  { id: "encryption", rank: 0, icon: ShieldIcon, label: () => st("bar.encryption"), heading: () => t("badge.title"), body: Encryption },
  { id: "quality", rank: 0, icon: SignalIcon, label: () => st("bar.quality"), heading: () => st("quality.title"), body: QualityPanel },
  { id: "settings", rank: 0, icon: SettingsIcon, label: () => st("bar.settings"), body: SettingsPanel },
];

/** Drawn once over the meeting: dialogs, notices, live regions. Each shows nothing until it has something to show. */
export const overlays: ComponentType<Surroundings>[] = [...activityOverlays];
