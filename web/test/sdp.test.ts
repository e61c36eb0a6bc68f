// SDP as golden files: the offer that the server's parameters mean, and what Chromium and Firefox answer to it.
// SEALHALL_WRITE_GOLDEN=1 writes the offer again; the answers were taken from the browsers.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { candidatesOf, codecsOf, offerOf, probeOf, SdpError, sectionsFor, streamsOf, transportOf } from "../src/media/sdp";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url);
const read = (name: string) => readFileSync(golden(name), "utf8").replaceAll("\n", "\r\n");
const server = {
  ice_ufrag: "sErv", ice_password: "serverpasswordserverpass", dtls_fingerprint: `sha-256 ${Array(32).fill("CD").join(":")}`,
  candidates: [{ address: "192.0.2.7", port: 3478 }, { address: "2001:db8::7", port: 3478 }],
};
const slots = [
  { slot: 0, video: false, ssrc: 1111, rtx_ssrc: 0 },
  { slot: 1, video: true, ssrc: 2222, rtx_ssrc: 3333 },
];
const sections = sectionsFor(slots, ["q", "h"]);

test("the offer is the golden one", () => {
  const offer = offerOf(sections, server);
  if (process.env["SEALHALL_WRITE_GOLDEN"]) writeFileSync(golden("offer.sdp"), offer.replaceAll("\r\n", "\n"));
  expect(offer).toBe(read("offer.sdp"));
});

test("what only asks names the same end of the server and the same addresses, and has no media", () => {
  const ours = (sdp: string) => [...new Set(sdp.split("\r\n").filter((line) => /^a=(ice-ufrag|ice-pwd|fingerprint|candidate)/.test(line)))];
  const probe = probeOf(server);
  expect(ours(probe)).toEqual(ours(offerOf(sections, server)));
  expect(ours(probe)).toHaveLength(5);
  expect(probe.match(/^m=.*/gm)).toEqual(["m=application 9 UDP/DTLS/SCTP webrtc-datachannel"]);
});

test("addresses that are told again have names that no browser has seen", () => {
  const rounds = [0, 1, 2].map((round) => candidatesOf(server, round).map((c) => c.split(" ")));
  expect(new Set(rounds.flat().map(([foundation]) => foundation)).size).toBe(6);
  for (const round of rounds) expect(round.map((c) => c.slice(1))).toEqual(rounds[0]!.map((c) => c.slice(1)));
});

test("what we send comes first, then the slots in the server's order", () => {
  expect(sections.map((s) => [s.mid, s.video, "source" in s ? s.source : s.slot.slot])).toEqual([
    ["0", false, "audio"], ["1", true, "camera"], ["2", true, "share"], ["3", false, "share_audio"], ["4", false, 0], ["5", true, 1],
  ]);
});

for (const browser of ["chromium", "firefox"]) {
  test(`${browser}'s answer says what ClientTransport needs`, () => {
    expect(transportOf(read(`${browser}_answer.sdp`), sections)).toEqual({
      ice_ufrag: "frag", ice_password: "passwordpasswordpassword", dtls_fingerprint: `sha-256 ${Array(32).fill("AB").join(":")}`, candidates: [],
    });
  });
}

test("Firefox names every stream, the layers of a camera in the order of their rids", () => {
  expect(streamsOf(read("firefox_answer.sdp"), sections)).toEqual([
    { mid: "0", rid: "", ssrc: 227176843, rtx: 0 },
    { mid: "1", rid: "q", ssrc: 3462266405, rtx: 1322377772 },
    { mid: "1", rid: "h", ssrc: 3327469745, rtx: 3151665507 },
    { mid: "2", rid: "f", ssrc: 3861262461, rtx: 2828115585 },
    { mid: "3", rid: "", ssrc: 4113757012, rtx: 0 },
  ]);
});

test("Chromium names no layers: they are left to the statistics", () => {
  expect(streamsOf(read("chromium_answer.sdp"), sections).map((s) => s.mid)).toEqual(["0", "2", "3"]);
});

test("what all slots take besides VP8 is read from the answer; what is only sent does not count", () => {
  const answer = read("chromium_answer.sdp");
  expect(codecsOf(answer, sections)).toEqual([]);
  const both = answer.replaceAll("SAVPF 96 97", "SAVPF 96 97 98 99");
  expect(codecsOf(both, sections)).toEqual(["vp9"]);
  expect(transportOf(both, sections).ice_ufrag).toBe("frag");
  // The last section of video is the slot, the ones before are camera and screen.
  const at = answer.lastIndexOf("SAVPF 96 97");
  expect(codecsOf(`${answer.slice(0, at)}SAVPF 96 97 98 99${answer.slice(at + 11)}`, sections)).toEqual(["vp9"]);
  expect(codecsOf(both.slice(0, both.lastIndexOf(" 98 99")) + both.slice(both.lastIndexOf(" 98 99") + 6), sections)).toEqual([]);
  expect(codecsOf(both, sectionsFor(slots.slice(0, 1), []))).toEqual([]);
});

test("an answer that cannot be used is refused", () => {
  const answer = read("firefox_answer.sdp");
  const refused = (text: string) => expect(() => transportOf(text, sections)).toThrow(SdpError);
  refused("v=0\r\n");
  refused(answer.replace("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=video 0 UDP/TLS/RTP/SAVPF 96 97"));
  refused(answer.replace("SAVPF 111", "SAVPF 0"));
  refused(answer.replaceAll("a=setup:active", "a=setup:passive"));
  refused(answer.replaceAll(/a=fingerprint:.*\r\n/g, ""));
});
