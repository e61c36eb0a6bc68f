// What is sent once, however often it is pressed.
import { useState } from "react";

/** What is being sent: `free` gives those of the keys that are not. */
export class UnderWay<Key> {
  private readonly going = new Set<Key>();

  free<K extends Key>(keys: readonly K[]): K[] {
    return keys.filter((key) => !this.going.has(key));
  }

  async during<T>(keys: readonly Key[], act: () => Promise<T>): Promise<T> {
    for (const key of keys) this.going.add(key);
    try {
      return await act();
    } finally {
      for (const key of keys) this.going.delete(key);
    }
  }
}

/** Does `act`, unless what it was given before is still under way. */
export function once(): (act: () => Promise<unknown>) => Promise<void> {
  const going = new UnderWay<"act">();
  return async (act) => {
    if (going.free(["act"]).length > 0) await going.during(["act"], act);
  };
}

/** The same for a component, over all its renders. */
export const useOnce = (): ReturnType<typeof once> => useState(once)[0];
