// The session of a meeting beside a server, a worker, a transport and devices that only say what they are told to.
import type { ClientMessage, ServerMessage } from "@protocol/signalling";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import "./site/page";
import type { Devices } from "../src/meeting/state";

type Sent = ClientMessage & Record<string, unknown>;
interface Socket { sent: Sent[]; closed: boolean; on: { open(): void; message(m: ServerMessage): void; closed(): void } }
interface Session { sent: Map<string, FakeTrack | null>; opened: number; closed: boolean; on: { rejoin(): void }; send(source: string, track: FakeTrack | null): Promise<void> }
interface FakeTrack { kind: string; readyState: string; enabled: boolean; contentHint: string; onended: (() => void) | null; stop(): void }
interface Core { onMessage(m: unknown): void; stopped: boolean; told: { type: string }[]; begin(): Promise<unknown> }

const world = vi.hoisted(() => ({
  sockets: [] as unknown[], sessions: [] as unknown[], cores: [] as unknown[],
  devices: {} as { open(kind: string): Promise<unknown>; close(kind: string): void; closed: string[]; state: { problems: Record<string, string> } },
  begin: undefined as (() => Promise<unknown>) | undefined,
  /** What opening a transport waits for. */
  open: undefined as Promise<unknown> | undefined,
}));
vi.mock("../../core/sealhall_core.wasm?url", () => ({ default: "core.wasm" }));
vi.mock("../src/core/client", () => ({
  CoreWorker: class {
    static async start() { return new this(); }
    stopped = false;
    told: unknown[] = [];
    constructor() { world.cores.push(this); }
    onMessage() { /* set by the store */ }
    send(message: unknown) { this.told.push(message); }
    stop() { this.stopped = true; }
    begin() { return world.begin ? world.begin() : Promise.resolve({ hpkePublicKey: "key", senderNonce: "nonce" }); }
  },
}));
vi.mock("../src/signalling/client", () => ({
  SignallingClient: class {
    sent: unknown[] = [];
    closed = false;
    constructor(_: string, readonly on: unknown) { world.sockets.push(this); }
    send(message: unknown) {
      if (!this.closed) this.sent.push(message);
      return !this.closed;
    }
    close() { this.closed = true; }
  },
}));
vi.mock("../src/media/session", () => ({
  MediaSession: class {
    sent = new Map<string, unknown>();
    opened = 0;
    closed = false;
    constructor(_: unknown, readonly on: unknown) { world.sessions.push(this); }
    async send(source: string, track: unknown) { this.sent.set(source, track); }
    async open() {
      this.opened += 1;
      await world.open;
    }
    async publish() { /* nothing */ }
    async likeCodec() { /* nothing */ }
    async setLayers() { /* nothing */ }
    async setCodecs() { /* nothing */ }
    pause() { /* nothing */ }
    close() { this.closed = true; }
  },
}));
vi.mock("../src/stage/devices", () => ({ devices: () => world.devices }));
vi.mock("../src/meeting/devices", () => ({ deviceFor: () => "device" }));

const settled = () => new Promise((resolve) => setImmediate(resolve));
const track = (kind: string): FakeTrack => ({ kind, readyState: "live", enabled: true, contentHint: "", onended: null, stop() { this.readyState = "ended"; } });
const nothing = { audio: null, video: null };
const joined = (room = 0, resume = "secret") => ({
  type: "joined", participant: 1, sender_index: 1, resume, role: "participant", slots: [], roster: [], waiting: [], generations: [], active_generation: 1,
  meeting: { meeting_uuid: "", meeting_id: "1", topic: "Tea", room, room_name: "", share: true, suspended: false }, transport: {}, relay: {},
}) as unknown as ServerMessage;
const last = <T>(all: unknown[]) => all.at(-1) as T;
const socket = () => last<Socket>(world.sockets);
const session = () => last<Session>(world.sessions);
const core = () => last<Core>(world.cores);
const of = (type: string) => socket().sent.filter((m) => m.type === type);

async function inside(own: { audio: FakeTrack | null; video: FakeTrack | null }) {
  const { MeetingStore } = await import("../src/meeting/store");
  const store = new MeetingStore();
  const again = async (devices: typeof own) => {
    await store.join({ meetingId: "1" }, "Ada", devices as unknown as Devices);
    socket().on.open();
    socket().on.message(joined());
    await settled();
  };
  await again(own);
  return { store, again };
}

