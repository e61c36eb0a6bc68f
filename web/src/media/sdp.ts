// All of SDP that this client knows (RFC 8866, RFC 8829): writes the offer that the server's transport parameters mean, and
// reads the browser's answer. Nothing else in the page handles SDP, and none travels.
//
// The server offers, because whoever offers numbers payload types and header extensions: the server forwards one
// participant's packets to another one and cannot have them numbered differently in each browser.
import type { Slot, TransportParameters } from "@protocol/signalling";
import { type VideoCodec, videoCodecNames, videoCodecs } from "../core/codecs";
import type { MediaSource } from "../core/messages";

/** What the server's profile fixes (core/rtp/profile.h, core/rtp/extensions.h). */
const opus = 111;
const extensions = {
  audioLevel: "1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  sendTime: "2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  transportCc: "3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  mid: "4 urn:ietf:params:rtp-hdrext:sdes:mid",
  rid: "10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  repairedRid: "11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
} as const;

/** One section of the offer, in their order: something of ours that is sent, or a slot. */
export type Section =
  | { mid: string; video: boolean; source: MediaSource; rids: string[] }
  | { mid: string; video: boolean; slot: Slot };

export class SdpError extends Error {}

/** What we send comes first, then the slots as the server numbers them. `rids`: the camera's layers, small to large. */
export function sectionsFor(slots: Slot[], rids: string[]): Section[] {
  const sources: { source: MediaSource; video: boolean; rids: string[] }[] = [
    { source: "audio", video: false, rids: [] },
    { source: "camera", video: true, rids },
    { source: "share", video: true, rids: [] },
    { source: "share_audio", video: false, rids: [] },
  ];
  return [
    ...sources.map((source, k) => ({ mid: String(k), ...source })),
    ...slots.map((slot, k) => ({ mid: String(sources.length + k), video: slot.video, slot })),
  ];
}

export function offerOf(sections: Section[], server: TransportParameters): string {
  const out = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", `a=group:BUNDLE ${sections.map((s) => s.mid).join(" ")}`, "a=ice-lite", "a=msid-semantic:WMS *"];
  for (const section of sections) out.push(...offerSection(section, server));
  return out.join("\r\n") + "\r\n";
}

function offerSection(section: Section, server: TransportParameters): string[] {
  const types = section.video ? videoCodecNames.flatMap((name) => [videoCodecs[name].payload, videoCodecs[name].rtx]) : [opus];
  const sends = "source" in section;
  const layered = sends && section.rids.length > 0;
  const out = [
    `m=${section.video ? "video" : "audio"} 9 UDP/TLS/RTP/SAVPF ${types.join(" ")}`,
    "c=IN IP4 0.0.0.0",
    "a=rtcp-mux",
    "a=rtcp-rsize",
    ...endOf(server),
    `a=mid:${section.mid}`,
    `a=${sends ? "recvonly" : "sendonly"}`,
  ];
  const { audioLevel, sendTime, transportCc, mid, rid, repairedRid } = extensions;
  for (const name of [...(section.video ? [] : [audioLevel]), sendTime, transportCc, mid, ...(layered ? [rid, repairedRid] : [])]) out.push(`a=extmap:${name}`);
  if (section.video) {
    for (const name of videoCodecNames) {
      const { payload, rtx, encoding, format } = videoCodecs[name];
      out.push(`a=rtpmap:${payload} ${encoding}/90000`);
      for (const feedback of ["transport-cc", "nack", "nack pli"]) out.push(`a=rtcp-fb:${payload} ${feedback}`);
      if (format) out.push(`a=fmtp:${payload} ${format}`);
      out.push(`a=rtpmap:${rtx} rtx/90000`, `a=fmtp:${rtx} apt=${payload}`);
    }
  } else {
    out.push(`a=rtpmap:${opus} opus/48000/2`, `a=rtcp-fb:${opus} transport-cc`, `a=fmtp:${opus} minptime=10;useinbandfec=1`);
  }
  if (layered) {
    for (const name of section.rids) out.push(`a=rid:${name} recv`);
    out.push(`a=simulcast:recv ${section.rids.join(";")}`);
  }
  if (!sends) {
    const { slot, ssrc, rtx_ssrc } = section.slot;
    out.push(`a=msid:slot${slot} slot${slot}`);
    if (rtx_ssrc !== 0) out.push(`a=ssrc-group:FID ${ssrc} ${rtx_ssrc}`);
    for (const number of [ssrc, rtx_ssrc]) if (number !== 0) out.push(`a=ssrc:${number} cname:sealhall`);
  }
  out.push(...addressesOf(server));
  return out;
}

