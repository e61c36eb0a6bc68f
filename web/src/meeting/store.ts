// The session of one meeting: joins, keeps the connection, goes to rooms and back, and writes the state that the page
// shows (state.ts). What people do in it is in activities/. Media elements live elsewhere (ui/tiles.ts).
import type { ClientMessage, Join as JoinMessage, Joined, RosterEntry, ServerMessage } from "@protocol/signalling";
import { CoreWorker } from "../core/client";
import coreUrl from "../../core/sealhall_core.wasm?url";
import type { FromWorker } from "../core/messages";
import { codecChoice } from "../media/codec_choice";
import type { ReceivedTrack, ServerEnd } from "../media/connection";
import { MediaSession } from "../media/session";
import { SignallingClient } from "../signalling/client";
import { devices as ownDevices } from "../stage/devices";
import { problemWords } from "../stage/problems";
import { assign, same, type Wanted, type Wish } from "../stage/wishes";
import { ActingStore } from "./acting";
import { joinedAgain, reduceActivities } from "./activities";
import { noRecipient, type Recipient, recipientAfter } from "./activities/chat";
import { deviceFor } from "./devices";
import { pageAddress } from "./leaving";
import { consequenceOf } from "./refusals";
import { Refused } from "./requests";
import { Sharing } from "./sharing";
import { type Devices, initialState, type JoinLink, nobodyInside } from "./state";

export type { Devices, JoinLink, MeetingState, Phase } from "./state";

const audioSlots = 4;
const videoSlots = 9;
const retryDelays = [500, 1000, 2000, 4000, 8000];

export class MeetingStore extends ActingStore {
  private tracks: ReceivedTrack[] = [];
  private showTracks: (tracks: ReceivedTrack[]) => void = () => undefined;
  private core: CoreWorker | undefined;
  private signalling: SignallingClient | undefined;
  private connection: MediaSession | undefined;
  private link: JoinLink = { meetingId: "" };
  private name = "";
  private devices: Devices = { audio: null, video: null };
  private readonly sharing = new Sharing({ state: () => this.state, set: (change) => this.set(change), connection: () => this.connection });
  private resume: string | undefined;
  private videoSlotNumbers: number[] = [];
  private attempt = 0;
  private timer = 0;
  private retry = 0;
  /** Counts joins and ends: what an older one has waited for is not done any more. */
  private turn = 0;
  /** The server has let us in, or has let us wait. */
  private answered = false;
  private coreFailures = 0;
  /** On the way into a room, and where to go after that: one after the other, each has keys of its own. */
  private entering = false;
  private next: { room: number; name: string } | undefined;

  constructor() {
    super();
    codecChoice.subscribe(() => void this.connection?.likeCodec(codecChoice.snapshot()));
  }

  /** `screen`: what else must be there before one can be in, so that its failure is told as one. */
  async join(link: JoinLink, name: string, devices: Devices, screen: Promise<unknown> = Promise.resolve()): Promise<void> {
    const turn = ++this.turn;
    this.link = link;
    this.name = name;
    this.devices = devices;
    this.answered = false;
    this.coreFailures = 0;
    this.set({ ...initialState, chatTo: this.chatToAfter(true), phase: "connecting", audioMuted: !devices.audio?.enabled, videoMuted: !devices.video });
    try {
      await Promise.all([this.core ?? this.startCore(), screen]);
      if (turn !== this.turn) return;
      this.timer ||= window.setInterval(() => this.core?.send({ type: "stats" }), 1000);
      await this.connect();
    } catch (error) {
      if (turn === this.turn) this.set({ phase: "ended", notice: String(error instanceof Error ? error.message : error), errorCode: "internal" });
    }
  }

  private async startCore(): Promise<void> {
    const core = await CoreWorker.start(coreUrl);
    // Another one may be there by now, or nobody any more who needs one.
    if (this.core || this.state.phase === "ended") return core.stop();
    this.core = core;
    core.onMessage = (message) => this.fromWorker(message);
  }