beforeEach(() => {
  Object.assign(world, { sockets: [], sessions: [], cores: [], begin: undefined, open: undefined });
  const closed: string[] = [];
  world.devices = { closed, state: { problems: {} }, open: async () => null, close: (kind) => void closed.push(kind) };
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("location", { host: "server" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("muted", () => {
  it("at once, whatever the camera does", async () => {
    const { store } = await inside({ audio: track("audio"), video: null });
    expect(session().sent.get("audio")).not.toBeNull();
    world.devices.open = () => new Promise(() => undefined);  // a question that nobody answers
    void store.setMuted(false, false);
    void store.setMuted(true, false);
    await settled();
    expect(session().sent.get("audio")).toBeNull();
    expect(of("set_muted").at(-1)).toMatchObject({ audio: true });
    expect(store.state.audioMuted).toBe(true);
  });

  it("and the camera dark, when a connection never answers", async () => {
    const { store } = await inside({ audio: track("audio"), video: track("video") });
    const now = session();
    now.send = (source, what) => {
      now.sent.set(source, what);
      return new Promise(() => undefined);
    };
    void store.setMuted(true, true);
    await settled();
    expect(now.sent.get("audio")).toBeNull();
    expect(world.devices.closed).toContain("camera");
    expect(of("set_muted").at(-1)).toMatchObject({ audio: true, video: true });
  });

  it("of two wishes the later one counts, also when the earlier one waits longer", async () => {
    const { store } = await inside(nothing);
    let open!: (given: FakeTrack) => void;
    world.devices.open = () => new Promise((resolve) => { open = resolve as typeof open; });
    const speaking = store.setMuted(false, true);  // the key is held down
    await store.setMuted(true, true);  // and let go, before the microphone is there
    open(track("audio"));
    await speaking;
    expect(session().sent.get("audio") ?? null).toBeNull();
    expect(store.state.audioMuted).toBe(true);
    expect(of("set_muted").at(-1)).toMatchObject({ audio: true });
  });

  it("not any more, with the device that was opened; nor when the meeting is over by then", async () => {
    const { store } = await inside(nothing);
    const microphone = track("audio");
    world.devices.open = async () => microphone;
    await store.setMuted(false, true);
    expect(session().sent.get("audio")).toBe(microphone);
    expect(store.state).toMatchObject({ audioMuted: false, videoMuted: true });
    expect(of("set_muted").at(-1)).toMatchObject({ audio: false, video: true });
    let open!: (given: FakeTrack) => void;
    world.devices.open = () => new Promise((resolve) => { open = resolve as typeof open; });
    const camera = store.setMuted(false, false);
    store.leave();
    const messages = socket().sent.length;
    open(track("video"));
    await camera;
    expect(session().sent.get("camera")).toBeNull();
    expect(socket().sent.length).toBe(messages);
  });
});

const stream = (...tracks: FakeTrack[]) => ({
  getTracks: () => tracks, getVideoTracks: () => tracks.filter((t) => t.kind === "video"), getAudioTracks: () => tracks.filter((t) => t.kind === "audio"),
});
const chosen = (answer: () => Promise<unknown>) => vi.stubGlobal("navigator", { mediaDevices: { getDisplayMedia: answer } });

describe("a device that does not work", () => {
  it("is explained when one wishes to speak or to be seen, and nothing is said of what opens", async () => {
    const { store } = await inside(nothing);
    world.devices.open = async (kind) => (world.devices.state.problems = { [kind]: "busy" }, null);
    await store.setMuted(false, true);
    expect(store.state.notice).toBe("The microphone does not work. Another program is using it. Close that and try again.");
    expect(store.state.audioMuted).toBe(true);
    store.set({ notice: "" });
    world.devices.open = async (kind) => track(kind === "camera" ? "video" : "audio");
    await store.setMuted(false, false);
    expect(store.state.notice).toBe("");
  });

  it("is explained when it is pulled out; nothing is said of one that was off, or that is let go at the end", async () => {
    const { store } = await inside({ audio: track("audio"), video: null });
    world.devices.state.problems = { microphone: "none" };
    await store.useTrack("video", null);
    expect(store.state.notice).toBe("");
    await store.useTrack("audio", null);
    expect(store.state.notice).toBe("The microphone does not work. No such device was found. Is it plugged in?");
    store.set({ audioMuted: false });
    store.leave();
    await store.useTrack("audio", null);
    expect(store.state.notice).toBe("");
  });

  it("does not count the camera that the meeting wants off at the beginning", async () => {
    const { store } = await inside({ audio: null, video: track("video") });
    world.devices.close = (kind) => void (kind === "camera" && store.useTrack("video", null));
    socket().on.message({ ...joined(), video_muted: true } as unknown as ServerMessage);
    await settled();
    expect(store.state).toMatchObject({ videoMuted: true, notice: "" });
  });
});

describe("a shared screen", () => {
  it("and its sound end with the meeting: nothing of them is sent in the next one", async () => {
    const [picture, sound] = [track("video"), track("audio")];
    chosen(async () => stream(picture, sound));
    const { store, again } = await inside(nothing);
    await store.share();
    expect(store.state.sharing).toBe(true);
    expect(session().sent.get("share_audio")).toBe(sound);
    store.leave();
    expect([picture.readyState, sound.readyState, store.state.sharing]).toEqual(["ended", "ended", false]);
    await again(nothing);
    expect([session().sent.get("share") ?? null, session().sent.get("share_audio") ?? null]).toEqual([null, null]);
  });

  it("that is chosen after the end is given back", async () => {
    const picture = track("video");
    let choose!: (given: unknown) => void;
    chosen(() => new Promise((resolve) => { choose = resolve; }));
    const { store, again } = await inside(nothing);
    const choosing = store.share();
    store.leave();
    choose(stream(picture));
    await choosing;
    expect([picture.readyState, store.state.sharing]).toEqual(["ended", false]);
    await again(nothing);
    expect(session().sent.get("share") ?? null).toBeNull();
  });

  it("is not asked for where that may not be, or cannot be; afterwards it can", async () => {
    const { store } = await inside(nothing);
    let asked = 0;
    chosen(async () => (++asked, stream(track("video"))));
    store.set({ meeting: { ...store.state.meeting!, share: false } });
    await store.share();
    expect(asked).toBe(0);
    store.set({ meeting: { ...store.state.meeting!, share: true } });
    vi.stubGlobal("navigator", { mediaDevices: {} });
    await store.share();
    chosen(async () => (++asked, stream(track("video"))));
    await store.share();
    expect([asked, store.state.sharing]).toEqual([1, true]);
  });

  it("is asked for once at a time, and stays here when one goes into a room", async () => {
    const picture = track("video");
    let asked = 0;
    chosen(async () => (++asked, stream(picture)));
    const { store } = await inside(nothing);
    await Promise.all([store.share(), store.share()]);
    await store.share();
    expect(asked).toBe(1);
    await store.enterRoom(1, "North");
    expect([picture.readyState, store.state.sharing]).toEqual(["ended", false]);
  });
});

describe("who was in the meeting and has to wait", () => {
  const waiting: ServerMessage = { type: "waiting", participant: 4, topic: "Tea" };

  it("shows nobody a screen, and does not when let in; nothing of the meeting is shown to them", async () => {
    const [picture, sound] = [track("video"), track("audio")];
    const { store } = await inside(nothing);
    socket().on.message({ ...joined(), roster: [{ participant: 2, name: "Bob" }] } as unknown as ServerMessage);
    socket().on.message({ type: "chat", history: false, more: false, messages: [{ message: 1, from: 2, name: "Bob", text: "for those inside", reactions: [], files: [] }] } as unknown as ServerMessage);
    chosen(async () => stream(picture, sound));
    await store.share();
    socket().on.message(waiting);
    expect([picture.readyState, sound.readyState, store.state.sharing]).toEqual(["ended", "ended", false]);
    expect(store.state).toMatchObject({ phase: "waiting", self: 4, chat: [], meeting: null });
    expect([store.state.roster.size, store.state.names.size]).toEqual([0, 0]);
    socket().on.message(joined(0, "another secret"));
    await settled();
    expect([session().sent.get("share") ?? null, session().sent.get("share_audio") ?? null]).toEqual([null, null]);
  });

  it("waits again after a break, and is not said to come back into it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const { store } = await inside(nothing);
    socket().on.message(waiting);
    socket().on.closed();
    expect(store.state.phase).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1000);
    socket().on.open();
    expect(of("join")).toHaveLength(1);
    expect(of("join")[0]).not.toHaveProperty("resume");
  });

  it("keeps what hosts have said there when something else is written up", async () => {
    const { store } = await inside(nothing);
    socket().on.message(waiting);
    socket().on.message({ type: "chat", history: true, more: false, messages: [{ message: 3, from: 2, name: "Bob", text: "A moment", reactions: [], files: [] }] } as unknown as ServerMessage);
    socket().on.message({ ...waiting, title: "We begin late" });
    expect(store.state).toMatchObject({ chat: [{ text: "A moment" }], lobby: { title: "We begin late" } });
  });
});

describe("coming back", () => {
  it("as somebody new, one finds no rooms, names or files of before; as oneself, the rooms are still there", async () => {
    const { store } = await inside(nothing);
    const rooms = { type: "rooms", rooms: [{ room: 1, name: "North", assigned: [1], inside: [] }], open: true, choose: true, closing_in_seconds: 60 } as unknown as ServerMessage;
    socket().on.message({ ...joined(), roster: [{ participant: 2, name: "Bob" }] } as unknown as ServerMessage);
    socket().on.message(rooms);
    const elsewhere: boolean[] = [];
    store.files.joinedAgain = (is) => void elsewhere.push(is);
    socket().on.message(joined());
    expect(store.state).toMatchObject({ roomsOpen: true, rooms: [{ name: "North" }] });
    expect(store.state.names.get(2)).toBe("Bob");
    // The server has lost its memory: the same number, and another secret.
    socket().on.message(joined(0, "another secret"));
    expect(store.state).toMatchObject({ roomsOpen: false, roomsCloseAt: null, rooms: [] });
    expect(store.state.names.size).toBe(0);
    expect(elsewhere).toEqual([false, true]);
  });

  it("a worker that cannot begin is given up, and another one is asked", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const { store } = await inside(nothing);
    const first = core();
    world.begin = () => Promise.reject(new Error("the core stopped"));
    socket().on.closed();
    await vi.advanceTimersByTimeAsync(1000);
    expect(first.stopped).toBe(true);
    world.begin = undefined;
    await vi.advanceTimersByTimeAsync(3000);
    expect(world.cores.length).toBe(2);
    socket().on.open();
    socket().on.message(joined());
    await settled();
    expect(store.state.phase).toBe("joined");
  });

  it("a worker that fails in the meeting is given up; it is not tried for ever", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { store } = await inside(nothing);
    for (let time = 1; time <= 3; ++time) {
      core().onMessage({ type: "failed", message: "the core stopped" });
      expect(store.state.phase).toBe("reconnecting");
      await vi.advanceTimersByTimeAsync(1000);
      expect(world.cores.length).toBe(1 + time);
      socket().on.open();
      socket().on.message(joined());
      await settled();
      expect(store.state.phase).toBe("joined");
    }
    core().onMessage({ type: "failed", message: "the core stopped" });
    expect(store.state).toMatchObject({ phase: "ended", errorCode: "internal" });
  });

  it("whoever leaves while it is tried, and joins again, joins once", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const { store, again } = await inside(nothing);
    socket().on.closed();
    store.leave();
    await again(nothing);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(world.sockets.length).toBe(2);
    expect(store.state.phase).toBe("joined");
  });

  it("nothing comes back that has ended", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const { store } = await inside(nothing);
    const before = session();
    store.leave();
    before.on.rejoin();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([store.state.phase, world.sockets.length]).toEqual(["ended", 1]);
  });
});

