// The state of one meeting as the page shows it, and everything a person can do in it. Media elements live elsewhere
// (ui/tiles.ts); React only reads `state`.
import type { ChatMessage, ClientMessage, HostAction, Joined, MeetingInfo, Role, RosterEntry, ServerMessage, SlotAssignment, WaitingEntry } from "@protocol/signalling";
import { CoreWorker } from "../core/client";
import coreUrl from "../../core/sealhall_core.wasm?url";
import type { FrameCounts, FromWorker, MediaSource } from "../core/messages";
import { MediaConnection, type ReceivedTrack } from "../media/connection";
import { SignallingClient } from "../signalling/client";

export type Phase = "idle" | "connecting" | "waiting" | "joined" | "reconnecting" | "ended";

export interface JoinLink {
  meetingId: string;
  passcode?: string;
  registrant?: string;
  start?: string;
}

export interface Devices {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

export interface MeetingState {
  phase: Phase;
  /** A sentence of the server's, or what went wrong here. */
  notice: string;
  errorCode: string;
  self: number;
  role: Role;
  meeting: MeetingInfo | null;
  roster: ReadonlyMap<number, RosterEntry>;
  waiting: readonly WaitingEntry[];
  chat: readonly ChatMessage[];
  speakers: readonly number[];
  hands: readonly number[];
  assignments: ReadonlyMap<number, SlotAssignment>;
  /** Who really speaks out of a receiver, by the key that opened its frames. Nothing is shown or played before. */
  senders: ReadonlyMap<number, { senderIndex: number; context: number }>;
  audioMuted: boolean;
  videoMuted: boolean;
  sharing: boolean;
  recorded: boolean;
  /** Somebody records and waits for our word; nothing of us is kept before. */
  consentAsked: boolean;
  generation: number;
  media: RTCPeerConnectionState;
  counts: FrameCounts | null;
}

const audioSlots = 4;
const videoSlots = 9;
const retryDelays = [500, 1000, 2000, 4000, 8000];

const initial: MeetingState = {
  phase: "idle", notice: "", errorCode: "", self: 0, role: "participant", meeting: null, roster: new Map(), waiting: [], chat: [], speakers: [],
  hands: [], assignments: new Map(), senders: new Map(), audioMuted: false, videoMuted: false, sharing: false, recorded: false, consentAsked: false, generation: 0, media: "new", counts: null,
};

export class MeetingStore {
  state: MeetingState = initial;
  /** The tracks of the slots, whenever there are new ones. */
  onTracks: (tracks: ReceivedTrack[]) => void = () => undefined;
  private readonly listeners = new Set<() => void>();
  private core: CoreWorker | undefined;
  private signalling: SignallingClient | undefined;
  private connection: MediaConnection | undefined;
  private link: JoinLink = { meetingId: "" };
  private name = "";
  private devices: Devices = { audio: null, video: null };
  private screen: MediaStreamTrack | null = null;
  private resume: string | undefined;
  private videoSlotNumbers: number[] = [];
  private request = 1;
  private attempt = 0;
  private timer = 0;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): MeetingState => this.state;

