// Which codec camera and screen are sent in, with a browser that is pretended: VP8 until the server says that everybody takes
// another one and this person likes it, and again as soon as somebody does not.
import { setImmediate } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import type { ClientMessage } from "@protocol/signalling";
import { codecOfPayload, videoCodecNames, videoCodecs } from "../src/core/codecs";
import { otherCodecs } from "../src/media/codec_choice";
import { MediaSession } from "../src/media/session";
import { type Encoding, noCore, pretend, PretendedConnection, PretendedSender, serverEnd } from "./pretended";

/** What happened, in order: what was published, and what the senders were told. */
const log: string[] = [];

/** "knows": browsers with RTCRtpEncodingParameters.codec; "leaves out": ones without; "refuses": it cannot encode that. */
let browser: "knows" | "leaves out" | "refuses" = "knows";
let senders: FakeSender[] = [];
let closed = 0;

class FakeSender extends PretendedSender {
  constructor(mid: string) {
    super(mid);
    this.encodings = (mid === "1" ? ["q", "h"] : [""]).map((rid) => ({ rid }));
    senders.push(this);
  }
  override getParameters(): { codecs: object[]; encodings: Encoding[] } {
    const codecs = videoCodecNames.map((name) => ({ mimeType: `video/${videoCodecs[name].encoding}`, clockRate: 90000, payloadType: videoCodecs[name].payload }));
    return { ...super.getParameters(), codecs };
  }
  override async setParameters({ encodings }: { encodings: Encoding[] }): Promise<void> {
    const wanted = encodings[0]!.codec?.mimeType;
    await setImmediate();
    this.take(encodings);
    if (wanted) log.push(`${this.mid} ${wanted} ${encodings.map((e) => e.scalabilityMode ?? "-").join()}`);
  }
  take(encodings: Encoding[]): void {
    if (browser === "refuses" && encodings[0]!.codec?.mimeType === "video/VP9") throw new DOMException("no", "OperationError");
    this.encodings = encodings.map(({ codec, ...rest }) => (browser === "leaves out" || !codec ? rest : { ...rest, codec }));
  }
}
class FakeConnection extends PretendedConnection {
  protected override makeSender(mid: string): FakeSender {
    return new FakeSender(mid);
  }
  protected override answer(): string {
    return super.answer().replaceAll("SAVPF 96 97", "SAVPF 96 97 98 99");
  }
  addTransceiver(_: string, { sendEncodings }: { sendEncodings: Encoding[] }): { sender: FakeSender } {
    const sender = new FakeSender("asked");
    sender.take(sendEncodings);
    return { sender };
  }
  override async getStats(): Promise<Map<string, object>> {
    return new Map([["q", { type: "outbound-rtp", kind: "video", mid: "1", rid: "q", ssrc: 10, rtxSsrc: 11 }]]);
  }
  override close(): void {
    super.close();
    closed += 1;
  }
}

function session(): MediaSession {
  return new MediaSession(noCore, {
    send: (message: ClientMessage) => {
      if (message.type === "client_transport") log.push(`takes ${String(message.video_codecs)}`);
      if (message.type === "publish") log.push(`publishes ${message.sources.find((s) => s.kind === "camera")?.codec}`);
    },
    tracks: () => undefined, state: () => undefined, rejoin: () => undefined,
  });
}

beforeEach(() => {
  log.length = 0;
  browser = "knows";
  senders = [];
  closed = 0;
  pretend(FakeConnection, class {});
});

test("VP8 stays while nobody likes another one, and while not everybody takes it", async () => {
  const media = session();
  await media.open(serverEnd("one"));
  await media.setCodecs(["vp9", "h264"]);
  expect(log).toEqual(["takes vp9", "publishes vp8"]);
  await media.setCodecs([]);
  await media.likeCodec("vp9");
  expect(log).toEqual(["takes vp9", "publishes vp8"]);
});

