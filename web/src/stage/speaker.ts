// Who is the active speaker: the loudest one, slowly. A cough does not take the large picture from whoever talks.

/** A larger value: short remarks do not switch; a smaller one: the picture follows sooner. */
export const candidateFor = 700;
/** A larger value: calmer; a smaller one: quick exchanges are followed. */
export const stayFor = 2000;

export class ActiveSpeaker {
  private now = 0;
  private since = -Infinity;
  private candidate = 0;
  private candidateSince = 0;

  /** Nobody yet: 0. */
  get active(): number {
    return this.now;
  }

  /** `loudest` as the server sends it, loudest first; `at` in milliseconds. `present` forgets who has left. Returns who
   * is active. */
  update(loudest: readonly number[], present: (participant: number) => boolean, at: number): number {
    if (this.now !== 0 && !present(this.now)) this.now = 0;
    const first = loudest.find(present) ?? 0;
    if (first === 0 || first === this.now) {
      this.candidate = 0;
      return this.now;
    }
    if (first !== this.candidate) {
      this.candidate = first;
      this.candidateSince = at;
    }
    const due = this.dueAt;
    if (due !== null && at >= due) {
      this.now = first;
      this.since = at;
      this.candidate = 0;
    }
    return this.now;
  }

  /** When `update` is to be called again although nothing was heard; null when nobody waits. */
  get dueAt(): number | null {
    if (this.candidate === 0) return null;
    return this.now === 0 ? this.candidateSince : Math.max(this.candidateSince + candidateFor, this.since + stayFor);
  }
}
