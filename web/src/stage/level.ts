// How loud a microphone is, for the meter; and the tone that tests a speaker.

/** Calls `show` with 0..1 about 30 times a second until the returned function is called. Where a browser cannot listen to the
 * track (Firefox, when its rate of samples is another one), never: a meter is not worth a meeting. */
export function watchLevel(track: MediaStreamTrack, show: (level: number) => void): () => void {
  let context: AudioContext | undefined;
  try {
    context = new AudioContext();
    return watchIn(context, track, show);
  } catch {
    void context?.close();
    return () => undefined;
  }
}

function watchIn(context: AudioContext, track: MediaStreamTrack, show: (level: number) => void): () => void {
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let shown = 0;
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    shown = Math.max(levelOf(samples), shown * 0.85);
    show(shown);
  }, 33);
  return () => {
    window.clearInterval(timer);
    void context.close();
  };
}

/** -60 dB (a quiet room) is 0 and -6 dB (too loud) is 1: as loudness is heard, not as amplitude. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const s of samples) sum += s * s;
  const decibel = 10 * Math.log10(sum / Math.max(samples.length, 1) + 1e-12);
  return Math.min(1, Math.max(0, (decibel + 60) / 54));
}

export const canChooseSpeaker = (): boolean => "setSinkId" in HTMLMediaElement.prototype;

/** Sends what an element plays to a speaker; "" is the system's. A speaker that is away leaves it as it was. */
export async function useSpeaker(element: HTMLMediaElement, id: string): Promise<void> {
  if (!canChooseSpeaker() || element.sinkId === id) return;
  await element.setSinkId(id).catch(() => undefined);
}

/** Without a sound device, Firefox says nothing about whether it plays. */
const playLimit = 3000;

/** Two soft notes out of the chosen speaker. Resolves when they are over; fails when nothing can be played. */
export async function testTone(speaker: string): Promise<void> {
  const context = new AudioContext();
  const element = new Audio();
  try {
    const out = context.createMediaStreamDestination();
    element.srcObject = out.stream;
    const silent = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("nothing plays")), playLimit));
    await Promise.race([useSpeaker(element, speaker).then(() => element.play()), silent]);
    playNotes(context, out);
    await new Promise((resolve) => setTimeout(resolve, 1300));
  } finally {
    element.srcObject = null;
    void context.close().catch(() => undefined);
  }
}

function playNotes(context: AudioContext, out: AudioNode): void {
  [523.25, 659.25].forEach((hertz, k) => {
    const note = context.createOscillator();
    const loud = context.createGain();
    const start = context.currentTime + 0.05 + k * 0.45;
    note.frequency.value = hertz;
    loud.gain.setValueAtTime(0, start);
    loud.gain.linearRampToValueAtTime(0.25, start + 0.04);
    loud.gain.exponentialRampToValueAtTime(0.001, start + 0.6);
    note.connect(loud).connect(out);
    note.start(start);
    note.stop(start + 0.65);
  });
}