test("a file that the server was looking at when one left does not keep the chat of the next meeting from sending", async () => {
  const { store, again } = await inside(nothing);
  vi.stubGlobal("fetch", async () => new Response());
  const uploading = store.files.upload(new File(["tea"], "tea.txt"));
  socket().on.message({ type: "file_ticket", request: of("offer_file")[0]!["request"], file: "f", ticket: "t", name: "tea.txt", size: 3, piece: 10 } as unknown as ServerMessage);
  await uploading;
  expect(store.files.transfers.map((t) => t.state)).toEqual(["checking"]);
  store.leave();
  await again(nothing);
  expect(store.files.transfers.map((t) => t.state)).toEqual(["failed"]);
});

describe("while the connection is away", () => {
  const lost = "The connection was interrupted: what you did last may not have been done. Look, and do it again if need be.";

  it("nobody is made to believe that something was done, whether the server answers such things or not", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const { store } = await inside(nothing);
    expect(store.command("mute_all")).toBe(true);
    expect(of("host_command")).toHaveLength(1);
    expect(store.state.notice).toBe("");
    const answered = store.act({ type: "send_chat", text: "hello", files: [], scope: "everyone" });
    socket().on.closed();
    expect(store.command("new_keys")).toBe(false);
    expect(store.state.notice).toBe(lost);
    store.set({ notice: "" });
    expect(await store.act({ type: "send_chat", text: "again", files: [], scope: "everyone" })).toBe(false);
    expect(store.state.notice).toBe(lost);
    store.set({ notice: "" });
    // What was on its way is told when the next connection is made.
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answered).toBe(false);
    expect(store.state.notice).toBe(lost);
  });

  it("what nobody pressed is no matter: neither a way into a room nor what is under way when one leaves", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const { store } = await inside(nothing);
    await store.enterRoom(1, "North");
    socket().on.closed();
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.state).toMatchObject({ phase: "reconnecting", notice: "", moving: null });
    socket().on.open();
    socket().on.message(joined());
    void store.act({ type: "send_chat", text: "hello", files: [], scope: "everyone" });
    store.leave();
    await settled();
    expect(store.state).toMatchObject({ phase: "ended", notice: "" });
  });
});

