// What the server says to who has not registered: a sentence with the address of the registration page.

export interface RegistrationAsked {
  /** The sentence without the address. */
  sentence: string;
  /** On this server. */
  path: string;
}

/** undefined: the sentence is about something else, or names a page of somebody else's. */
export function registrationAsked(notice: string, origin: string): RegistrationAsked | undefined {
  const found = /^(.*?): (https:\/\/\S+)$/.exec(notice);
  if (!found) return undefined;
  const [, sentence, address] = found;
  if (!URL.canParse(address!)) return undefined;
  const page = new URL(address!);
  return page.origin === origin && /^\/register\/\d+$/.test(page.pathname) ? { sentence: `${sentence}.`, path: page.pathname } : undefined;
}
