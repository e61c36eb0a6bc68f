// Captions by the browser's own speech recognition, where it works on this device and nowhere else. Without
// `processLocally` browsers send sound to a service of their maker: such a recogniser is never started.
import type { Caption, CaptionProblem, CaptionSink, CaptionSource } from "./captions";

/** What of SpeechRecognition is used (Web Speech API); the compiler's own types do not know all of it. */
export interface Recogniser {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  processLocally: boolean;
  onresult: ((event: RecogniserResults) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start(track: MediaStreamTrack): void;
  abort(): void;
}
export interface RecogniserResults {
  resultIndex: number;
  results: ArrayLike<{ isFinal: boolean } & ArrayLike<{ transcript: string }>>;
}
export interface RecogniserMaker {
  new (): Recogniser;
  available(options: { langs: string[]; processLocally: boolean }): Promise<string>;
  install?(options: { langs: string[] }): Promise<boolean>;
}

/** Whether a language can be recognised on this device: now, after the browser has fetched it, or not at all. */
export type Support = "ready" | "fetchable" | "absent";

/** null where the browser cannot promise that sound stays here. */
export function recogniserMaker(scope: object): RecogniserMaker | null {
  const known = scope as { SpeechRecognition?: RecogniserMaker; webkitSpeechRecognition?: RecogniserMaker };
  const maker = known.SpeechRecognition ?? known.webkitSpeechRecognition;
  if (!maker || typeof maker.available !== "function" || !("processLocally" in maker.prototype)) return null;
  return maker;
}

export async function supportOf(maker: RecogniserMaker, language: string): Promise<Support> {
  try {
    const answer = await maker.available({ langs: [language], processLocally: true });
    if (answer === "available") return "ready";
    return (answer === "downloadable" || answer === "downloading") && maker.install ? "fetchable" : "absent";
  } catch {
    // A policy forbids to ask, or the browser does not understand the language's name.
    return "absent";
  }
}

/** More would be asked of the browser than anybody chooses from. */
const mostLanguages = 8;

/** In the names that recognisers have: some know Mandarin by its own code only. */
export function wishedLanguages(browser: readonly string[], page: string): string[] {
  const own = page === "zh-Hant" ? ["zh-TW", "cmn-Hant-TW"] : [];
  return [...new Set([...own, "en-US", ...browser])].slice(0, mostLanguages);
}

/** What a recogniser listens to, and whose voice it has heard most since `turn`. hearing.ts is the real one. */
export interface Listening {
  track: MediaStreamTrack;
  speaker(): number;
  /** An utterance is over. */
  turn(): void;
  close(): void;
}

/** A recogniser ends by itself in a silence and is started again; after so many ends without a word it does not work. */
const mostFailures = 5;
/** In ms. Sooner than this no silence has been listened to. */
const leastListening = 1000;
const pause = (failures: number): number => (failures === 0 ? 50 : 500 * 2 ** (failures - 1));

export class DeviceRecognition implements CaptionSource {
  private sink: CaptionSink | null = null;
  private running: Recogniser | null = null;
  private listening: Listening | null = null;
  private session = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly maker: RecogniserMaker, private readonly language: string, private readonly listen: () => Listening,
    private readonly now: () => number = () => performance.now(),
  ) {}

  start(into: CaptionSink): void {
    this.sink = into;
    void this.begin();
  }

  stop(): void {
    this.sink = null;
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
    this.listening?.close();
    this.listening = null;
  }

  private fail(why: CaptionProblem): void {
    const sink = this.sink;
    this.stop();
    sink?.failed(why);
  }

  private async begin(): Promise<void> {
    // Asked anew each time: a language can be taken off a device while a meeting goes on.
    const support = await supportOf(this.maker, this.language);
    if (!this.sink) return;
    if (support !== "ready") return this.fail("language");
    const recogniser = new this.maker();
    recogniser.processLocally = true;
    if (recogniser.processLocally !== true) return this.fail("broken");
    recogniser.lang = this.language;
    recogniser.continuous = true;
    recogniser.interimResults = true;
    const session = ++this.session;
    let heard = false;
    let trouble = "";
    const began = this.now();
    recogniser.onresult = (event) => {
      if (this.running !== recogniser) return;
      heard = true;
      this.failures = 0;
      this.tell(event, session);
    };
    recogniser.onerror = (event) => {
      trouble = event.error;
    };
    recogniser.onend = () => {
      if (this.running !== recogniser) return;
      this.running = null;
      this.ended(heard, trouble, this.now() - began);
    };
    this.running = recogniser;
    try {
      this.listening ??= this.listen();
      recogniser.start(this.listening.track);
    } catch {
      this.running = null;
      this.ended(false, "audio-capture", 0);
    }
  }

  private ended(heard: boolean, trouble: string, lasted: number): void {
    // "network": whatever needs one is not what was asked for.
    if (trouble === "not-allowed") return this.fail("refused");
    if (trouble === "language-not-supported" || trouble === "service-not-allowed") return this.fail("language");
    if (trouble === "network") return this.fail("broken");
    // A silence is none of its failures.
    const silence = trouble === "no-speech" || (trouble === "" && lasted >= leastListening);
    if (!heard && !silence) this.failures += 1;
    if (this.failures >= mostFailures) return this.fail("broken");
    this.timer = setTimeout(() => void this.begin(), pause(this.failures));
  }

  private tell({ resultIndex, results }: RecogniserResults, session: number): void {
    for (let k = resultIndex; k < results.length; ++k) {
      const result = results[k]!;
      const caption: Caption = {
        utterance: `${session}.${k}`, participant: this.listening?.speaker() ?? 0, text: result[0]?.transcript ?? "", final: result.isFinal, language: this.language,
      };
      if (result.isFinal) this.listening?.turn();
      this.sink?.caption(caption);
    }
  }
}
