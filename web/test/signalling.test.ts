// The WebSocket to the server: how long is waited for it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SignallingClient } from "../src/signalling/client";

class Socket {
  static readonly OPEN = 1;
  static last: Socket;
  readyState = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  sent: string[] = [];
  closed = 0;
  constructor() {
    Socket.last = this;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed += 1;
  }
  opens(): void {
    this.readyState = Socket.OPEN;
    this.onopen?.();
  }
}

function begin() {
  const on = { open: vi.fn(), message: vi.fn(), closed: vi.fn() };
  const client = new SignallingClient("wss://h/ws", on);
  return { client, on, socket: Socket.last };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("WebSocket", Socket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("one that neither opens nor closes is given up after 8 s, once", () => {
  const { on, socket } = begin();
  vi.advanceTimersByTime(7999);
  expect(on.closed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(on.closed).toHaveBeenCalledOnce();
  expect(socket.closed).toBe(1);
  vi.advanceTimersByTime(60_000);
  socket.opens();
  expect(on.closed).toHaveBeenCalledOnce();
  expect(on.open).not.toHaveBeenCalled();
});

test("one that has opened stays, as long as something is heard", () => {
  const { on, socket } = begin();
  socket.opens();
  expect(on.open).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(20_000);
  expect(socket.sent).toEqual(['{"type":"ping","id":1}']);
  socket.onmessage!({ data: '{"type":"pong","id":1}' });
  vi.advanceTimersByTime(20_000);
  expect(on.closed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(20_000);
  expect(on.closed).toHaveBeenCalledOnce();
});

test("one that is closed while it opens says nothing more", () => {
  const { client, on } = begin();
  client.close();
  vi.advanceTimersByTime(60_000);
  expect(on.closed).not.toHaveBeenCalled();
});

test("whether a message is on its way is said", () => {
  const { client, socket } = begin();
  expect(client.send({ type: "leave" })).toBe(false);
  socket.opens();
  expect(client.send({ type: "leave" })).toBe(true);
  socket.readyState = 3;
  expect(client.send({ type: "leave" })).toBe(false);
  expect(socket.sent).toEqual(['{"type":"leave"}']);
});
