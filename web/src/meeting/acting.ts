// A store that people act upon: state with its listeners, and messages that ask the server for something. The session
// beneath it is store.ts.
import type { ClientMessage, HostAction } from "@protocol/signalling";
import { t } from "../i18n";
import { voteKept } from "./activities/polls";
import { upvoteKept } from "./activities/questions";
import { FileMover } from "./files";
import { type Answered, Refused, Requests, type Wish } from "./requests";
import { initialState, type MeetingState } from "./state";

/** How long a sentence of the server's stays, in milliseconds. */
const noticeTime = 8000;

export abstract class ActingStore {
  state: MeetingState = initialState;
  readonly files: FileMover = new FileMover((wish) => this.ask(wish));
  /** Written for the chat, and not sent yet. */
  unsent = "";
  protected readonly requests = new Requests();
  private readonly listeners = new Set<() => void>();
  private told = "";
  private heading = "";
  private telling = 0;

  /** Whether it is on its way. */
  abstract send(message: ClientMessage): boolean;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): MeetingState => this.state;

  /** For what belongs to the page and not to the server: an open panel, a dialog that was answered. */
  set(change: Partial<MeetingState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  /** What a person does that the server does not answer. Whether it is on its way; the person is told when it is not. */
  say(message: ClientMessage): boolean {
    const { phase } = this.state;
    const sent = (phase === "joined" || phase === "waiting") && this.send(message);
    if (!sent) this.refused(new Refused("", "transport_lost"));
    return sent;
  }

  /** A message that the server answers; rejects with `Refused`. */
  ask(wish: Wish): Promise<Answered> {
    if (this.state.phase !== "joined" && this.state.phase !== "waiting") return Promise.reject(new Refused("", "transport_lost"));
    const { request, answer } = this.requests.make();
    this.send({ ...wish, request } as ClientMessage);
    return answer;
  }

  /** The same for whoever does not wait: a refusal is shown to the person. Resolves with whether it was done. */
  async act(wish: Wish): Promise<boolean> {
    try {
      await this.ask(wish);
    } catch (why) {
      this.refused(why);
      return false;
    }
    if (wish.type === "vote") this.set(voteKept(this.state, wish.poll));
    if (wish.type === "upvote_question") this.set(upvoteKept(this.state, wish.question, wish.on));
    if (wish.type === "answer_consent") this.set({ consentAsked: false });
    return true;
  }

  /** Shows the sentence for a while. In the waiting room the meeting's topic stands in its place, and comes back. */
  tell(sentence: string): void {
    if (this.state.notice !== this.told) this.heading = this.state.phase === "waiting" ? this.state.notice : "";
    this.told = sentence;
    this.set({ notice: sentence });
    window.clearTimeout(this.telling);
    this.telling = window.setTimeout(() => {
      if (this.state.notice !== sentence) return;
      if (this.state.phase === "joined") this.set({ notice: "" });
      if (this.state.phase === "waiting") this.set({ notice: this.heading });
    }, noticeTime);
  }

  refused(why: unknown): void {
    if (!(why instanceof Refused)) return;
    if (why.message !== "") return this.tell(why.message);
    // Who has left, or is not in yet, has done nothing that could be lost.
    if (this.state.phase === "joined" || this.state.phase === "waiting" || this.state.phase === "reconnecting") this.tell(t("meeting.notSent"));
  }

  command(action: HostAction, participant?: number): boolean {
    return this.say({ type: "host_command", action, ...(participant === undefined ? {} : { participant }) });
  }

  answerConsent(agreed: boolean): void {
    void this.act({ type: "answer_consent", agreed });
  }

  raiseHand(raised: boolean): void {
    this.say({ type: "raise_hand", raised });
  }
}
