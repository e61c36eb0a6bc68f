// When a new transport is asked for, and when the whole join is made again: decided here from what the browser reports, with
// time as an argument.
//
// An ICE-lite server cannot look for a new path, and a browser keeps the candidates that it has gathered. After the network
// has changed a new transport is quicker than waiting: one message, one handshake, the place in the meeting stays. The new one
// tries UDP and TURN over TLS side by side and takes what answers.
import { Silence, type Traffic } from "./silence";

/** Chromium says `disconnected` 2..5 s after the last answer to a check, and it often comes back by itself. */
const patience = 1000;
/** A request for a new transport that has brought none by then is taken for a broken connection to the server. */
const renewLimit = 4000;
/** As long a new transport may need for its handshake; longer delays the next try, shorter interrupts slow ones. */
const settleLimit = 8000;
/** After silence has brought a new transport it brings none for so long, then for twice as long, up to the longest: a server
 * that was overloaded, or a path that stalls again and again, is not asked by everybody every second. */
const firstRest = 10_000;
const longestRest = 80_000;

export type PathAction = "renew" | "rejoin";

export class PathWatch {
  private state: RTCPeerConnectionState = "new";
  private since = 0;
  private asked: number | undefined;
  private changed = false;
  private offline = false;
  private readonly silence = new Silence();
  private silent = false;
  private rest = firstRest;
  private restsUntil = -Infinity;

  /** A transport begins: after Joined or TransportReset. */
  started(now: number): void {
    this.state = "new";
    this.since = now;
    this.asked = undefined;
    this.changed = false;
    this.silence.begin();
  }

  /** What the statistics say, about every 200 ms. */
  read(traffic: Traffic | undefined, now: number): void {
    this.silence.read(traffic, now);
  }

  connection(state: RTCPeerConnectionState, now: number): void {
    if (state === this.state) return;
    // From connecting to disconnected and back is one trouble.
    if (!(this.state === "disconnected" && state === "failed")) this.since = now;
    this.state = state;
  }

  /** The browser's `online` and `offline` events, or another kind of network. */
  network(online: boolean): void {
    this.offline = !online;
    if (online) this.changed = true;
  }

  /** Another way is there that a new transport would take. */
  better(): void {
    this.changed = true;
  }

  /** What to do now; asked every now and then while somebody is in a meeting. */
  due(now: number): PathAction | undefined {
    if (this.offline) return undefined;
    if (this.asked !== undefined) {
      if (now - this.asked < renewLimit) return undefined;
      this.asked = undefined;
      // The server did not hear us either, and the browser has not given up yet: nothing may be lost but some seconds.
      if (this.silent && this.state === "connected") return undefined;
      this.since = now;
      return "rejoin";
    }
    const waited = now - this.since;
    this.silent = !this.changed && this.state === "connected" && this.silence.dead && now >= this.restsUntil;
    const broken =
      this.silent || this.changed || this.state === "failed" || (this.state === "disconnected" && waited >= patience) ||
      ((this.state === "new" || this.state === "connecting") && waited >= settleLimit);
    if (!broken) return undefined;
    if (this.silent) this.startRest(now);
    this.changed = false;
    this.asked = now;
    return "renew";
  }

  private startRest(now: number): void {
    this.rest = now - this.restsUntil > longestRest ? firstRest : Math.min(2 * this.rest, longestRest);
    this.restsUntil = now + this.rest;
  }
}
