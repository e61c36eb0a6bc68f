// The words of the admin console.
import { area } from "../area";
import { en } from "./en";

export type { AdminKey } from "./en";
export const at = area(en, import.meta.glob(["./*.ts", "!./index.ts"], { eager: true }));
/** The word for something that the server names, or that name itself. */
export function atOr(key: string, otherwise: string): string {
  return Object.hasOwn(en, key) ? at(key as keyof typeof en) : otherwise;
}
