// The words of the pages around meetings.
import { area } from "../area";
import { en } from "./en";

export type { SiteKey } from "./en";
export const site = area(en, import.meta.glob(["./*.ts", "!./index.ts"], { eager: true }));
