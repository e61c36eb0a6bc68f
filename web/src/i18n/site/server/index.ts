// Sentences of the server that people see on these pages. The server writes English; one that a catalogue here does not
// have stays so.
import { sentences } from "../../area";

export const said = sentences(import.meta.glob(["./*.ts", "!./index.ts"], { eager: true }));
