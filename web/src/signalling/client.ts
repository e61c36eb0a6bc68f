// The WebSocket to the server: typed messages as core/wire declares them (docs/protocol/signalling.d.ts).
import type { ClientMessage, ServerMessage } from "@protocol/signalling";

/** A connection on which nothing at all came for so long is dead, whatever TCP believes. Shorter costs messages. */
const pingEvery = 20_000;
/** A way that opens no connection in so long will not: the next try may find a better one. Shorter costs those whose packets are lost. */
const openLimit = 8000;

export class SignallingClient {
  private readonly socket: WebSocket;
  private readonly pings: number;
  private readonly opening: number;
  private nextPing = 1;
  private heard = true;

  constructor(url: string, private readonly on: { open(): void; message(message: ServerMessage): void; closed(): void }) {
    this.socket = new WebSocket(url);
    this.opening = window.setTimeout(() => this.ended(), openLimit);
    this.socket.onopen = () => {
      clearTimeout(this.opening);
      on.open();
    };
    this.socket.onmessage = (event) => {
      this.heard = true;
      if (typeof event.data === "string") on.message(JSON.parse(event.data) as ServerMessage);
    };
    this.socket.onclose = () => this.ended();
    this.pings = window.setInterval(() => this.ping(), pingEvery);
  }

  /** Whether it is on its way. */
  send(message: ClientMessage): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    clearInterval(this.pings);
    clearTimeout(this.opening);
    this.socket.onopen = null;
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close();
  }

  private ping(): void {
    if (!this.heard) return this.ended();
    this.heard = false;
    this.send({ type: "ping", id: this.nextPing++ });
  }

  private ended(): void {
    this.close();
    this.on.closed();
  }
}
