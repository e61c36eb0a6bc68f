// The one transport of a join: an RTCPeerConnection that publishes our sources and receives into a fixed pool of slots.
// Which participant a slot shows is signalling's business; nothing is renegotiated after the start.
import type { Encoding, PublishedSource, RelayCredentials, Slot, SourceKind, TransportParameters } from "@protocol/signalling";
import { contextOf } from "../core/contexts";
import type { MediaSource, TransformOptions } from "../core/messages";
import { answerTo, fitsProfile, transportOf } from "./sdp";

export interface ReceivedTrack {
  slot: number;
  /** Its place among our receivers, which is how the worker names it. */
  receiver: number;
  video: boolean;
  track: MediaStreamTrack;
}

interface LayerPlan {
  rid: string;
  scale: number;
  maxBitrate: number;
}

/** Small to large. A browser encodes a third layer only from 960 pixels of width on. */
function cameraLayers(width: number): LayerPlan[] {
  if (width >= 960) return [{ rid: "q", scale: 4, maxBitrate: 150_000 }, { rid: "h", scale: 2, maxBitrate: 500_000 }, { rid: "f", scale: 1, maxBitrate: 1_700_000 }];
  return [{ rid: "q", scale: 2, maxBitrate: 200_000 }, { rid: "h", scale: 1, maxBitrate: 700_000 }];
}

export const supported = (): boolean => typeof RTCRtpScriptTransform !== "undefined" && typeof RTCPeerConnection !== "undefined";

export class MediaConnection {
  private readonly pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  private readonly senders = new Map<MediaSource, RTCRtpTransceiver>();
  private readonly receivers: { index: number; video: boolean; transceiver: RTCRtpTransceiver }[] = [];
  private readonly layers: LayerPlan[];
  private offer = "";
  onState: (state: RTCPeerConnectionState) => void = () => undefined;

  private constructor(private readonly worker: Worker, cameraWidth: number) {
    this.layers = cameraLayers(cameraWidth);
    this.pc.onconnectionstatechange = () => this.onState(this.pc.connectionState);
  }

  /** Makes connection and offer; `transport` is then what Join announces. */
  static async prepare(worker: Worker, audioSlots: number, videoSlots: number, cameraWidth: number): Promise<MediaConnection> {
    const self = new MediaConnection(worker, cameraWidth);
    self.addSender("audio", "audio", undefined);
    self.addSender("camera", "video", self.layers.map(({ rid, scale, maxBitrate }) => ({ rid, scaleResolutionDownBy: scale, maxBitrate })));
    self.addSender("share", "video", [{ maxBitrate: 2_500_000 }]);
    self.addSender("share_audio", "audio", undefined);
    for (let k = 0; k < audioSlots + videoSlots; ++k) self.addReceiver(k, k >= audioSlots);
    self.offer = (await self.pc.createOffer()).sdp ?? "";
    if (!fitsProfile(self.offer)) throw new Error("This browser numbers its codecs differently and cannot be used yet.");
    return self;
  }

  get transport(): TransportParameters {
    return transportOf(this.offer);
  }

  /** What Joined says. Resolves with the tracks of the slots, which live as long as the connection. */
  async start(server: TransportParameters, relay: RelayCredentials, slots: Slot[]): Promise<ReceivedTrack[]> {
    this.pc.setConfiguration({
      bundlePolicy: "max-bundle",
      iceServers: [{ urls: `turns:${location.hostname}:${location.port || "443"}?transport=tcp`, username: relay.username, credential: relay.password }],
    });
    await this.pc.setLocalDescription({ type: "offer", sdp: this.offer });
    const tracks: ReceivedTrack[] = [];
    for (const video of [false, true]) {
      const mine = this.receivers.filter((r) => r.video === video);
      slots.filter((s) => s.video === video).forEach(({ slot }, k) => {
        const receiver = mine[k];
        if (receiver) tracks.push({ slot, receiver: receiver.index, video, track: receiver.transceiver.receiver.track });
      });
    }
    await this.pc.setRemoteDescription({ type: "answer", sdp: answerTo(this.offer, server, slots) });
    return tracks;
  }

  /** What Publish says, with the streams' numbers as the browser has chosen them, and each number's layer. */
  async published(sources: MediaSource[], camera: { width: number; height: number }): Promise<{ sources: PublishedSource[]; rids: Record<number, string> }> {
    const rids: Record<number, string> = {};
    const found: PublishedSource[] = [];
    const report = await this.pc.getStats();
    const streams = [...(report as unknown as Map<string, Record<string, unknown>>).values()].filter((s) => s["type"] === "outbound-rtp");
    for (const source of sources) {
      const mid = this.senders.get(source)?.mid;
      const video = source === "camera" || source === "share";
      const encodings: Encoding[] = [];
      for (const stream of streams.filter((s) => s["mid"] === mid)) {
        const rid = video ? ((stream["rid"] as string | undefined) ?? "f") : "";
        const ssrc = stream["ssrc"] as number;
        if (!ssrc || contextOf(source, rid) === undefined) continue;
        rids[ssrc] = rid;
        const plan = source === "camera" ? this.layers.find((l) => l.rid === rid) : undefined;
        const scale = plan?.scale ?? 1;
        encodings.push({
          rid, ssrc, rtx_ssrc: (stream["rtxSsrc"] as number | undefined) ?? 0,
          width: video ? Math.round(camera.width / scale) : 0, height: video ? Math.round(camera.height / scale) : 0,
          max_bitrate_bps: plan?.maxBitrate ?? (video ? 2_500_000 : 64_000),
        });
      }
      encodings.sort((a, b) => a.height - b.height);
      if (encodings.length > 0) found.push({ kind: source as SourceKind, codec: video ? "vp8" : "opus", encodings });
    }
    return { sources: found, rids };
  }

  async send(source: MediaSource, track: MediaStreamTrack | null): Promise<void> {
    await this.senders.get(source)?.sender.replaceTrack(track);
  }

  /** LayersWanted: what nobody looks at is not encoded. */
  async setLayers(source: MediaSource, rids: string[]): Promise<void> {
    const sender = this.senders.get(source)?.sender;
    const parameters = sender?.getParameters();
    if (!sender || !parameters || parameters.encodings.length === 0) return;
    for (const encoding of parameters.encodings) encoding.active = rids.includes(encoding.rid ?? "f");
    await sender.setParameters(parameters).catch(() => undefined);
  }

  stats(): Promise<RTCStatsReport> {
    return this.pc.getStats();
  }

  close(): void {
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }

  /** The transform is set at once: Chromium passes frames by one that is set later. */
  private addReceiver(index: number, video: boolean): void {
    const transceiver = this.pc.addTransceiver(video ? "video" : "audio", { direction: "recvonly" });
    transceiver.receiver.transform = this.transform({ direction: "receive", receiver: index, video });
    this.receivers.push({ index, video, transceiver });
  }

  private addSender(source: MediaSource, kind: "audio" | "video", sendEncodings: RTCRtpEncodingParameters[] | undefined): void {
    const transceiver = this.pc.addTransceiver(kind, { direction: "sendonly", ...(sendEncodings ? { sendEncodings } : {}) });
    transceiver.sender.transform = this.transform({ direction: "send", source });
    this.senders.set(source, transceiver);
  }

  private transform(options: TransformOptions): RTCRtpScriptTransform {
    return new RTCRtpScriptTransform(this.worker, options);
  }
}