  /** Is given the tracks of the slots: those that are there already (the screen may come later than they), and new ones with
   * every transport. */
  set onTracks(show: (tracks: ReceivedTrack[]) => void) {
    this.showTracks = show;
    if (this.tracks.length > 0) show(this.tracks);
  }

  /** Of the link by which one came; what an invitation may pass on. */
  get passcode(): string | undefined {
    return this.link.passcode;
  }

  leave(): void {
    this.send({ type: "leave" });
    this.finish("left", "");
  }

  override send(message: ClientMessage): boolean {
    return this.signalling?.send(message) ?? false;
  }

  /** Fresh keys, and a place for a fresh transport: what a join and the way into a room begin with. undefined when another
   * one has begun meanwhile. */
  private async prepareJoin(): Promise<Pick<JoinMessage, "hpke_public_key" | "sender_nonce"> | undefined> {
    // A closed one is nobody's: what the server still says of it must not open it again.
    this.connection?.close();
    this.connection = undefined;
    this.tracks = [];
    if (!this.core) await this.startCore();
    const { core } = this;
    const keys = await core?.begin().catch((why: unknown) => {
      // What has failed once is not asked again.
      core.stop();
      if (this.core === core) this.core = undefined;
      throw why;
    });
    if (!keys || !this.core) return undefined;
    this.connection = new MediaSession(this.core, {
      send: (message) => this.send(message),
      tracks: (tracks) => {
        this.tracks = tracks;
        this.showTracks(tracks);
      },
      state: (media) => this.set({ media }),
      rejoin: () => this.reconnect(),
    });
    void this.connection.likeCodec(codecChoice.snapshot());
    return { hpke_public_key: keys.hpkePublicKey, sender_nonce: keys.senderNonce };
  }

  private async connect(): Promise<void> {
    this.entering = false;
    this.next = undefined;
    this.signalling?.close();
    this.requests.abandon();
    const prepared = await this.prepareJoin();
    if (!prepared) return;
    this.signalling = new SignallingClient(`wss://${location.host}/ws`, {
      open: () => this.send({
        type: "join", meeting_id: this.link.meetingId, name: this.name, client: "web",
        ...(this.link.passcode ? { passcode: this.link.passcode } : {}),
        ...(this.link.registrant ? { registrant: this.link.registrant } : {}),
        ...(this.link.start ? { start: this.link.start } : {}),
        ...(this.resume ? { resume: this.resume } : {}),
        device: deviceFor(this.link.meetingId), ...prepared,
        audio_slots: audioSlots, video_slots: videoSlots,
      }),
      message: (message) => this.fromServer(message),
      closed: () => {
        if (this.state.phase !== "ended") this.reconnect();
      },
    });
  }

  /** Into a breakout room, or back (0): a join of its own over the same socket. The server answers with `joined`. */
  async enterRoom(room: number, name = ""): Promise<void> {
    if (this.entering) {
      this.next = { room, name };
      return this.set({ moving: this.next });
    }
    if (this.state.phase !== "joined" || room === this.state.meeting?.room) return this.set({ moving: null });
    this.set({ moving: { room, name } });
    this.entering = true;
    // It was meant for those who are here.
    if (this.sharing.on) void this.stopShare();
    try {
      const prepared = await this.prepareJoin();
      if (!prepared) return;
      const { request, answer } = this.requests.make();
      answer.catch((why: unknown) => {
        // Our transport is closed already: coming back leads to where the server has us.
        this.entering = false;
        this.next = undefined;
        this.set({ moving: null });
        if (!(why instanceof Refused) || why.code === "transport_lost") return;
        this.refused(why);
        this.reconnect();
      });
      this.send({ type: "enter_room", request, room, ...prepared });
    } catch {
      this.reconnect();
    }
  }

  private reconnect(least = 0): void {
    if (this.state.phase === "ended") return;
    if (this.attempt >= 12) return this.finish("transport_lost", "");
    const delay = retryDelays[Math.min(this.attempt++, retryDelays.length - 1)]!;
    this.set({ phase: this.resume ? "reconnecting" : "connecting" });
    this.connection?.pause();
    this.signalling?.close();
    window.clearTimeout(this.retry);
    this.retry = window.setTimeout(() => {
      if (this.state.phase !== "ended") this.connect().catch(() => this.reconnect());
    }, Math.max(least, delay * (0.75 + Math.random() / 2)));
  }

