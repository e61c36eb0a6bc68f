// The words of the pages around meetings.
import { area } from "../area";
import { en } from "./en";
import { zhHant } from "./zh-Hant";

export type { SiteKey } from "./en";
export const site = area(en, zhHant);
