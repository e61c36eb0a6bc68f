// Files of the chat go to and from the server in pieces over HTTPS. The right to a file is a ticket that the live
// meeting gives out; a piece may be sent twice, so what failed on its way is tried again.
import type { FileStored, FileTicket } from "@protocol/signalling";
import { blobToBase64Url } from "../core/base64url";
import type { Answered, Wish } from "./requests";

export interface Transfer {
  key: number;
  direction: "up" | "down";
  /** The server's name of it; empty until there is a ticket. */
  file: string;
  name: string;
  size: number;
  moved: number;
  /** `checking`: all of it is there, and the server looks at it. */
  state: "moving" | "checking" | "done" | "failed";
  /** Why it failed: the server's sentence, or empty when the connection was lost. */
  message: string;
}

export interface Outside {
  fetch(url: string, init?: RequestInit): Promise<Response>;
  pause(milliseconds: number): Promise<void>;
  save(name: string, content: Blob): void;
}

const mostFailures = 8;
/** A piece that takes longer is sent again. Shorter: slow uplinks (below 50 kbit/s) never get one through. */
const pieceLimit = 120_000;

export const theBrowser: Outside = {
  fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(pieceLimit) }),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  save: (name, content) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
};

class GivenUp extends Error {}

export class FileMover {
  transfers: readonly Transfer[] = [];
  private readonly listeners = new Set<() => void>();
  private nextKey = 1;
  /** Uploads whose last piece is out: any moment the server may say what it thinks of them. */
  private readonly whole = new Set<number>();

  constructor(private readonly ask: (wish: Wish) => Promise<Answered>, private readonly outside: Outside = theBrowser) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): readonly Transfer[] => this.transfers;

  /** Sends the content; when the server has looked at it, the transfer is `done` and a message may name it. */
  async upload(file: File): Promise<void> {
    const key = this.begin("up", "", file.name, file.size);
    try {
      const ticket = await this.ticket({ type: "offer_file", name: file.name, size: file.size });
      this.change(key, { file: ticket.file, name: ticket.name });
      while (this.find(key).moved < file.size) {
        const { moved } = this.find(key);
        const piece = file.slice(moved, moved + ticket.piece);
        if (moved + piece.size === file.size) this.whole.add(key);
        const body = JSON.stringify({ ticket: ticket.ticket, offset: moved, data: await blobToBase64Url(piece) });
        await this.persist(
          () => this.outside.fetch(`/api/files/${ticket.file}`, { method: "PUT", headers: { "Content-Type": "application/json" }, body }),
          async () => undefined,
        );
        // `file_stored`, or another join, may be here before the answer to the piece.
        if (this.find(key).state !== "moving") return;
        this.change(key, { moved: moved + piece.size });
      }
      this.change(key, { state: "checking" });
    } catch (why) {
      this.failed(key, why);
    } finally {
      this.whole.delete(key);
    }
  }

  /** We have joined again: what the server said of an upload meanwhile was not heard, and it says it once. `elsewhere`: in another
   * room or as somebody new, where no upload from before counts. */
  joinedAgain(elsewhere: boolean): void {
    for (const { key, direction, state } of this.transfers) {
      if (direction === "down" || state === "failed") continue;
      if (elsewhere || state === "checking" || (state === "moving" && this.whole.has(key))) this.change(key, { state: "failed" });
    }
  }

  async download(file: { file: string; name: string; size: number }, saveAs: string): Promise<void> {
    if (this.transfers.some((t) => t.file === file.file && t.direction === "down" && t.state === "moving")) return;
    const key = this.begin("down", file.file, file.name, file.size);
    try {
      const ticket = await this.ticket({ type: "get_file", file: file.file });
      const pieces: Blob[] = [];
      while (this.find(key).moved < ticket.size) {
        const { moved } = this.find(key);
        const url = `/api/files/${ticket.file}?ticket=${ticket.ticket}&offset=${moved}&size=${ticket.piece}`;
        const piece = await this.persist(() => this.outside.fetch(url), (response) => response.blob());
        if (piece.size === 0 || piece.size > ticket.size - moved) throw new GivenUp("");
        pieces.push(piece);
        this.change(key, { moved: moved + piece.size });
      }
      // Never a type of the sender's choice: it is saved, not shown.
      this.outside.save(saveAs, new Blob(pieces, { type: "application/octet-stream" }));
      this.forget(key);
    } catch (why) {
      this.failed(key, why);
    }
  }

  /** The server has looked at an upload. */
  stored(message: FileStored): void {
    const transfer = this.transfers.find((t) => t.direction === "up" && t.file === message.file);
    if (!transfer) return;
    if (message.stored) this.change(transfer.key, { state: "done", moved: transfer.size });
    else this.change(transfer.key, { state: "failed", message: message.message });
  }

  /** Sent in a message, or not wanted any more. */
  forget(...keys: number[]): void {
    this.transfers = this.transfers.filter((t) => !keys.includes(t.key));
    this.told();
  }

  private async ticket(wish: Wish): Promise<FileTicket> {
    const answer = await this.ask(wish);
    if (answer.type !== "file_ticket") throw new GivenUp("");
    return answer;
  }

  /** `read` belongs to the attempt: a piece may break off after its answer has begun. */
  private async persist<T>(attempt: () => Promise<Response>, read: (response: Response) => Promise<T>): Promise<T> {
    for (let failures = 0; ; ++failures) {
      const response = await attempt().catch(() => undefined);
      if (response?.ok) {
        const got = await read(response).then((value) => ({ value }), () => undefined);
        if (got) return got.value;
      } else if (response && response.status !== 503) {
        const body = (await response.json().catch(() => ({}))) as { message?: string };
        throw new GivenUp(body.message ?? "");
      }
      if (failures + 1 >= mostFailures) throw new GivenUp("");
      await this.outside.pause(250 << failures);
    }
  }

  private begin(direction: "up" | "down", file: string, name: string, size: number): number {
    const key = this.nextKey++;
    this.transfers = [...this.transfers, { key, direction, file, name, size, moved: 0, state: "moving", message: "" }];
    this.told();
    return key;
  }

  private find(key: number): Transfer {
    const found = this.transfers.find((t) => t.key === key);
    if (!found) throw new GivenUp("");
    return found;
  }

  private change(key: number, change: Partial<Transfer>): void {
    this.transfers = this.transfers.map((t) => (t.key === key ? { ...t, ...change } : t));
    this.told();
  }

  private failed(key: number, why: unknown): void {
    this.change(key, { state: "failed", message: why instanceof Error ? why.message : "" });
  }

  private told(): void {
    for (const listener of this.listeners) listener();
  }
}