describe("what is being written", () => {
  it("goes to the same person after a reconnect, and to nobody when the person's number says nothing any more", async () => {
    const { store } = await inside(nothing);
    store.unsent = "between us";
    store.set({ chatTo: 7 });
    socket().on.message(joined());
    expect(store.state.chatTo).toBe(7);
    socket().on.message(joined(0, "another secret"));
    expect(store.state.chatTo).toBe(0);
  });

  it("to hosts out of the waiting room is not for everyone afterwards; once it is sent, one begins with everyone", async () => {
    for (const [unsent, to] of [["may I come in?", "hosts"], ["", "everyone"]] as const) {
      const { store } = await inside(nothing);
      socket().on.message({ type: "waiting", participant: 1, topic: "Tea" });
      store.unsent = unsent;
      store.set({ chatTo: "hosts" });
      socket().on.message(joined(0, "another secret"));
      expect(store.state.chatTo).toBe(to);
    }
  });

  it("in one room is not for everyone in another one, nor what was private for everyone in the next meeting", async () => {
    const { store, again } = await inside(nothing);
    socket().on.message(joined(1));
    store.unsent = "only for us here";
    socket().on.message(joined(0));
    expect(store.state.chatTo).toBe(0);
    store.set({ chatTo: 7 });
    store.leave();
    await again(nothing);
    expect(store.state.chatTo).toBe(0);
    store.unsent = "";
    store.leave();
    await again(nothing);
    expect(store.state.chatTo).toBe("everyone");
  });
});

