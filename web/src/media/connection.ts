// One transport of a join: an RTCPeerConnection that publishes our sources and receives into a fixed pool of slots. Which
// participant a slot shows is signalling's business; nothing is renegotiated. When the transport is made again, this is, too.
import type { Encoding, PublishedSource, RelayCredentials, Slot, SourceKind, TransportParameters } from "@protocol/signalling";
import type { VideoCodec } from "../core/codecs";
import { contextOf } from "../core/contexts";
import type { MediaSource } from "../core/messages";
import { audioBitrate, cameraLayers, layersOf, shareBitrate, type LayerPlan } from "./layers";
import { udpAnswers } from "./probe";
import { candidatesOf, codecsOf, offerOf, sectionsFor, streamsOf, transportOf, type Section, type SentStream } from "./sdp";
import { configurationFor, putTransform, transformKind } from "./transforms";

export interface ReceivedTrack {
  slot: number;
  /** How the worker names the receiver; no two in the life of the page are the same. */
  receiver: number;
  video: boolean;
  track: MediaStreamTrack;
}

/** What `Joined` and `TransportReset` say. */
export interface ServerEnd {
  transport: TransportParameters;
  relay: RelayCredentials;
  slots: Slot[];
}

export const supported = (): boolean => transformKind() !== "none";

/** RTCRtpEncodingParameters as far as browsers have the codec in it (WebRTC Extensions, "codec"). */
export type CodecEncoding = RTCRtpEncodingParameters & { codec?: { mimeType: string; clockRate: number; channels?: number; sdpFmtpLine?: string }; scalabilityMode?: string };

let nextReceiver = 0;

export class MediaConnection {
  private readonly pc: RTCPeerConnection;
  private readonly kind = transformKind();
  private readonly senders = new Map<MediaSource, RTCRtpTransceiver>();
  private readonly tracks: ReceivedTrack[] = [];
  private readonly guarded = new Set<RTCRtpTransceiver>();
  private layers: LayerPlan[];
  private readonly sections: Section[];
  private named: SentStream[] = [];
  private rounds = 0;
  private changes: Promise<unknown> = Promise.resolve();
  /** What `published` says of camera and screen. */
  codec: VideoCodec = "vp8";
  onState: (state: RTCPeerConnectionState) => void = () => undefined;

