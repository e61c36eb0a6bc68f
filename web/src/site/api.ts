// Calls of the server's API from its own pages. The session is a cookie that no script reads; the browser itself says
// that the page is ours. What goes wrong comes as an ApiFailure with a sentence for the person.
import { site } from "../i18n/site";
import { said } from "../i18n/site/server";
import { readLimit, takeEarly } from "./early";

export class ApiFailure extends Error {
  constructor(
    /** 0: the server was not reached. */
    readonly status: number,
    message: string,
    /** What is wrong with which field, as sentences. */
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
  /** The most exact sentence that there is. */
  get sentence(): string {
    return Object.values(this.fields)[0] ?? this.message;
  }
}

/** For `catch`: whatever it was, a sentence. */
export function sentenceOf(error: unknown): string {
  return error instanceof ApiFailure ? error.sentence : site("error.unexpected");
}

export type Query = Record<string, string | number | boolean | undefined>;

/** "/v2/meetings/1" and {occurrence_id: ".."} together; what is undefined is left out. */
export function address(path: string, query: Query = {}): string {
  const entries = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return entries.length === 0 ? path : `${path}?${new URLSearchParams(entries)}`;
}

/** Reads {code, message, errors: [{field, message}]}; anything else (a proxy's page) gets a sentence of ours. */
export function failureOf(status: number, text: string): ApiFailure {
  try {
    const body = JSON.parse(text) as { message?: unknown; errors?: { field?: unknown; message?: unknown }[] };
    if (typeof body.message === "string") {
      const fields = (Array.isArray(body.errors) ? body.errors : []).map((e) => [String(e.field), said(String(e.message))]);
      return new ApiFailure(status, said(body.message), Object.fromEntries(fields));
    }
  } catch {
    // Not ours.
  }
  return new ApiFailure(status, status >= 500 ? site("error.server") : site("error.unexpected"));
}

/** Called when the server no longer knows the session. */
let signedOut: () => void = () => undefined;
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

/** An end for who waits for a server that takes the connection and says nothing; what is written may take as long as it does. */
function limited(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(readLimit);
  // Firefox before 124 and Safari before 17.4 have no `any`: there one waits.
  return signal ? (AbortSignal.any?.([signal, limit]) ?? signal) : limit;
}

async function call<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  let text: string;
  try {
    const early = method === "GET" ? takeEarly(url) : undefined;
    response = await (early ?? fetch(url, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      // A file goes as it is; its own type becomes the header.
      headers: body === undefined || body instanceof Blob ? {} : { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
      ...(method === "GET" ? { signal: limited(signal) } : {}),
    }));
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiFailure(0, site("error.unreached"));
  }
  if (!response.ok) {
    if (response.status === 401 && !url.startsWith("/api/sign-in")) signedOut();
    throw failureOf(response.status, text);
  }
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>("GET", address(path, query), undefined, signal),
  post: <T = void>(path: string, body: unknown = {}) => call<T>("POST", path, body),
  put: <T = void>(path: string, body: unknown = {}) => call<T>("PUT", path, body),
  patch: <T = void>(path: string, body: unknown, query?: Query) => call<T>("PATCH", address(path, query), body),
  delete: <T = void>(path: string, query?: Query) => call<T>("DELETE", address(path, query)),
};

/** A segment of a path, whatever it is made of. */
export const segment = encodeURIComponent;