describe("on the way into a room", () => {
  it("a transport of where one was opens nothing", async () => {
    const { store } = await inside(nothing);
    const before = session();
    let give!: (keys: unknown) => void;
    world.begin = () => new Promise((resolve) => { give = resolve; });
    const going = store.enterRoom(1, "North");
    socket().on.message({ ...joined(), type: "transport_reset" } as unknown as ServerMessage);
    await settled();
    expect([before.opened, before.closed]).toEqual([1, true]);
    give({ hpkePublicKey: "key", senderNonce: "nonce" });
    await going;
    expect(of("enter_room")).toHaveLength(1);
  });

  it("a transport that never opens keeps nobody from going on, and its end says nothing of the next one", async () => {
    const { store } = await inside(nothing);
    await store.enterRoom(1, "North");
    let fail!: (why: Error) => void;
    world.open = new Promise((_, reject) => { fail = reject; });
    socket().on.message(joined(1));
    await settled();
    await store.enterRoom(2, "South");
    expect(of("enter_room").map((m) => m["room"])).toEqual([1, 2]);
    fail(new Error("closed"));
    await settled();
    expect(store.state.phase).toBe("joined");
  });

  it("the next one waits until the first has answered; the last wish counts, also that of going back", async () => {
    const { store } = await inside(nothing);
    await store.enterRoom(1, "North");
    await store.enterRoom(2, "South");
    await store.enterRoom(0);
    expect(of("enter_room").map((m) => m["room"])).toEqual([1]);
    socket().on.message(joined(1));
    await settled();
    expect(of("enter_room").map((m) => m["room"])).toEqual([1, 0]);
    socket().on.message(joined(0));
    await settled();
    expect(store.state.meeting?.room).toBe(0);
    await store.enterRoom(2, "South");
    expect(of("enter_room").map((m) => m["room"])).toEqual([1, 0, 2]);
  });
});
