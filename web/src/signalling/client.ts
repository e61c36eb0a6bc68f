// The WebSocket to the server: typed messages as core/wire declares them (docs/protocol/signalling.d.ts).
import type { ClientMessage, ServerMessage } from "@protocol/signalling";

const pingEvery = 20_000;

export class SignallingClient {
  private readonly socket: WebSocket;
  private readonly pings: number;
  private nextPing = 1;

  constructor(url: string, on: { open(): void; message(message: ServerMessage): void; closed(): void }) {
    this.socket = new WebSocket(url);
    this.socket.onopen = () => on.open();
    this.socket.onmessage = (event) => {
      if (typeof event.data === "string") on.message(JSON.parse(event.data) as ServerMessage);
    };
    this.socket.onclose = () => {
      clearInterval(this.pings);
      on.closed();
    };
    this.pings = window.setInterval(() => this.send({ type: "ping", id: this.nextPing++ }), pingEvery);
  }

  send(message: ClientMessage): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close(): void {
    clearInterval(this.pings);
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close();
  }
}