const endOf = (server: TransportParameters): string[] =>
  [`a=ice-ufrag:${server.ice_ufrag}`, `a=ice-pwd:${server.ice_password}`, `a=fingerprint:${server.dtls_fingerprint}`, "a=setup:actpass"];

/** The server's addresses, the best first. `round`: each time that they are told again they must look new to a browser. */
export function candidatesOf(server: TransportParameters, round = 0): string[] {
  const first = round * server.candidates.length + 1;
  return server.candidates.map((c, k) => `candidate:${first + k} 1 udp ${2130706431 - k} ${c.address} ${c.port} typ host`);
}

const addressesOf = (server: TransportParameters): string[] => [...candidatesOf(server).map((candidate) => `a=${candidate}`), "a=end-of-candidates"];

/** An offer of the same end of the server that carries nothing: for asking whether its addresses answer. */
export function probeOf(server: TransportParameters): string {
  const out = [
    "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=ice-lite",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", ...endOf(server), "a=mid:0", "a=sctp-port:5000",
    ...addressesOf(server),
  ];
  return out.join("\r\n") + "\r\n";
}

/** What ClientTransport says of this client, from its answer. It is controlling and the DTLS client; its addresses are learned
 * from its checks. Throws when the browser has refused a section or wants to be something else. */
export function transportOf(answer: string, sections: Section[]): TransportParameters {
  const lines = answer.split(/\r?\n/);
  const media = mediaLines(answer);
  if (media.length !== sections.length) throw new SdpError(`${media.length} sections answer ${sections.length}`);
  sections.forEach(({ video }, k) => {
    const [kind, port, , ...types] = media[k]!.slice(2).split(" ");
    const codec = String(video ? videoCodecs.vp8.payload : opus);
    if (kind !== (video ? "video" : "audio") || port === "0" || !types.includes(codec)) throw new SdpError("This browser does not take Opus and VP8 from the server.");
  });
  if (lines.some((line) => line.startsWith("a=setup:") && line !== "a=setup:active")) throw new SdpError("the browser is not the DTLS client");
  return {
    ice_ufrag: valueOf(lines, "a=ice-ufrag:"),
    ice_password: valueOf(lines, "a=ice-pwd:"),
    dtls_fingerprint: valueOf(lines, "a=fingerprint:"),
    candidates: [],
  };
}

/** What the answer takes in every slot besides VP8: what ClientTransport may promise. */
export function codecsOf(answer: string, sections: Section[]): VideoCodec[] {
  const media = mediaLines(answer);
  const slots = sections.flatMap((section, k) => (section.video && "slot" in section ? [media[k]?.split(" ").slice(3) ?? []] : []));
  if (slots.length === 0) return [];
  return videoCodecNames.filter((name) => name !== "vp8" && slots.every((types) => types.includes(String(videoCodecs[name].payload))));
}

const mediaLines = (sdp: string): string[] => sdp.split(/\r?\n/).filter((line) => line.startsWith("m="));

function valueOf(lines: string[], prefix: string): string {
  const line = lines.find((l) => l.startsWith(prefix));
  if (line === undefined) throw new SdpError(`no ${prefix} in the answer`);
  return line.slice(prefix.length);
}

/** A stream that the browser sends: RFC 5576's numbers, and the layer that it is. */
export interface SentStream {
  mid: string;
  rid: string;
  ssrc: number;
  /** 0: nothing is sent again. */
  rtx: number;
}

/** The streams that the answer names. Firefox names all, the layers of a camera in the order of their rids; Chromium names no
 * layers, and says in getStats what is missing here. */
export function streamsOf(answer: string, sections: Section[]): SentStream[] {
  const texts = answer.split(/\r?\n(?=m=)/).slice(1);
  return sections.flatMap((section, k) => {
    if (!("source" in section) || !texts[k]) return [];
    const lines = texts[k].split(/\r?\n/);
    const again = new Map(lines.filter((l) => l.startsWith("a=ssrc-group:FID ")).map((l) => l.slice(17).split(" ").map(Number) as [number, number]));
    const repeated = new Set(again.values());
    const numbers = new Set(lines.filter((l) => l.startsWith("a=ssrc:")).map((l) => Number(l.slice(7).split(" ")[0])));
    const first = [...numbers].filter((ssrc) => !repeated.has(ssrc));
    const rids = section.rids.length > 0 ? section.rids : [section.video ? "f" : ""];
    if (first.length !== rids.length) return [];
    return first.map((ssrc, n) => ({ mid: section.mid, rid: rids[n]!, ssrc, rtx: again.get(ssrc) ?? 0 }));
  });
}