test("VP9 is announced before it is sent, one stream a layer, and VP8 again at once when somebody comes who does not take it", async () => {
  const media = session();
  await media.likeCodec("vp9");
  await media.open(serverEnd("one"));
  log.length = 0;
  await media.setCodecs(["vp9"]);
  expect(log).toEqual(["publishes vp9", "1 video/VP9 L1T1,L1T1", "2 video/VP9 L1T1"]);
  log.length = 0;
  await media.setCodecs([]);
  expect(log).toEqual(["publishes vp8", "1 video/VP8 -,-", "2 video/VP8 -"]);
});

test("a change in the middle of another one waits, and wins", async () => {
  const media = session();
  await media.likeCodec("vp9");
  await media.open(serverEnd("one"));
  log.length = 0;
  const first = media.setCodecs(["vp9"]);
  await Promise.resolve();
  await Promise.resolve();
  await media.setCodecs([]);
  await first;
  expect(log).toEqual(["publishes vp9", "1 video/VP9 L1T1,L1T1", "2 video/VP9 L1T1", "publishes vp8", "1 video/VP8 -,-", "2 video/VP8 -"]);
});

test("a layer that is put down while the codec changes stays down, and the codec changes all the same", async () => {
  const media = session();
  await media.likeCodec("vp9");
  await media.open(serverEnd("one"));
  await Promise.all([media.setCodecs(["vp9"]), media.setLayers("camera", ["h"]), media.setLayers("camera", ["q"])]);
  expect(senders.find((s) => s.encodings.length === 2)?.encodings).toMatchObject([
    { rid: "q", active: true, codec: { mimeType: "video/VP9" } }, { rid: "h", active: false, codec: { mimeType: "video/VP9" } },
  ]);
});

test("another transport begins with VP8 and what it is told then", async () => {
  const media = session();
  await media.likeCodec("vp9");
  await media.open(serverEnd("one"));
  await media.setCodecs(["vp9"]);
  log.length = 0;
  await media.open(serverEnd("two"));
  expect(log).toEqual(["takes vp9", "publishes vp8"]);
  await media.setCodecs(["vp9"]);
  expect(log).toContain("1 video/VP9 L1T1,L1T1");
});

for (const kind of ["leaves out", "refuses"] as const) {
  test(`a browser that ${kind} the codec of an encoding goes on with VP8, and says so`, async () => {
    browser = kind;
    const media = session();
    await media.likeCodec("vp9");
    await media.open(serverEnd("one"));
    await media.setCodecs(["vp9"]);
    expect(log.filter((line) => line.startsWith("publishes"))).toEqual(["publishes vp8", "publishes vp9", "publishes vp8"]);
    log.length = 0;
    await media.setCodecs(["vp9", "h264"]);
    expect(log).toEqual([]);
  });
}

test("what a frame is encoded in is read from its payload type; without one it is VP8", () => {
  expect([96, 98, 102, undefined, 111].map(codecOfPayload)).toEqual(["vp8", "vp9", "h264", "vp8", "vp8"]);
});

test("codecs are offered to which this browser changes a sender; of one that leaves them out it is known that it encodes them", () => {
  const names = ["video/VP8", "video/rtx", "video/VP9", "video/H264", "video/AV1"];
  Object.assign(globalThis, { RTCRtpSender: { getCapabilities: () => ({ codecs: names.map((mimeType) => ({ mimeType, clockRate: 90000 })) }) } });
  expect(otherCodecs()).toEqual({ encodes: ["vp9", "h264"], takes: ["vp9", "h264"] });
  browser = "refuses";
  expect(otherCodecs()).toEqual({ encodes: ["vp9", "h264"], takes: ["h264"] });
  browser = "leaves out";
  expect(otherCodecs()).toEqual({ encodes: ["vp9", "h264"], takes: [] });
  expect(closed).toBe(6);
  names.splice(1);
  expect(otherCodecs()).toEqual({ encodes: [], takes: [] });
  expect(closed).toBe(6);
});
