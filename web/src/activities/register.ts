// What people do in a meeting, as the frame of the meeting wants to know it: buttons, panels, and what lies over it all.
import type { ComponentType } from "react";
import { t } from "../i18n";
import { at } from "../i18n/activities";
import { isHost } from "../meeting/state";
import type { MeetingState } from "../meeting/store";
import type { BarItem, Panel, Surroundings } from "../ui/bar";
import { BoardIcon, CaptionsIcon, ChatIcon, KeyboardIcon, LinkIcon, PeopleIcon, PollIcon, QuestionIcon, RecordIcon, RoomsIcon, SettingsIcon, SmileIcon } from "../ui/icons";
import { BoardOverlay } from "./board/BoardOverlay";
import { later } from "./later";
import { LiveRegion } from "./LiveRegion";
import { AskedToUnmute, Moving, Toasts } from "./Notices";
import { FloatingReactions, ReactionPicker } from "./Reactions";
import { ConsentDialog, RecordingPopover, serverRecording } from "./Recording";
import { Shortcuts } from "./Shortcuts";

const has = (state: MeetingState, feature: NonNullable<MeetingState["meeting"]>["switched_off"][number]): boolean => !(state.meeting?.switched_off.includes(feature) ?? false);
const openPolls = (state: MeetingState): number => [...state.polls.values()].filter((p) => p.state === "open" && !p.voted).length;

export const activityItems: BarItem[] = [
  { id: "react", rank: 2, icon: () => SmileIcon, label: () => at("reactions.title"), shown: (s) => has(s, "reactions"), popover: ReactionPicker },
  {
    id: "record", rank: 1, icon: () => RecordIcon, label: (s) => at(serverRecording(s) === "off" ? "recording.bar" : "recording.barOn"), mark: (s) => (serverRecording(s) === "off" ? undefined : "on"),
    shown: (s) => isHost(s) && has(s, "recording"), popover: RecordingPopover,
  },
  {
    id: "board", rank: 0, icon: () => BoardIcon, label: (s) => at(s.boardNews ? "board.barNew" : "board.bar"), shown: (s) => has(s, "whiteboard") && (isHost(s) || (s.meeting?.draw ?? false) || s.board.size > 0),
    press: ({ store }) => store.set({ boardOpen: true, boardNews: false }),
  },
  {
    id: "captions", rank: 1, icon: () => CaptionsIcon, label: (s) => at(s.captions === "on" ? "captions.barOff" : "captions.bar"), mark: (s) => (s.captions === "on" ? "on" : undefined),
    shown: (s) => s.captions !== "absent", press: ({ captions }) => captions?.toggle(),
  },
  { id: "shortcuts", rank: 0, icon: () => KeyboardIcon, label: () => at("shortcuts.title"), press: ({ store }) => store.set({ help: true }) },
];

export const activityPanels: Panel[] = [
  {
    id: "people", rank: 2, icon: PeopleIcon, label: () => t("bar.people"), count: (s) => (isHost(s) ? s.waiting.length : 0) + s.hands.filter((h) => h !== s.self).length,
    heading: (s) => t("people.title", { count: s.roster.size }), body: later(() => import("./people/PeoplePanel")),
  },
  { id: "chat", rank: 2, icon: ChatIcon, label: () => t("bar.chat"), shown: (s) => has(s, "chat"), count: (s) => s.unread, heading: () => t("chat.title"), body: later(() => import("./chat/ChatPanel")) },
  {
    id: "polls", rank: 1, icon: PollIcon, label: () => at("polls.bar"), shown: (s) => has(s, "polls") && (isHost(s) || s.polls.size > 0), count: openPolls,
    body: later(() => import("./polls/PollsPanel")),
  },
  {
    id: "questions", rank: 1, icon: QuestionIcon, label: () => at("questions.bar"), shown: (s) => has(s, "questions"), count: (s) => (isHost(s) ? [...s.questions.values()].filter((q) => q.state === "open").length : 0),
    heading: () => at("questions.title"), body: later(() => import("./QuestionsPanel")),
  },
  {
    id: "rooms", rank: 0, icon: RoomsIcon, label: () => at("rooms.bar"), shown: (s) => has(s, "rooms") && (isHost(s) || s.roomsOpen || s.rooms.length > 0 || (s.meeting?.room ?? 0) !== 0),
    count: (s) => (isHost(s) ? s.helpWanted.length : 0), heading: () => at("rooms.title"), body: later(() => import("./rooms/RoomsPanel")),
  },
  { id: "host", rank: 1, icon: SettingsIcon, label: () => at("host.bar"), shown: isHost, heading: () => at("host.title"), body: later(() => import("./HostPanel")) },
  { id: "invite", rank: 0, icon: LinkIcon, label: () => at("invite.title"), body: later(() => import("./InvitePanel")) },
];

export const activityOverlays: ComponentType<Surroundings>[] = [LiveRegion, FloatingReactions, Toasts, Moving, BoardOverlay, AskedToUnmute, ConsentDialog, Shortcuts];