  private finish(code: string, sentence: string): void {
    ++this.turn;
    ++this.muting;
    window.clearTimeout(this.retry);
    this.set({ phase: "ended", errorCode: code, notice: sentence, sharing: false });
    this.requests.abandon();
    this.signalling?.close();
    this.connection?.close();
    this.connection = undefined;
    this.resume = undefined;
    this.files.joinedAgain(true);
    this.attempt = 0;
    this.entering = false;
    this.next = undefined;
    this.sharing.stop();
    this.core?.stop();
    this.core = undefined;
    window.clearInterval(this.timer);
    this.timer = 0;
  }

  private fromServer(message: ServerMessage): void {
    if (this.requests.settle(message)) return;
    const changed = reduceActivities(this.state, message, { self: this.state.self, now: Date.now() });
    if (Object.keys(changed).length > 0) this.set(changed);
    switch (message.type) {
      case "waiting":
        this.attempt = 0;
        this.answered = true;
        // It is said again when what is written up there changes.
        if (this.state.phase !== "waiting") this.outside();
        return this.set({
          phase: "waiting", self: message.participant, notice: message.topic,
          lobby: { title: message.title ?? "", description: message.description ?? "" },
        });
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
      case "video_codecs":
        void this.connection?.setCodecs(message.codecs);
        return;
      case "meeting_changed":
        return this.set({ meeting: message.meeting });
      case "muted_by_host":
        // Both in one message: with one of them the server would read that the other is to be switched on.
        if (message.audio || message.video) void this.setMuted(this.state.audioMuted || message.audio, this.state.videoMuted || message.video);
        if (message.share) void this.stopShare();
        return;
      case "transport_reset":
        this.set({ assignments: new Map(), senders: new Map() });
        void this.openMedia(message);
        return;
      case "move_to_room":
        void this.enterRoom(message.room, message.name);
        return;
      case "file_stored":
        return this.files.stored(message);
      case "ended":
        // The server is made new, or has lost us: the meeting goes on.
        if (message.reason === "server_stopping" || message.reason === "transport_lost") return this.reconnect();
        return this.finish(message.reason, message.message);
      case "error": {
        // On the way into a room it is the room that does not take us: where we were, we come back to.
        const consequence = consequenceOf(message, this.state.moving ? "reconnecting" : this.state.phase, this.answered);
        if (consequence === "end") return this.finish(message.code, message.message);
        if (consequence === "again") return this.reconnect(1000 * (message.retry_after_seconds ?? 0));
        return this.tell(message.message);
      }
      default:
        return;
    }
  }

  /** Not in the meeting, or not any more: whoever was comes in as somebody new, and what was meant for those inside ends. */
  private outside(): void {
    this.resume = undefined;
    this.files.joinedAgain(true);
    if (this.sharing.on) void this.stopShare();
    const chatTo = typeof this.state.chatTo === "number" ? noRecipient : "hosts";
    this.set({ ...nobodyInside, ...joinedAgain(this.state, "anew"), chatTo });
  }

