// When a browser whose media goes over TURN and TLS looks whether UDP works again, and how it goes back: decided here, with time
// and chance as arguments.
//
// It asks by a connection that carries nothing. When that is answered, the browser is told the server's addresses again, and one
// that changes by itself loses nothing; one that has not changed soon after gets a new transport, which costs a short pause.

/** Between two questions, by and large. Longer: people stay on TLS longer than they must; shorter: more sockets are opened for nothing. */
const interval = 10_000;
/** A return that cost a new transport, or that lasted less than `lasting`, doubles it up to this. */
const longest = 160_000;
const lasting = 60_000;
/** So long a browser may take to change by itself. */
const movingLimit = 3000;

/** `ask` whether UDP works (then `answered`), let the browser `move`, or `renew` the transport. */
export type ReturnAction = "ask" | "move" | "renew";

export class UdpReturn {
  private step: "rest" | "asking" | "found" | "moving" = "rest";
  private next: number | undefined;
  private pause = interval;
  private relayed = false;
  private returned = -Infinity;

  /** `chance()`: 0 to 1, so that whoever lost UDP together does not ask together. */
  constructor(private readonly chance: () => number) {}

  /** A transport begins. */
  started(): void {
    this.step = "rest";
    this.next = undefined;
  }

  /** What the statistics say; undefined: no way is in use. */
  read(relayed: boolean | undefined, now: number): void {
    if (relayed === undefined) return;
    if (!relayed) {
      if (this.relayed) this.returned = now;
      this.relayed = false;
      return this.started();
    }
    if (!this.relayed) {
      this.relayed = true;
      this.pause = now - this.returned < lasting ? this.longer() : interval;
    }
    if (this.step === "rest") this.next ??= now + this.pause * (0.75 + this.chance() / 2);
  }

  answered(works: boolean, now: number): void {
    if (this.step !== "asking") return;
    this.step = works ? "found" : "rest";
    this.next = works ? now : undefined;
  }

  /** What to do now; asked every now and then. */
  due(now: number): ReturnAction | undefined {
    if (this.next === undefined || now < this.next) return undefined;
    this.next = undefined;
    switch (this.step) {
      case "rest":
        this.step = "asking";
        return "ask";
      case "found":
        this.step = "moving";
        this.next = now + movingLimit;
        return "move";
      default:
        // If the new transport has to take TLS as well, this is not done again soon.
        this.step = "rest";
        this.pause = this.longer();
        return "renew";
    }
  }

  private longer(): number {
    return Math.min(2 * this.pause, longest);
  }
}
