// The media of one join over its transports: opens the connection that the server describes, says our end of it, publishes
// what we send, asks for another transport when the network has changed, and goes back to UDP when it works again.
import type { ClientMessage, SourceKind } from "@protocol/signalling";
import type { CoreWorker } from "../core/client";
import type { VideoCodec } from "../core/codecs";
import type { MediaSource } from "../core/messages";
import { MediaConnection, type ReceivedTrack, type ServerEnd } from "./connection";
import { PathWatch } from "./path_watch";
import { trafficOf } from "./silence";
import { UdpReturn } from "./udp_return";

export interface MediaEvents {
  send(message: ClientMessage): void;
  /** The tracks of the slots, new with every transport. */
  tracks(tracks: ReceivedTrack[]): void;
  state(state: RTCPeerConnectionState): void;
  /** Nothing comes through, and no new transport either: join again. */
  rejoin(): void;
}

/** Longer: people wait longer when UDP is blocked; shorter: the statistics are read more often. */
const lookEvery = 200;

export class MediaSession {
  private connection: MediaConnection | undefined;
  private readonly sent = new Map<MediaSource, MediaStreamTrack | null>();
  private readonly wanted = new Map<SourceKind, string[]>();
  private readonly watch = new PathWatch();
  private readonly back = new UdpReturn(Math.random);
  private watching: AbortController | undefined;
  private camera = { width: 640, height: 360 };
  /** What everybody takes besides VP8, as the server has said last of this transport. */
  private common: readonly string[] = [];
  private liked: VideoCodec = "vp8";
  /** The connection that publishes already, and what is being changed of it: one thing after the other. */
  private published: MediaConnection | undefined;
  private changing: Promise<void> = Promise.resolve();

  constructor(private readonly core: CoreWorker, private readonly on: MediaEvents) {}

  /** What Joined or TransportReset says. The connection before ends; the keys, and what is sent, go on. */
  async open(server: ServerEnd): Promise<void> {
    this.connection?.close();
    this.connection = undefined;
    this.wanted.clear();
    this.common = [];
    const { width } = this.camera;
    const connection = new MediaConnection(this.core.worker, server, width);
    this.connection = connection;
    this.watch.started(performance.now());
    this.back.started();
    this.look();
    connection.onState = (state) => {
      this.watch.connection(state, performance.now());
      this.on.state(state);
    };
    try {
      const tracks = await connection.start((transport, codecs) => this.on.send({
        type: "client_transport", answers: server.transport.ice_ufrag, transport, ...(codecs.length > 0 ? { video_codecs: codecs } : {}),
      }));
      if (this.connection !== connection) return;
      this.on.tracks(tracks);
      for (const [source, track] of this.sent) if (track) await connection.send(source, track);
      if (this.camera.width !== width) await connection.cameraIs(this.camera.width);
      await this.publish();
      for (const [kind, rids] of this.wanted) await connection.setLayers(kind, rids);
      this.published = connection;
      await this.chooseCodec();
    } catch (error) {
      // Another transport may have come, or the end, while this one was made.
      if (this.connection === connection) throw error;
    }
  }

  /** What `source` sends from now on, over this transport and the next ones; null: nothing. */
  async send(source: MediaSource, track: MediaStreamTrack | null): Promise<void> {
    this.sent.set(source, track);
    const { width, height } = (source === "camera" && track?.getSettings()) || {};
    const other = width && height && (width !== this.camera.width || height !== this.camera.height);
    if (other) this.camera = { width, height };
    const { connection } = this;
    await connection?.send(source, track);
    if (!other || !connection || connection !== this.published) return;
    await connection.cameraIs(width);
    await this.publish();
  }

  /** Announces what is sent: microphone and camera always, so that unmuting needs no message, a screen while it is shared. */
  async publish(): Promise<void> {
    const sources: MediaSource[] = ["audio", "camera"];
    for (const source of ["share", "share_audio"] as const) if (this.sent.get(source)) sources.push(source);
    const { connection } = this;
    const published = await connection?.published(sources, this.camera);
    if (!published || this.connection !== connection) return;
    this.core.send({ type: "ssrcs", rids: published.rids });
    this.on.send({ type: "publish", sources: published.sources });
  }

  /** VideoCodecs: what everybody takes besides VP8. */
  setCodecs(common: readonly string[]): Promise<void> {
    this.common = common;
    return this.chooseCodec();
  }

  /** In what this person wants pictures to be sent, where everybody takes it. */
  likeCodec(codec: VideoCodec): Promise<void> {
    this.liked = codec;
    return this.chooseCodec();
  }

  private chooseCodec(): Promise<void> {
    return (this.changing = this.changing.then(() => this.useCodec()).catch(() => undefined));
  }

  private async useCodec(): Promise<void> {
    const { connection } = this;
    const codec = this.common.includes(this.liked) ? this.liked : "vp8";
    if (!connection || connection !== this.published || connection.codec === codec) return;
    // The server hears of it before the first frame: it drops what it does not expect. VP8 it expects always.
    connection.codec = codec;
    await this.publish();
    if ((await connection.encode(codec)) || codec === "vp8" || connection !== this.connection) return;
    connection.codec = "vp8";
    this.liked = "vp8";
    await this.publish();
  }

  /** LayersWanted: what nobody looks at is not encoded. */
  async setLayers(kind: SourceKind, rids: string[]): Promise<void> {
    this.wanted.set(kind, rids);
    await this.connection?.setLayers(kind, rids);
  }

  stats(): Promise<RTCStatsReport> | undefined {
    return this.connection?.stats();
  }

  /** The join is made again anyway; what flows goes on. */
  pause(): void {
    this.watching?.abort();
    this.watching = undefined;
  }

  /** Until the next `open`. */
  close(): void {
    this.pause();
    this.connection?.close();
    this.connection = undefined;
  }

  private look(): void {
    if (this.watching) return;
    const { signal } = (this.watching = new AbortController());
    const act = () => {
      const action = this.watch.due(performance.now());
      if (action === "renew") this.on.send({ type: "renew_transport" });
      else if (action === "rejoin") this.on.rejoin();
      else void goBack();
    };
    const goBack = async () => {
      const { connection } = this;
      const step = this.back.due(performance.now());
      if (step === "ask") this.back.answered((await connection?.udpWorks(signal)) ?? false, performance.now());
      else if (step === "move") await connection?.tryAddressesAgain();
      else if (step === "renew") this.watch.better();
    };
    let reading: MediaConnection | undefined;
    const read = async () => {
      const { connection } = this;
      if (!connection || connection === reading) return;
      reading = connection;
      const report = await connection.stats().catch(() => undefined);
      if (reading === connection) reading = undefined;
      if (signal.aborted || connection !== this.connection || !report) return;
      const traffic = trafficOf(report as unknown as ReadonlyMap<string, Record<string, unknown>>);
      this.watch.read(traffic, performance.now());
      this.back.read(traffic?.relayed, performance.now());
      act();
    };
    const network = (online: boolean) => () => {
      this.watch.network(online);
      act();
    };
    window.addEventListener("online", network(true), { signal });
    window.addEventListener("offline", network(false), { signal });
    const timer = window.setInterval(() => {
      act();
      void read();
    }, lookEvery);
    signal.addEventListener("abort", () => window.clearInterval(timer));
  }
}