  private async joined(message: Joined): Promise<void> {
    const connection = this.connection;
    if (!connection || !this.core) return;
    // The secret is the same over reconnects and rooms; with another one, numbers begin anew.
    const anew = message.resume !== this.resume;
    const chatTo = this.chatToAfter(anew, message.meeting.room);
    const back = anew ? "anew" : message.meeting.room === this.state.meeting?.room ? "same" : "room";
    this.files.joinedAgain(back !== "same");
    this.resume = message.resume;
    this.attempt = 0;
    this.answered = true;
    const roster = new Map(message.roster.map((entry) => [entry.participant, entry]));
    this.core.send({
      type: "joined", meetingUuid: message.meeting.meeting_uuid, participant: message.participant, senderIndex: message.sender_index,
      generations: message.generations, active: message.active_generation, roster: keysOf(roster),
    });
    this.videoSlotNumbers = message.slots.filter((s) => s.video).map((s) => s.slot);
    // How the meeting lets people begin; from then on the person decides.
    const videoMuted = this.state.videoMuted || message.video_muted === true;
    if (message.audio_muted || message.video_muted) ++this.muting;
    this.set({
      audioMuted: this.state.audioMuted || message.audio_muted === true, videoMuted,
      phase: "joined", notice: "", self: message.participant, role: message.role, meeting: message.meeting, roster, names: namesWith(roster, anew ? [] : this.state.names),
      waiting: message.waiting, assignments: new Map(), senders: new Map(), leaveUrl: pageAddress(message.leave_url), ...joinedAgain(this.state, back), chatTo,
    });
    if (message.video_muted) ownDevices().close("camera");
    await connection.send("audio", this.state.audioMuted ? null : this.devices.audio);
    await connection.send("camera", this.state.videoMuted ? null : this.devices.video);
    await this.sharing.goesOn(connection);
    this.send({ type: "set_muted", audio: this.state.audioMuted, video: this.state.videoMuted });
    // Not waited for: what is asked of a connection that a newer transport has closed is never answered.
    void this.openMedia(message);
    const { next } = this;
    this.entering = false;
    this.next = undefined;
    if (next) void this.enterRoom(next.room, next.name);
  }

  /** Whom one writes to after a join. Where something is being written, it goes to nobody for whom it was not begun. */
  private chatToAfter(anew: boolean, room = 0): Recipient {
    const { chatTo, meeting, phase } = this.state;
    const writing = this.unsent.trim() !== "";
    if (anew && !writing) return "everyone";
    return writing && phase !== "waiting" && meeting && meeting.room !== room ? noRecipient : recipientAfter(chatTo, anew);
  }

  /** Joined and TransportReset alike. */
  private async openMedia(server: ServerEnd): Promise<void> {
    const { connection } = this;
    if (!connection) return;
    try {
      await connection.open(server);
      if (connection === this.connection) this.wish();
    } catch (error) {
      if (connection === this.connection) this.finish("internal", error instanceof Error ? error.message : String(error));
    }
  }

  private setRoster(roster: Map<number, RosterEntry>): void {
    const own = roster.get(this.state.self);
    this.core?.send({ type: "roster", roster: keysOf(roster) });
    this.set({ roster, names: namesWith(roster, this.state.names), ...(own ? { role: own.role } : {}) });
  }

  /** What the stage shows now, the most important first; without a stage there are no pictures. */
  wanted: readonly Wanted[] = [];
  private wished: Wish[] = [];

  want(wanted: readonly Wanted[]): void {
    this.wanted = wanted;
    if (this.state.phase !== "joined" || this.videoSlotNumbers.length === 0) return;
    const before = this.wished;
    this.wished = assign(before, wanted, this.videoSlotNumbers);
    if (!same(before, this.wished)) this.send({ type: "subscribe", videos: this.wished });
  }

  /** After a join nothing is known over there: all is asked for again. */
  private wish(): void {
    this.wished = assign(this.wished, this.wanted, this.videoSlotNumbers);
    this.send({ type: "subscribe", videos: this.wished });
  }

  /** Which wish is the latest: what an older one has waited for is not done any more. */
  private muting = 0;

  async setMuted(audio: boolean, video: boolean): Promise<void> {
    const wish = ++this.muting;
    const own = ownDevices();
    const before = this.state;
    this.set({ audioMuted: audio, videoMuted: video });
    // What ends, ends now: neither a device that is asked for nor a connection that closes meanwhile holds it up.
    if (audio) this.put("audio", null);
    if (video) {
      this.put("camera", null);
      own.close("camera");
    }
    if (audio || video) this.send({ type: "set_muted", audio: audio || before.audioMuted, video: video || before.videoMuted });
    if (audio && video) return;
    for (const [kind, off] of [["audio", audio], ["video", video]] as const) {
      if (off || this.live(kind)) continue;
      const track = await own.open(kind === "audio" ? "microphone" : "camera");
      if (wish !== this.muting) return;
      this.devices = { ...this.devices, [kind]: track };
    }
    if (!audio && this.devices.audio) this.devices.audio.enabled = true;
    // A device that did not open is as good as off, and is said to be.
    this.set({ audioMuted: audio || !this.live("audio"), videoMuted: video || !this.live("video") });
    this.put("audio", this.ownAudio);
    this.put("camera", this.ownVideo);
    this.send({ type: "set_muted", audio: this.state.audioMuted, video: this.state.videoMuted });
    this.explain(this.state.audioMuted && !audio, this.state.videoMuted && !video);
  }

