// One track out of everybody's voices for a recogniser, and who of them is heard: by the sound itself and the key that
// opened it, so that a caption bears the name that the tile bears.
import type { Listening } from "./recogniser";

export interface Voice {
  participant: number;
  track: MediaStreamTrack;
}

/** How often voices are measured, in milliseconds. */
const every = 100;
/** Quieter is a room, not a voice (of full scale). */
const quietest = 0.008;
/** What is left of a moment's loudness after the next one. Larger: a long speech outweighs an answer; smaller: a cough counts. */
const memory = 0.96;

/** Whose voice has been the most of what was heard lately. */
export class Attribution {
  private readonly sums = new Map<number, number>();
  private last = 0;

  /** Levels of one moment, 0 to 1, by participant. */
  feed(levels: ReadonlyMap<number, number>): void {
    for (const [participant, sum] of this.sums) this.sums.set(participant, sum * memory);
    for (const [participant, level] of levels) if (level >= quietest) this.sums.set(participant, (this.sums.get(participant) ?? 0) + level);
  }

  /** 0 before anybody was heard. Words come after their sound: in a silence it is who spoke last. */
  speaker(): number {
    let most = 0;
    for (const [participant, sum] of this.sums) {
      if (sum <= most) continue;
      most = sum;
      this.last = participant;
    }
    return this.last;
  }

  turn(): void {
    this.speaker();
    this.sums.clear();
  }
}

export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

interface Ear {
  participant: number;
  source: MediaStreamAudioSourceNode;
  analyser: AnalyserNode;
}

/** `voices` is asked again and again: people come, go and take each other's slots. */
export function listenTo(voices: () => readonly Voice[]): Listening {
  const context = new AudioContext();
  const mixed = context.createMediaStreamDestination();
  const ears = new Map<MediaStreamTrack, Ear>();
  const attribution = new Attribution();
  const samples = new Float32Array(1024);

  const follow = (now: readonly Voice[]) => {
    for (const [track, ear] of ears) {
      if (now.some((voice) => voice.track === track)) continue;
      ear.source.disconnect();
      ear.analyser.disconnect();
      ears.delete(track);
    }
    for (const { track, participant } of now) {
      const known = ears.get(track);
      if (known) {
        known.participant = participant;
        continue;
      }
      const source = context.createMediaStreamSource(new MediaStream([track]));
      const analyser = context.createAnalyser();
      analyser.fftSize = samples.length;
      source.connect(analyser).connect(mixed);
      ears.set(track, { participant, source, analyser });
    }
  };
  const measure = () => {
    follow(voices());
    const levels = new Map<number, number>();
    for (const { participant, analyser } of ears.values()) {
      analyser.getFloatTimeDomainData(samples);
      levels.set(participant, Math.max(levels.get(participant) ?? 0, rms(samples)));
    }
    attribution.feed(levels);
  };

  void context.resume().catch(() => undefined);
  measure();
  const timer = window.setInterval(measure, every);
  return {
    track: mixed.stream.getAudioTracks()[0]!,
    speaker: () => attribution.speaker(),
    turn: () => attribution.turn(),
    close: () => {
      window.clearInterval(timer);
      follow([]);
      void context.close().catch(() => undefined);
    },
  };
}
