// All of SDP that this client knows (RFC 8866, RFC 8829): reads what the browser offers, and writes the answer that the
// server's transport parameters mean. Nothing else in the page handles SDP.
import type { Slot, TransportParameters } from "@protocol/signalling";

/** What the server's profile fixes (core/rtp/profile.h, core/rtp/extensions.h). */
const payload = { opus: 111, vp8: 96, rtx: 97 } as const;
const extensions: Record<number, string> = {
  1: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  2: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  3: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  4: "urn:ietf:params:rtp-hdrext:sdes:mid",
  10: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  11: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
};

export interface OfferedSection {
  kind: "audio" | "video";
  mid: string;
  direction: "sendonly" | "recvonly" | "sendrecv" | "inactive";
  /** Layers that the section can send, small to large. */
  rids: string[];
  lines: string[];
}

export class SdpError extends Error {}

export function sectionsOf(offer: string): OfferedSection[] {
  return offer
    .split(/\r?\n(?=m=)/)
    .slice(1)
    .map((text) => {
      const lines = text.split(/\r?\n/).filter((line) => line !== "");
      const kind = lines[0]!.slice(2).split(" ")[0];
      if (kind !== "audio" && kind !== "video") throw new SdpError(`a section of kind ${kind}`);
      const mid = valueOf(lines, "a=mid:");
      const direction = lines.find((line) => /^a=(sendonly|recvonly|sendrecv|inactive)$/.test(line))?.slice(2);
      const rids = lines.filter((line) => /^a=rid:\S+ send/.test(line)).map((line) => line.slice(6).split(" ")[0]!);
      return { kind, mid, direction: (direction ?? "sendrecv") as OfferedSection["direction"], rids, lines };
    });
}

function valueOf(lines: string[], prefix: string): string {
  const line = lines.find((l) => l.startsWith(prefix));
  if (line === undefined) throw new SdpError(`no ${prefix} in the offer`);
  return line.slice(prefix.length);
}

/** What Join says of this client. It is controlling and the DTLS client; its addresses are learned from its checks. */
export function transportOf(offer: string): TransportParameters {
  const lines = offer.split(/\r?\n/);
  return {
    ice_ufrag: valueOf(lines, "a=ice-ufrag:"),
    ice_password: valueOf(lines, "a=ice-pwd:"),
    dtls_fingerprint: valueOf(lines, "a=fingerprint:"),
    candidates: [],
  };
}

/** True when the browser offers codecs and extensions under the numbers of the server's profile. */
export function fitsProfile(offer: string): boolean {
  return sectionsOf(offer).every((section) => {
    const codec = section.kind === "audio" ? `a=rtpmap:${payload.opus} opus/48000/2` : `a=rtpmap:${payload.vp8} VP8/90000`;
    return section.lines.includes(codec) && section.lines.some((line) => line.startsWith("a=extmap:3 ") && line.includes("transport-wide-cc"));
  });
}

/** The server's answer to `offer`: sections that receive get the slots in their order, the ones that are left stay
 * inactive. */
export function answerTo(offer: string, server: TransportParameters, slots: Slot[]): string {
  const sections = sectionsOf(offer);
  const queues = { audio: slots.filter((s) => !s.video), video: slots.filter((s) => s.video) };
  const out = [
    "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0",
    `a=group:BUNDLE ${sections.map((s) => s.mid).join(" ")}`,
    "a=ice-lite", "a=msid-semantic:WMS *",
  ];
  for (const section of sections) {
    const slot = section.direction === "recvonly" ? queues[section.kind].shift() : undefined;
    out.push(...answerSection(section, server, slot));
  }
  return out.join("\r\n") + "\r\n";
}

function answerSection(section: OfferedSection, server: TransportParameters, slot: Slot | undefined): string[] {
  const audio = section.kind === "audio";
  const types = audio ? [payload.opus] : [payload.vp8, payload.rtx];
  const sends = section.direction === "sendonly";
  const direction = sends ? "recvonly" : slot ? "sendonly" : "inactive";
  const out = [
    `m=${section.kind} 9 UDP/TLS/RTP/SAVPF ${types.join(" ")}`,
    "c=IN IP4 0.0.0.0",
    "a=rtcp-mux",
    "a=rtcp-rsize",
    `a=ice-ufrag:${server.ice_ufrag}`,
    `a=ice-pwd:${server.ice_password}`,
    `a=fingerprint:${server.dtls_fingerprint}`,
    "a=setup:passive",
    `a=mid:${section.mid}`,
    `a=${direction}`,
  ];
  const offered = (id: number) => section.lines.some((line) => new RegExp(`^a=extmap:${id}(/\\w+)? ${escape(extensions[id]!)}`).test(line));
  for (const id of Object.keys(extensions).map(Number)) if (offered(id)) out.push(`a=extmap:${id} ${extensions[id]}`);
  if (audio) {
    out.push(`a=rtpmap:${payload.opus} opus/48000/2`, `a=rtcp-fb:${payload.opus} transport-cc`, `a=fmtp:${payload.opus} minptime=10;useinbandfec=1`);
  } else {
    out.push(`a=rtpmap:${payload.vp8} VP8/90000`);
    for (const feedback of ["transport-cc", "nack", "nack pli"]) out.push(`a=rtcp-fb:${payload.vp8} ${feedback}`);
    out.push(`a=rtpmap:${payload.rtx} rtx/90000`, `a=fmtp:${payload.rtx} apt=${payload.vp8}`);
  }
  if (sends && section.rids.length > 0) {
    for (const rid of section.rids) out.push(`a=rid:${rid} recv`);
    out.push(`a=simulcast:recv ${section.rids.join(";")}`);
  }
  if (slot) {
    const name = `slot${slot.slot}`;
    out.push(`a=msid:${name} ${name}`);
    if (slot.rtx_ssrc !== 0) out.push(`a=ssrc-group:FID ${slot.ssrc} ${slot.rtx_ssrc}`);
    for (const ssrc of [slot.ssrc, slot.rtx_ssrc]) if (ssrc !== 0) out.push(`a=ssrc:${ssrc} cname:sealhall`);
  }
  server.candidates.forEach((c, k) => {
    out.push(`a=candidate:${k + 1} 1 udp ${2130706431 - k} ${c.address} ${c.port} typ host`);
  });
  out.push("a=end-of-candidates");
  return out;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
