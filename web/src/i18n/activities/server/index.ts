// The server's own sentences are English. Those that people meet in a meeting are known here in the page's language; one
// that is not known is shown as it came.
import { sentences } from "../../area";

export const serverSentence = sentences(import.meta.glob(["./*.ts", "!./index.ts"], { eager: true }));
