// SDP as golden files: what Chromium offers, and the answer that the server's parameters mean.
// SEALHALL_WRITE_GOLDEN=1 writes the answer again.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { answerTo, fitsProfile, SdpError, sectionsOf, transportOf } from "../src/media/sdp";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url);
const offer = readFileSync(golden("chromium_offer.sdp"), "utf8").replaceAll("\n", "\r\n");
const server = {
  ice_ufrag: "sErv", ice_password: "serverpasswordserverpass", dtls_fingerprint: `sha-256 ${Array(32).fill("CD").join(":")}`,
  candidates: [{ address: "192.0.2.7", port: 3478 }, { address: "2001:db8::7", port: 3478 }],
};
const slots = [
  { slot: 0, video: false, ssrc: 1111, rtx_ssrc: 0 },
  { slot: 1, video: true, ssrc: 2222, rtx_ssrc: 3333 },
];

test("the offer says what Join needs", () => {
  expect(transportOf(offer)).toEqual({
    ice_ufrag: "frag", ice_password: "passwordpasswordpassword", dtls_fingerprint: `sha-256 ${Array(32).fill("AB").join(":")}`, candidates: [],
  });
  expect(sectionsOf(offer).map(({ kind, mid, direction, rids }) => ({ kind, mid, direction, rids }))).toEqual([
    { kind: "audio", mid: "0", direction: "sendonly", rids: [] },
    { kind: "video", mid: "1", direction: "sendonly", rids: ["q", "h"] },
    { kind: "audio", mid: "4", direction: "recvonly", rids: [] },
    { kind: "video", mid: "8", direction: "recvonly", rids: [] },
  ]);
  expect(fitsProfile(offer)).toBe(true);
  expect(fitsProfile(offer.replaceAll("rtpmap:96 VP8", "rtpmap:95 VP8"))).toBe(false);
});

test("the answer is the golden one", () => {
  const answer = answerTo(offer, server, slots);
  if (process.env["SEALHALL_WRITE_GOLDEN"]) writeFileSync(golden("answer.sdp"), answer.replaceAll("\r\n", "\n"));
  expect(answer).toBe(readFileSync(golden("answer.sdp"), "utf8").replaceAll("\n", "\r\n"));
});

test("a section without a slot stays inactive, and sections keep their order", () => {
  const answer = answerTo(offer, server, slots.slice(0, 1));
  const sections = answer.split("m=").slice(1);
  expect(sections).toHaveLength(4);
  expect(sections[2]).toContain("a=sendonly");
  expect(sections[3]).toContain("a=inactive");
  expect(sections[3]).not.toContain("a=ssrc");
});

test("an offer that is none is refused", () => {
  expect(() => transportOf("v=0\r\n")).toThrow(SdpError);
  expect(() => sectionsOf("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n")).toThrow(SdpError);
});
