// What the stage says: pre-join, views, devices, quality, encryption.
import { area } from "../area";
import { en } from "./en";

export type { StageKey } from "./en";
export const st = area(en, import.meta.glob(["./*.ts", "!./index.ts"], { eager: true }));