  private set(change: Partial<MeetingState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  async join(link: JoinLink, name: string, devices: Devices): Promise<void> {
    this.link = link;
    this.name = name;
    this.devices = devices;
    this.set({ ...initial, phase: "connecting", audioMuted: !devices.audio?.enabled, videoMuted: !devices.video });
    try {
      if (!this.core) {
        this.core = await CoreWorker.start(coreUrl);
        this.core.onMessage = (message) => this.fromWorker(message);
      }
      this.timer ||= window.setInterval(() => this.core?.send({ type: "stats" }), 1000);
      await this.connect();
    } catch (error) {
      this.set({ phase: "ended", notice: String(error instanceof Error ? error.message : error), errorCode: "internal" });
    }
  }

  leave(): void {
    this.send({ type: "leave" });
    this.finish("left", "");
  }

  send(message: ClientMessage): void {
    this.signalling?.send(message);
  }

  private async connect(): Promise<void> {
    if (!this.core) return;
    this.signalling?.close();
    this.connection?.close();
    const keys = await this.core.begin();
    const width = this.devices.video?.getSettings().width ?? 640;
    const connection = await MediaConnection.prepare(this.core.worker, audioSlots, videoSlots, width);
    this.connection = connection;
    connection.onState = (media) => {
      this.set({ media });
      if (media === "failed" && this.state.phase === "joined") this.reconnect();
    };
    this.signalling = new SignallingClient(`wss://${location.host}/ws`, {
      open: () => this.send({
        type: "join", meeting_id: this.link.meetingId, name: this.name, client: "web",
        ...(this.link.passcode ? { passcode: this.link.passcode } : {}),
        ...(this.link.registrant ? { registrant: this.link.registrant } : {}),
        ...(this.link.start ? { start: this.link.start } : {}),
        ...(this.resume ? { resume: this.resume } : {}),
        device: deviceFor(this.link.meetingId),
        hpke_public_key: keys.hpkePublicKey, sender_nonce: keys.senderNonce, transport: connection.transport,
        audio_slots: audioSlots, video_slots: videoSlots,
      }),
      message: (message) => this.fromServer(message),
      closed: () => {
        if (this.state.phase !== "ended") this.reconnect();
      },
    });
  }

  private reconnect(): void {
    if (this.attempt >= 12) return this.finish("transport_lost", "");
    const delay = retryDelays[Math.min(this.attempt++, retryDelays.length - 1)]!;
    this.set({ phase: this.resume ? "reconnecting" : "connecting" });
    this.signalling?.close();
    window.setTimeout(() => {
      if (this.state.phase !== "ended") this.connect().catch(() => this.reconnect());
    }, delay * (0.75 + Math.random() / 2));
  }

  private finish(code: string, sentence: string): void {
    this.set({ phase: "ended", errorCode: code, notice: sentence });
    this.signalling?.close();
    this.connection?.close();
    this.connection = undefined;
    this.resume = undefined;
    this.attempt = 0;
    this.screen?.stop();
    this.core?.stop();
    this.core = undefined;
    window.clearInterval(this.timer);
    this.timer = 0;
  }

  private fromServer(message: ServerMessage): void {
    switch (message.type) {
      case "waiting":
        return this.set({ phase: "waiting", self: message.participant, notice: message.topic });
      case "joined":
        void this.joined(message);
        return;
      case "roster_update": {
        const roster = new Map(this.state.roster);
        for (const entry of message.changed) roster.set(entry.participant, entry);
        for (const gone of message.gone) roster.delete(gone);
        this.setRoster(roster);
        return;
      }
      case "waiting_update":
        return this.set({ waiting: message.waiting });
      case "new_generation":
        return this.core?.send({ type: "generation", sealed: message.sealed });
      case "activate_generation":
        return this.core?.send({ type: "activate", generation: message.generation });
      case "slots": {
        const assignments = new Map(this.state.assignments);
        for (const a of message.assignments) assignments.set(a.slot, a);
        return this.set({ assignments });
      }
      case "speakers":
        return this.set({ speakers: message.loudest });
      case "layers_wanted":
        void this.connection?.setLayers(message.kind, message.rids);
        return;
      case "meeting_changed":
        return this.set({ meeting: message.meeting });
      case "muted_by_host":
        if (message.audio) void this.setMuted(true, this.state.videoMuted);
        if (message.video) void this.setMuted(this.state.audioMuted, true);
        if (message.share) void this.stopShare();
        return;
      case "transport_reset":
        return this.reconnect();
      case "chat": {
        const known = new Map(this.state.chat.map((m) => [m.message, m]));
        for (const m of message.messages) known.set(m.message, m);
        return this.set({ chat: [...known.values()].sort((a, b) => a.message - b.message) });
      }
      case "recording":
        return this.set({ recorded: message.recorders.length > 0, consentAsked: message.asked });
      case "hands":
        return this.set({ hands: message.raised });
      case "ended":
        return this.finish(message.reason, message.message);
      case "error":
        if (message.fatal) return this.finish(message.code, message.message);
        return this.set({ notice: message.message });
      default:
        return;
    }
  }

  private async joined(message: Joined): Promise<void> {
    const connection = this.connection;
    if (!connection || !this.core) return;
    this.resume = message.resume;
    this.attempt = 0;
    const roster = new Map(message.roster.map((entry) => [entry.participant, entry]));
    this.core.send({
      type: "joined", meetingUuid: message.meeting.meeting_uuid, participant: message.participant, senderIndex: message.sender_index,
      generations: message.generations, active: message.active_generation, roster: keysOf(roster),
    });
    this.videoSlotNumbers = message.slots.filter((s) => s.video).map((s) => s.slot);
    // How the meeting lets people begin; from then on the person decides.
    const videoMuted = this.state.videoMuted || message.video_muted === true;
    if (message.video_muted) this.devices.video?.stop();
    this.set({
      audioMuted: this.state.audioMuted || message.audio_muted === true, videoMuted,
      phase: "joined", notice: "", self: message.participant, role: message.role, meeting: message.meeting, roster, waiting: message.waiting,
      assignments: new Map(), senders: new Map(),
    });
    try {
      const tracks = await connection.start(message.transport, message.relay, message.slots);
      this.onTracks(tracks);
      await connection.send("audio", this.state.audioMuted ? null : this.devices.audio);
      await connection.send("camera", this.state.videoMuted ? null : this.devices.video);
      if (this.screen) await connection.send("share", this.screen);
      await this.publish();
      this.send({ type: "set_muted", audio: this.state.audioMuted, video: this.state.videoMuted });
      this.wish();
      this.send({ type: "read_chat", limit: 50 });
    } catch (error) {
      this.finish("internal", String(error));
    }
  }

  private async publish(): Promise<void> {
    const sources: MediaSource[] = ["audio", "camera"];
    if (this.screen) sources.push("share");
    const settings = this.devices.video?.getSettings();
    const published = await this.connection?.published(sources, { width: settings?.width ?? 640, height: settings?.height ?? 360 });
    if (!published) return;
    this.core?.send({ type: "ssrcs", rids: published.rids });
    this.send({ type: "publish", sources: published.sources });
  }

  private setRoster(roster: Map<number, RosterEntry>): void {
    const own = roster.get(this.state.self);
    this.core?.send({ type: "roster", roster: keysOf(roster) });
    this.set({ roster, ...(own ? { role: own.role } : {}) });
    this.wish();
  }

  /** Shares first, then cameras, as many as there are slots; who has one already keeps it. */
  private wish(): void {
    const wanted: { participant: number; kind: "camera" | "share" }[] = [];
    for (const entry of this.state.roster.values()) {
      if (entry.participant !== this.state.self && entry.sources.includes("share")) wanted.push({ participant: entry.participant, kind: "share" });
    }
    for (const entry of this.state.roster.values()) {
      if (entry.participant !== this.state.self && entry.sources.includes("camera") && !entry.video_muted) wanted.push({ participant: entry.participant, kind: "camera" });
    }
    const height = wanted.length <= 1 ? 720 : wanted.length <= 4 ? 360 : 180;
    this.send({
      type: "subscribe",
      videos: wanted.slice(0, this.videoSlotNumbers.length).map((w, k) => ({
        slot: this.videoSlotNumbers[k]!, ...w, max_height: w.kind === "share" ? 1080 : height, priority: w.kind === "share" ? 10 : 1,
      })),
    });
  }

  async setMuted(audio: boolean, video: boolean): Promise<void> {
    this.set({ audioMuted: audio, videoMuted: video });
    await this.connection?.send("audio", audio ? null : this.devices.audio);
    if (video) {
      await this.connection?.send("camera", null);
      this.devices.video?.stop();
    } else {
      if (!this.devices.video || this.devices.video.readyState === "ended") {
        const stream = await navigator.mediaDevices.getUserMedia({ video: cameraWanted }).catch(() => null);
        this.devices = { ...this.devices, video: stream?.getVideoTracks()[0] ?? null };
        this.set({});
      }
      await this.connection?.send("camera", this.devices.video);
    }
    if (!audio && this.devices.audio) this.devices.audio.enabled = true;
    this.send({ type: "set_muted", audio, video });
  }

  get ownVideo(): MediaStreamTrack | null {
    return this.state.videoMuted ? null : this.devices.video;
  }

  async share(): Promise<void> {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => null);
    this.screen = stream?.getVideoTracks()[0] ?? null;
    if (!this.screen) return;
    this.screen.onended = () => void this.stopShare();
    await this.connection?.send("share", this.screen);
    await this.publish();
    this.set({ sharing: true });
  }

