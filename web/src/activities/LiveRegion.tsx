// Compares each state with the one before and has the news read aloud by screen readers.
import { useEffect, useRef, useState } from "react";
import { at } from "../i18n/activities";
import type { Surroundings } from "../ui/bar";
import { Announcer, type Spoken } from "./announcer";
import { tellNews } from "./news";

export function sentence({ news, names, count, text }: Spoken): string {
  const who = names.length > 3 || (news !== "chat" && news !== "private" && count > names.length) ? "" : names.join(at("live.and"));
  if ((news === "chat" || news === "private") && count === 1 && text !== "") return at(news === "chat" ? "live.message" : "live.privateMessage", { name: names[0] ?? "", text });
  return who !== "" ? at(`live.${news}`, { names: who, count }) : at(`live.${news}Many`, { count });
}

export function LiveRegion({ state }: Surroundings) {
  const before = useRef(state);
  const [announcer] = useState(() => new Announcer());
  const [said, setSaid] = useState("");
  useEffect(() => {
    tellNews(before.current, state, announcer);
    before.current = state;
  }, [announcer, state]);
  useEffect(() => {
    const timer = window.setInterval(() => {
      const sentences = announcer.due(performance.now()).map(sentence);
      if (sentences.length > 0) setSaid(sentences.join(" "));
    }, 500);
    return () => window.clearInterval(timer);
  }, [announcer]);
  return <div className="only-spoken" dir="auto" role="log" aria-live="polite" aria-label={at("live.title")} data-live>{said}</div>;
}
