// Captions: the interface by which they arrive, whoever makes them, and the two lines of them that are shown.
import { cut, harmless } from "../text";

/** A piece of what somebody says. A later piece of the same utterance replaces it. */
export interface Caption {
  /** Names the utterance; no two of a source are the same. */
  utterance: string;
  /** Who speaks, by the number in the roster; 0 where the source cannot tell. */
  participant: number;
  /** All of the utterance so far, from a stranger: it is shown as text. */
  text: string;
  /** Nothing of it changes any more. */
  final: boolean;
  /** BCP 47. */
  language: string;
}

/** Why there are no more captions: not permitted, the language is not on this device, or the source does not work. */
export type CaptionProblem = "refused" | "language" | "broken";

export interface CaptionSink {
  caption(caption: Caption): void;
  /** At most once after `start`, and then nothing more. */
  failed(why: CaptionProblem): void;
}

/** Something that makes captions out of a meeting, or gets them from somewhere. recogniser.ts is one. */
export interface CaptionSource {
  /** Called once. */
  start(into: CaptionSink): void;
  /** After it the sink hears nothing more. */
  stop(): void;
}

export interface Line extends Caption {
  /** When it changed last, in milliseconds of the page's clock. */
  at: number;
}

/** How long a line stays after its last change, in milliseconds. Longer: more time to read; shorter: sooner out of the picture. */
export const lineTime = 8000;
const mostLines = 2;
/** Of a long utterance the end is shown; so much fits into two lines of a small screen. */
const mostLetters = 160;
/** What is longer was not spoken. */
const mostHeard = 4000;

/** The end of a text, from the beginning of a word where one is near. */
export function tail(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.slice(-most).replace(/^[\uDC00-\uDFFF]/, "");
  const space = end.indexOf(" ");
  return `…${space >= 0 && space < 24 ? end.slice(space + 1) : end}`;
}

export const stillShown = (lines: readonly Line[], now: number): readonly Line[] => lines.filter((line) => now - line.at < lineTime);

export function withCaption(lines: readonly Line[], caption: Caption, now: number): readonly Line[] {
  const known = lines.find((line) => line.utterance === caption.utterance);
  // What was final is not taken back by something that was under way.
  if (known?.final && !caption.final) return lines;
  const text = tail(harmless(cut(caption.text, mostHeard)).replace(/\s+/g, " ").trim(), mostLetters);
  const line: Line = { ...caption, text, at: now };
  const next = known ? lines.map((other) => (other === known ? line : other)) : [...lines, line];
  return stillShown(next.filter((other) => other.text !== ""), now).slice(-mostLines);
}
