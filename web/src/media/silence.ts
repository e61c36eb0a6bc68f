// Whether the way of the media is dead, from readings of the browser's statistics, with time as an argument.
//
// Chromium says `disconnected` some six seconds after the last packet. The server answers every media packet of ours within
// 60 ms (transport-wide feedback, core/sfu/types.h), also when nobody else sends, and every check of the browser's at once: when
// we send and nothing at all comes back, the way is dead. When we send nothing, nothing need come, and silence says nothing:
// whoever only listens has the browser's checks alone, which become many some seconds after the last packet.

/** What of a reading matters here. */
export interface Traffic {
  /** The pair of candidates in use; with another one counting begins anew. */
  pair: string;
  /** Grows with whatever comes in over it: media, RTCP, answers to checks. */
  received: number;
  /** What has left and is answered: media packets and checks. */
  sent: number;
  roundTripMs: number;
  /** Over TURN and TLS, where one lost segment holds up all that follows. */
  relayed: boolean;
}

/** Sending without any answer lasts so long, and a round trip more, before the way is called dead. Longer: people wait longer
 * when UDP is blocked; shorter: a burst of losses costs a new transport. */
const patience = 500;
const relayedPatience = 2500;
/** Fewer may have been lost alone. */
const leastSent = 4;
/** Readings in which we sent and something came, before silence means anything: the server's end has to be there first. */
const proven = 3;
/** Between two readings; a page that slept longer begins anew. Timers of hidden pages run once a second. */
const longestGap = 1500;

export class Silence {
  /** The last reading in which something had come. */
  private heard: Traffic | undefined;
  private latest = 0;
  private answered = 0;
  /** Since when we send into the silence: the reading that told, which is later than the packet. */
  private asking: number | undefined;
  private found = false;

  /** A transport begins. */
  begin(): void {
    this.heard = undefined;
    this.answered = 0;
    this.asking = undefined;
    this.found = false;
  }

  /** Call about every 200 ms; undefined: no pair is in use. */
  read(traffic: Traffic | undefined, now: number): void {
    const { heard } = this;
    const slept = now - this.latest > longestGap;
    this.latest = now;
    if (!traffic || !heard || slept || traffic.pair !== heard.pair || traffic.received > heard.received) {
      if (traffic && traffic.pair === heard?.pair && traffic.sent > heard.sent) this.answered += 1;
      this.heard = traffic;
      this.asking = undefined;
      this.found = false;
      return;
    }
    const sent = traffic.sent - heard.sent;
    if (sent > 0) this.asking ??= now;
    const limit = (traffic.relayed ? relayedPatience : patience) + traffic.roundTripMs;
    this.found = this.answered >= proven && sent >= leastSent && this.asking !== undefined && now - this.asking >= limit;
  }

  /** As of the last reading. */
  get dead(): boolean {
    return this.found;
  }
}

type Stat = Record<string, unknown>;
const num = (stat: Stat, key: string): number => (typeof stat[key] === "number" ? stat[key] : 0);

export function trafficOf(report: ReadonlyMap<string, Stat>): Traffic | undefined {
  const all = [...report.values()];
  const chosen = all.find((s) => s["type"] === "transport")?.["selectedCandidatePairId"];
  // Firefox marks the pair itself.
  const pair = all.find((s) => s["type"] === "candidate-pair" && (chosen ? s["id"] === chosen : s["selected"] === true));
  if (!pair) return undefined;
  const local = report.get(String(pair["localCandidateId"]));
  return {
    pair: String(pair["id"]),
    // Bytes are those of media and RTCP alone.
    received: num(pair, "bytesReceived") + num(pair, "responsesReceived"),
    sent: num(pair, "requestsSent") + num(pair, "consentRequestsSent") + all.reduce((sum, s) => sum + (s["type"] === "outbound-rtp" ? num(s, "packetsSent") : 0), 0),
    roundTripMs: 1000 * num(pair, "currentRoundTripTime"),
    // Seen from behind a relay the address is new to Chromium (prflx); the protocol to the relay stays.
    relayed: local?.["candidateType"] === "relay" || Boolean(local?.["relayProtocol"]),
  };
}