  async stopShare(): Promise<void> {
    this.screen?.stop();
    this.screen = null;
    await this.connection?.send("share", null);
    await this.publish();
    this.set({ sharing: false });
  }

  say(text: string): void {
    if (text.trim() !== "") this.send({ type: "send_chat", request: this.request++, scope: "everyone", text, files: [] });
  }

  command(action: HostAction, participant?: number): void {
    this.send({ type: "host_command", action, ...(participant === undefined ? {} : { participant }) });
  }

  answerConsent(agreed: boolean): void {
    this.send({ type: "answer_consent", request: this.request++, agreed });
    this.set({ consentAsked: false });
  }

  raiseHand(raised: boolean): void {
    this.send({ type: "raise_hand", raised });
  }

  mediaStats(): Promise<RTCStatsReport> | undefined {
    return this.connection?.stats();
  }

  private fromWorker(message: FromWorker): void {
    switch (message.type) {
      case "key_ready":
        return this.send({ type: "key_ready", generation: message.generation });
      case "active":
        return this.set({ generation: message.generation });
      case "receiver_sender": {
        const senders = new Map(this.state.senders);
        senders.set(message.receiver, { senderIndex: message.senderIndex, context: message.context });
        return this.set({ senders });
      }
      case "stats":
        return this.set({ counts: message.counts, generation: message.activeGeneration });
      case "failed":
        return this.set({ notice: message.message });
      default:
        return;
    }
  }
}

export const cameraWanted: MediaTrackConstraints =
  (navigator.hardwareConcurrency ?? 2) >= 4 ? { width: 1280, height: 720, frameRate: 30 } : { width: 640, height: 360, frameRate: 30 };

function keysOf(roster: ReadonlyMap<number, RosterEntry>): { senderIndex: number; nonce: string }[] {
  return [...roster.values()].map((entry) => ({ senderIndex: entry.sender_index, nonce: entry.sender_nonce }));
}

/** Kept for each meeting link, so that a host who bans a guest bans this browser and nothing else is learned. */
function deviceFor(meetingId: string): string {
  const key = `device:${meetingId}`;
  try {
    let device = localStorage.getItem(key);
    if (!device) {
      device = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replaceAll("+", "-").replaceAll("/", "_");
      localStorage.setItem(key, device);
    }
    return device;
  } catch {
    return "private-window-without-memory";
  }
}
