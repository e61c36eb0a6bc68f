// What the stage says: pre-join, views, devices, quality, encryption.
import { area } from "../area";
import { en } from "./en";
import { zhHant } from "./zh-Hant";

export type { StageKey } from "./en";
export const st = area(en, zhHant);
