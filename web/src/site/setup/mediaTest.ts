// Tries what every participant needs: a short meeting with nobody else, from this browser to the media worker.
import { api } from "../api";
import { instant, type Meeting } from "../meetings/types";
import type { Check } from "./checks";

const longest = 15_000;

export async function mediaTest(topic: string): Promise<Check> {
  // The meeting's client is a bundle of its own; only this step needs it here.
  const [{ MeetingStore }, { supported }] = await Promise.all([import("../../meeting/store"), import("../../media/connection")]);
  if (!supported()) return { name: "browser", verdict: "note", state: "unsupported", value: "" };
  const made = await api.post<Meeting>("/v2/users/me/meetings", { topic, type: instant, password: "", settings: { waiting_room: false } });
  const start = new URL(made.start_url ?? made.join_url).searchParams.get("zak") ?? undefined;
  const store = new MeetingStore();
  try {
    const began = performance.now();
    const outcome = await new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve("timeout"), longest);
      store.subscribe(() => {
        const { media, phase, notice } = store.snapshot();
        if (media === "connected") resolve("");
        else if (phase === "ended") resolve(notice === "" ? "ended" : notice);
        else return;
        clearTimeout(timer);
      });
      void store.join({ meetingId: String(made.id), ...(start === undefined ? {} : { start }) }, topic, { audio: null, video: null });
    });
    const took = Math.round(performance.now() - began);
    return outcome === "" ? { name: "browser", verdict: "good", state: "here", value: String(took) } : { name: "browser", verdict: "bad", state: "failed", value: outcome };
  } finally {
    store.leave();
    await api.delete(`/v2/meetings/${made.id}`).catch(() => undefined);
  }
}
