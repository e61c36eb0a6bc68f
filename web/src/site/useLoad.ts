// What a page reads from the server: not here yet, here, or why not.
import { useCallback, useEffect, useState } from "react";
import { sentenceOf } from "./api";

export type Loaded<T> = { state: "loading" } | { state: "failed"; sentence: string } | { state: "here"; value: T };

/** Loads again when `key` changes, and when `again` is called; what is shown meanwhile stays. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): { loaded: Loaded<T>; again(): void } {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    load(abort.signal).then(
      (value) => setLoaded({ state: "here", value }),
      (error: unknown) => {
        if (!abort.signal.aborted) setLoaded({ state: "failed", sentence: sentenceOf(error) });
      },
    );
    return () => abort.abort();
    // `load` is made anew by every rendering; `key` says what it reads.
  }, [key, round]);
  return { loaded, again: useCallback(() => setRound((n) => n + 1), []) };
}