  constructor(private readonly worker: Worker, private readonly server: ServerEnd, cameraWidth: number) {
    this.layers = cameraLayers(cameraWidth);
    this.sections = sectionsFor(server.slots, this.layers.map((layer) => layer.rid));
    this.pc = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      iceServers: [{ urls: `turns:${location.hostname}:${location.port || "443"}?transport=tcp`, username: server.relay.username, credential: server.relay.password }],
      ...configurationFor(this.kind),
    });
    this.pc.onconnectionstatechange = () => this.onState(this.pc.connectionState);
  }

  /** Answers the server's offer; `say` is given our end of it before the first check leaves, and what the slots take besides
   * VP8. Resolves with the tracks of the slots, which live as long as the connection. */
  async start(say: (mine: TransportParameters, codecs: VideoCodec[]) => void): Promise<ReceivedTrack[]> {
    this.pc.ontrack = () => this.guard();
    await this.pc.setRemoteDescription({ type: "offer", sdp: offerOf(this.sections, this.server.transport) });
    this.guard();
    if (this.guarded.size !== this.sections.length) throw new Error("This browser does not take the server's offer.");
    const answer = await this.pc.createAnswer();
    say(transportOf(answer.sdp ?? "", this.sections), codecsOf(answer.sdp ?? "", this.sections));
    this.named = streamsOf(answer.sdp ?? "", this.sections);
    await this.pc.setLocalDescription(answer);
    await this.inTurn(() => this.limitRates());
    return this.tracks;
  }

  /** Every sender and receiver gets its transform in the step that makes it. Nothing flows before setLocalDescription either,
   * but Chromium passes frames by a transform that is set later than here. */
  private guard(): void {
    for (const transceiver of this.pc.getTransceivers()) {
      const section = this.sections.find((s) => s.mid === transceiver.mid);
      if (!section || this.guarded.has(transceiver)) continue;
      this.guarded.add(transceiver);
      if ("source" in section) {
        transceiver.direction = "sendonly";
        putTransform(this.kind, this.worker, transceiver.sender, { direction: "send", source: section.source });
        this.senders.set(section.source, transceiver);
      } else {
        const receiver = nextReceiver++;
        putTransform(this.kind, this.worker, transceiver.receiver, { direction: "receive", receiver, video: section.video });
        this.tracks.push({ slot: section.slot.slot, receiver, video: section.video, track: transceiver.receiver.track });
      }
    }
  }

  /** Parameters of senders are read, changed and put back: in between nobody else may, or one of both changes is lost. */
  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.changes.then(change);
    this.changes = done.catch(() => undefined);
    return done;
  }

  private async limitRates(): Promise<void> {
    for (const [source, transceiver] of this.senders) {
      if (source !== "camera" && source !== "share") continue;
      const parameters = transceiver.sender.getParameters();
      for (const encoding of parameters.encodings) {
        const plan = this.layers.find((layer) => layer.rid === encoding.rid);
        if (source === "camera" && plan) encoding.scaleResolutionDownBy = plan.scale;
        encoding.maxBitrate = source === "camera" && plan ? plan.maxBitrate : shareBitrate;
      }
      await transceiver.sender.setParameters(parameters);
    }
  }

  /** Another camera, or the first one of somebody who came without: it is coded by its own size. */
  cameraIs(width: number): Promise<void> {
    this.layers = layersOf(width, this.layers);
    return this.inTurn(() => this.limitRates());
  }

  /** As the answer names them, else as the statistics do. */
  private async sentStreams(): Promise<SentStream[]> {
    const report = (await this.pc.getStats()) as unknown as Map<string, Record<string, unknown>>;
    const known = new Set(this.named.map((s) => s.mid));
    const counted = [...report.values()].flatMap((s) => {
      const mid = String(s["mid"]);
      if (s["type"] !== "outbound-rtp" || !s["ssrc"] || known.has(mid)) return [];
      const rid = s["kind"] === "video" ? ((s["rid"] as string | undefined) ?? "f") : "";
      return [{ mid, rid, ssrc: s["ssrc"] as number, rtx: (s["rtxSsrc"] as number | undefined) ?? 0 }];
    });
    return [...this.named, ...counted];
  }

  /** What Publish says, with the streams' numbers as the browser has chosen them, and each number's layer. */
  async published(sources: MediaSource[], camera: { width: number; height: number }): Promise<{ sources: PublishedSource[]; rids: Record<number, string> }> {
    const rids: Record<number, string> = {};
    const found: PublishedSource[] = [];
    const streams = await this.sentStreams();
    for (const source of sources) {
      const mid = this.senders.get(source)?.mid;
      const video = source === "camera" || source === "share";
      const encodings: Encoding[] = [];
      for (const { rid, ssrc, rtx } of streams.filter((s) => s.mid === mid)) {
        if (contextOf(source, rid) === undefined) continue;
        rids[ssrc] = rid;
        const plan = source === "camera" ? this.layers.find((l) => l.rid === rid) : undefined;
        const scale = plan?.scale ?? 1;
        encodings.push({
          rid, ssrc, rtx_ssrc: rtx,
          width: video ? Math.round(camera.width / scale) : 0, height: video ? Math.round(camera.height / scale) : 0,
          max_bitrate_bps: plan?.maxBitrate ?? (video ? shareBitrate : audioBitrate),
        });
      }
      encodings.sort((a, b) => a.height - b.height);
      if (encodings.length > 0) found.push({ kind: source as SourceKind, codec: video ? this.codec : "opus", encodings });
    }
    return { sources: found, rids };
  }

  async send(source: MediaSource, track: MediaStreamTrack | null): Promise<void> {
    await this.senders.get(source)?.sender.replaceTrack(track);
  }

  /** Camera and screen are encoded so from their next frames on, which are key frames; nothing is negotiated, and streams keep
   * their numbers. False when this browser cannot do it: everything is VP8 then. */
  encode(codec: VideoCodec): Promise<boolean> {
    return this.inTurn(async () => {
      const done = await this.putCodec(codec).catch(() => false);
      if (!done && codec !== "vp8") await this.putCodec("vp8").catch(() => false);
      return done;
    });
  }

  private async putCodec(codec: VideoCodec): Promise<boolean> {
    const isIt = ({ mimeType }: { mimeType: string }) => mimeType.toLowerCase() === `video/${codec}`;
    for (const source of ["camera", "share"] as const) {
      const sender = this.senders.get(source)?.sender;
      const parameters = sender?.getParameters();
      const negotiated = parameters?.codecs?.find(isIt);
      if (!sender || !parameters || !negotiated) return false;
      for (const encoding of parameters.encodings as CodecEncoding[]) {
        encoding.codec = negotiated;
        // One stream a layer, as with VP8. Without it Chromium makes one stream with spatial layers out of all of them.
        if (codec === "vp8") delete encoding.scalabilityMode;
        else encoding.scalabilityMode = "L1T1";
      }
      await sender.setParameters(parameters);
      // A browser that does not know the member leaves it out.
      const now = sender.getParameters().encodings as CodecEncoding[];
      if (!now.every((encoding) => encoding.codec && isIt(encoding.codec))) return false;
    }
    return true;
  }

  /** LayersWanted: what nobody looks at is not encoded. */
  setLayers(source: MediaSource, rids: string[]): Promise<void> {
    return this.inTurn(async () => {
      const sender = this.senders.get(source)?.sender;
      const parameters = sender?.getParameters();
      if (!sender || !parameters || parameters.encodings.length === 0) return;
      for (const encoding of parameters.encodings) encoding.active = rids.includes(encoding.rid ?? "f");
      await sender.setParameters(parameters).catch(() => undefined);
    });
  }

  /** Whether the server answers over UDP now, asked beside what flows, which does not notice. */
  udpWorks(signal: AbortSignal): Promise<boolean> {
    return udpAnswers(this.server.transport, signal);
  }

  /** Tells the browser the server's addresses once more. Chromium, which gives up a way that has not answered for 15 s, tries
   * it again then, and changes to it without a pause; Firefox looks for no other way once it has one. */
  async tryAddressesAgain(): Promise<void> {
    const { mid } = this.sections[0]!;
    for (const candidate of candidatesOf(this.server.transport, ++this.rounds)) await this.pc.addIceCandidate({ candidate, sdpMid: mid }).catch(() => undefined);
  }

  stats(): Promise<RTCStatsReport> {
    return this.pc.getStats();
  }

  close(): void {
    this.pc.ontrack = null;
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}
