// Something of the server's that a screen shows: loading, there, or a sentence about why not.
import { useCallback, useEffect, useRef, useState } from "react";
import { api, type Query, sentenceOf } from "../../site/api";

export interface Data<T> {
  value?: T;
  problem?: string;
  loading: boolean;
  again(): void;
}

/** `path` null asks for nothing. What was there stays to be seen while it is asked again. `every`: seconds. */
export function useData<T>(path: string | null, query: Query = {}, every = 0): Data<T> {
  const [state, setState] = useState<{ value?: T; problem?: string; loading: boolean }>({ loading: path !== null });
  const [round, setRound] = useState(0);
  const key = JSON.stringify(query);
  const shown = useRef(path);
  useEffect(() => {
    if (path === null) return;
    const gone = new AbortController();
    setState((before) => ({ ...(shown.current === path ? before : {}), loading: true }));
    shown.current = path;
    api.get<T>(path, JSON.parse(key) as Query, gone.signal).then(
      (value) => setState({ value, loading: false }),
      (error: unknown) => {
        if (!gone.signal.aborted) setState((before) => ({ ...before, problem: sentenceOf(error), loading: false }));
      },
    );
    return () => gone.abort();
  }, [path, key, round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  useEffect(() => {
    if (every <= 0 || path === null) return;
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, every * 1000);
    return () => clearInterval(timer);
  }, [every, path, again]);
  return { ...state, again };
}
