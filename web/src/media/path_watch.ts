// When a new transport is asked for, and when the whole join is made again: decided here from what the browser reports, with
// time as an argument.
//
// An ICE-lite server cannot look for a new path, and a browser keeps the candidates that it has gathered. After the network
// has changed a new transport is quicker than waiting: one message, one handshake, the place in the meeting stays.

/** Chromium says `disconnected` 2..5 s after the last answer to a check, and it often comes back by itself. */
const patience = 1000;
/** A request for a new transport that has brought none by then is taken for a broken connection to the server. */
const renewLimit = 4000;
/** As long a new transport may need for its handshake; longer delays the next try, shorter interrupts slow ones. */
const settleLimit = 8000;

export type PathAction = "renew" | "rejoin";

export class PathWatch {
  private state: RTCPeerConnectionState = "new";
  private since = 0;
  private asked: number | undefined;
  private changed = false;
  private offline = false;

  /** A transport begins: after Joined or TransportReset. */
  started(now: number): void {
    this.state = "new";
    this.since = now;
    this.asked = undefined;
    this.changed = false;
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

  /** What to do now; asked every now and then while somebody is in a meeting. */
  due(now: number): PathAction | undefined {
    if (this.offline) return undefined;
    if (this.asked !== undefined) {
      if (now - this.asked < renewLimit) return undefined;
      this.asked = undefined;
      this.since = now;
      return "rejoin";
    }
    const waited = now - this.since;
    const broken =
      this.changed || this.state === "failed" || (this.state === "disconnected" && waited >= patience) ||
      ((this.state === "new" || this.state === "connecting") && waited >= settleLimit);
    if (!broken) return undefined;
    this.changed = false;
    this.asked = now;
    return "renew";
  }
}