  /** What does not go on, or does not begin, although the person wished it. */
  private explain(audio: boolean, video: boolean): void {
    if ((!audio && !video) || (this.state.phase !== "joined" && this.state.phase !== "reconnecting")) return;
    const { microphone = "other", camera = "other" } = ownDevices().state.problems;
    this.tell(problemWords({ ...(audio ? { microphone } : {}), ...(video ? { camera } : {}) }).join(" "));
  }

  /** A connection that closes meanwhile answers never, or no: the next one is given what is sent now. */
  private put(source: "audio" | "camera", track: MediaStreamTrack | null): void {
    void this.connection?.send(source, track).catch(() => undefined);
  }

  private live(kind: keyof Devices): boolean {
    return this.devices[kind]?.readyState === "live";
  }

  /** Another device was chosen, or one was pulled out: other frames are sent, nothing is negotiated. */
  async useTrack(kind: keyof Devices, track: MediaStreamTrack | null): Promise<void> {
    this.devices = { ...this.devices, [kind]: track };
    const muted = kind === "audio" ? this.state.audioMuted : this.state.videoMuted;
    this.put(kind === "audio" ? "audio" : "camera", muted ? null : track);
    if (track || muted) return this.set({});
    this.set(kind === "audio" ? { audioMuted: true } : { videoMuted: true });
    this.send({ type: "set_muted", audio: this.state.audioMuted, video: this.state.videoMuted });
    this.explain(kind === "audio", kind === "video");
  }

  get ownAudio(): MediaStreamTrack | null {
    return this.state.audioMuted ? null : this.devices.audio;
  }

  get ownVideo(): MediaStreamTrack | null {
    return this.state.videoMuted ? null : this.devices.video;
  }

  share(): Promise<void> {
    return this.sharing.begin();
  }

  stopShare(): Promise<void> {
    return this.sharing.end();
  }

  get sharesSound(): boolean {
    return this.sharing.withSound;
  }

  mediaStats(): Promise<RTCStatsReport> | undefined {
    return this.connection?.stats();
  }

  private fromWorker(message: FromWorker): void {
    switch (message.type) {
      case "key_ready":
        this.send({ type: "key_ready", generation: message.generation });
        return;
      case "active":
        return this.set({ generation: message.generation });
      case "receiver_sender": {
        const senders = new Map(this.state.senders);
        senders.set(message.receiver, { senderIndex: message.senderIndex, context: message.context });
        return this.set({ senders });
      }
      case "stats":
        return this.set({ counts: message.counts, generation: message.activeGeneration });
      case "failed": {
        // Nothing is sealed by it any more: another one, and a join of its own. It is not tried for ever.
        console.error(message.message);
        if (++this.coreFailures > 3) return this.finish("internal", message.message);
        this.core?.stop();
        this.core = undefined;
        return this.reconnect();
      }
      default:
        return;
    }
  }
}

function namesWith(roster: ReadonlyMap<number, RosterEntry>, before: Iterable<readonly [number, string]>): ReadonlyMap<number, string> {
  const names = new Map(before);
  for (const entry of roster.values()) names.set(entry.participant, entry.name);
  return names;
}

function keysOf(roster: ReadonlyMap<number, RosterEntry>): { senderIndex: number; nonce: string }[] {
  return [...roster.values()].map((entry) => ({ senderIndex: entry.sender_index, nonce: entry.sender_nonce }));
}
