// What a page asks the server first is asked while the bundle of the page is still on its way.

/** So long a page waits for an answer that it only reads, in milliseconds; then it says that the server was not reached. */
export const readLimit = 60_000;

let asked: { url: string; answer: Promise<Response> } | undefined;

export function askEarly(url: string): void {
  const answer = fetch(url, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(readLimit) });
  // Whoever takes it hears of a failure; it is none that nobody does.
  answer.catch(() => undefined);
  asked = { url, answer };
}

/** The answer that was asked for early; only once: afterwards it may be another. */
export function takeEarly(url: string): Promise<Response> | undefined {
  if (asked?.url !== url) return undefined;
  const { answer } = asked;
  asked = undefined;
  return answer;
}
