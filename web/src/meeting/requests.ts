// Messages that the server answers: each has a number, and whoever sent it waits for the answer with that number.
import type { Acknowledged, ClientMessage, FileTicket, ServerMessage } from "@protocol/signalling";

type Requested = Extract<ClientMessage, { request: number }>;
type WithoutRequest<M> = M extends unknown ? Omit<M, "request"> : never;
/** A message to be answered, before it has its number. Entering a room is the store's own affair. */
export type Wish = WithoutRequest<Exclude<Requested, { type: "enter_room" }>>;
export type Answered = Acknowledged | FileTicket;

/** The server's refusal; `message` is its sentence. */
export class Refused extends Error {
  constructor(message: string, readonly code: string) {
    super(message);
  }
}

export class Requests {
  private next = 1;
  private readonly open = new Map<number, { resolve(answer: Answered): void; reject(why: Refused): void }>();

  make(): { request: number; answer: Promise<Answered> } {
    const request = this.next++;
    const answer = new Promise<Answered>((resolve, reject) => this.open.set(request, { resolve, reject }));
    return { request, answer };
  }

  /** Whether the message was an answer that somebody waits for. */
  settle(message: ServerMessage): boolean {
    if (message.type !== "acknowledged" && message.type !== "file_ticket" && message.type !== "error") return false;
    const waiting = message.request === undefined ? undefined : this.open.get(message.request);
    if (!waiting || message.request === undefined) return false;
    this.open.delete(message.request);
    if (message.type === "error") waiting.reject(new Refused(message.message, message.code));
    else waiting.resolve(message);
    return true;
  }

  /** The connection is gone, and with it every answer. */
  abandon(): void {
    const all = [...this.open.values()];
    this.open.clear();
    for (const { reject } of all) reject(new Refused("", "transport_lost"));
  }
}
