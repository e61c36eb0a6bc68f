// What people read about what they do in a meeting: chat, hands, polls, questions, rooms, recording, host controls, keyboard.
import { area } from "../area";
import { en } from "./en";

export type { ActivitiesKey } from "./en";
export const at = area(en, import.meta.glob(["./*.ts", "!./index.ts"], { eager: true }));
