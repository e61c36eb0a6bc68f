// Files go up and down in pieces; what fails on the way is tried again, what is refused is explained.
import type { FileTicket } from "@protocol/signalling";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fromBase64Url } from "../src/core/base64url";
import { FileMover, type Outside, theBrowser } from "../src/meeting/files";
import { type Answered, Refused, type Wish } from "../src/meeting/requests";

const piece = 1000;
const content = Uint8Array.from({ length: 2500 }, (_, k) => (k * 7) % 256);

/** A server with one file; `answers` decides what each request gets instead, if anything. */
function server(answers: (Response | "offline" | undefined)[] = []) {
  const got = new Uint8Array(content.length);
  const pauses: number[] = [];
  const saved: { name: string; content: Blob }[] = [];
  const outside: Outside = {
    fetch: async (url, init) => {
      const instead = answers.shift();
      if (instead === "offline") throw new TypeError("no network");
      if (instead) return instead;
      if (init?.method === "PUT") {
        const body = JSON.parse(String(init.body)) as { ticket: string; offset: number; data: string };
        expect(body.ticket).toBe("the-ticket");
        got.set(fromBase64Url(body.data), body.offset);
        return Response.json({ received: body.offset });
      }
      const query = new URL(url, "https://server").searchParams;
      const offset = Number(query.get("offset"));
      return new Response(content.slice(offset, offset + Number(query.get("size"))));
    },
    pause: async (milliseconds) => void pauses.push(milliseconds),
    save: (name, blob) => void saved.push({ name, content: blob }),
  };
  const asked: Wish[] = [];
  const ask = async (wish: Wish): Promise<Answered> => {
    asked.push(wish);
    return { type: "file_ticket", request: 1, file: "f1", ticket: "the-ticket", name: "notes.txt", size: content.length, piece } satisfies FileTicket;
  };
  return { got, pauses, saved, asked, mover: new FileMover(ask, outside) };
}
const file = new File([content], "notes.txt");
const busy = () => Response.json({ message: "busy" }, { status: 503 });

describe("upload", () => {
  it("sends every piece, waits for the server's look, and is done then", async () => {
    const { mover, got, asked } = server();
    const moved: number[] = [];
    mover.subscribe(() => moved.push(mover.transfers[0]?.moved ?? -1));
    await mover.upload(file);
    expect(got).toEqual(content);
    expect(asked).toEqual([{ type: "offer_file", name: "notes.txt", size: 2500 }]);
    expect(mover.transfers[0]).toMatchObject({ state: "checking", moved: 2500 });
    expect([...new Set(moved)]).toEqual([0, 1000, 2000, 2500]);
    mover.stored({ type: "file_stored", file: "f1", stored: true, message: "" });
    expect(mover.transfers[0]!.state).toBe("done");
    mover.forget(mover.transfers[0]!.key);
    expect(mover.transfers).toEqual([]);
  });

  it("says why the server does not take it", async () => {
    const { mover } = server();
    await mover.upload(file);
    mover.stored({ type: "file_stored", file: "f1", stored: false, message: "The virus scanner has refused this file." });
    expect(mover.transfers[0]).toMatchObject({ state: "failed", message: "The virus scanner has refused this file." });
    const none = new FileMover(() => Promise.reject(new Refused("This file is too large for this meeting.", "full")), { fetch, pause: async () => undefined, save: () => undefined });
    await none.upload(file);
    expect(none.transfers[0]).toMatchObject({ state: "failed", message: "This file is too large for this meeting." });
  });

  it("tries a piece again after a pause that grows, and gives up in the end", async () => {
    const some = server(["offline", busy(), undefined]);
    await some.mover.upload(file);
    expect(some.got).toEqual(content);
    expect(some.pauses).toEqual([250, 500]);
    const never = server(Array.from({ length: 20 }, () => "offline" as const));
    await never.mover.upload(file);
    expect(never.mover.transfers[0]).toMatchObject({ state: "failed", message: "" });
    expect(never.pauses.length).toBe(7);
  });

  it("believes a refusal at once", async () => {
    const { mover, pauses } = server([Response.json({ message: "This ticket is not valid any more." }, { status: 403 })]);
    await mover.upload(file);
    expect(mover.transfers[0]).toMatchObject({ state: "failed", message: "This ticket is not valid any more." });
    expect(pauses).toEqual([]);
  });
});

describe("a join that is made again", () => {
  it("ends what waits for a word of the server's that was said meanwhile, and the chat can send", async () => {
    const { mover } = server();
    await mover.upload(file);
    expect(mover.transfers[0]!.state).toBe("checking");
    mover.joinedAgain(false);
    expect(mover.transfers[0]).toMatchObject({ state: "failed", message: "" });
    // Was it said only now, it counts.
    mover.stored({ type: "file_stored", file: "f1", stored: true, message: "" });
    expect(mover.transfers[0]!.state).toBe("done");
    mover.joinedAgain(false);
    expect(mover.transfers[0]!.state).toBe("done");
    mover.joinedAgain(true);
    expect(mover.transfers[0]!.state).toBe("failed");
  });

  /** An upload that has sent its pieces up to this one, whose answer is awaited. */
  async function inPiece(number: number) {
    const { mover, got, asked } = server();
    const outside = (mover as unknown as { outside: Outside }).outside;
    let answer = () => {};
    let reached = () => {};
    const there = new Promise<void>((resolve) => { reached = resolve; });
    const real = outside.fetch;
    let sent = 0;
    outside.fetch = async (url, init) => {
      const response = await real(url, init);
      if (++sent === number) await new Promise<void>((resolve) => { answer = resolve; reached(); });
      return response;
    };
    const uploading = mover.upload(file);
    await there;
    return { mover, got, asked, sent: () => sent, finish: async () => { answer(); await uploading; } };
  }

  it("lets go on what is still on its way to the same place", async () => {
    const { mover, got, finish } = await inPiece(2);
    mover.joinedAgain(false);
    await finish();
    expect(got).toEqual(content);
    expect(mover.transfers[0]!.state).toBe("checking");
  });

  it("sends no further piece of what belongs to another place, and does not wait for one that was the last", async () => {
    const other = await inPiece(2);
    other.mover.joinedAgain(true);
    await other.finish();
    expect(other.sent()).toBe(2);
    expect(other.mover.transfers[0]).toMatchObject({ state: "failed", moved: 1000 });
    const last = await inPiece(3);
    last.mover.joinedAgain(false);
    await last.finish();
    expect(last.mover.transfers[0]!.state).toBe("failed");
  });
});

describe("a piece that hangs", () => {
  afterEach(() => void vi.unstubAllGlobals());
  it("is given up, and tried again", async () => {
    const asked = vi.fn(async (_url: string, _init: RequestInit) => new Response());
    vi.stubGlobal("fetch", asked);
    await theBrowser.fetch("/api/files/f1", { method: "PUT" });
    expect(asked.mock.calls[0]![1]).toMatchObject({ method: "PUT", signal: expect.any(AbortSignal) });
    const broken = new Response(new ReadableStream({ start: (out) => out.error(new DOMException("signal timed out", "TimeoutError")) }));
    const { mover, saved, pauses } = server([broken]);
    await mover.download({ file: "f1", name: "a", size: 2500 }, "a");
    expect(new Uint8Array(await saved[0]!.content.arrayBuffer())).toEqual(content);
    expect(pauses).toEqual([250]);
  });
});

describe("download", () => {
  it("puts the pieces together and saves them as bytes without a type", async () => {
    const { mover, saved } = server(["offline"]);
    await mover.download({ file: "f1", name: "notes.html", size: 2500 }, "notes.html");
    expect(new Uint8Array(await saved[0]!.content.arrayBuffer())).toEqual(content);
    expect(saved[0]!.content.type).toBe("application/octet-stream");
    expect(mover.transfers).toEqual([]);
  });

  it("saves nothing of a file that is cut short or too long", async () => {
    for (const wrong of [new Response(new Uint8Array(0)), new Response(new Uint8Array(5000))]) {
      const { mover, saved } = server([wrong]);
      await mover.download({ file: "f1", name: "a", size: 2500 }, "a");
      expect(saved).toEqual([]);
      expect(mover.transfers[0]!.state).toBe("failed");
    }
  });
});
