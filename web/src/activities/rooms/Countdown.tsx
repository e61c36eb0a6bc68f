// How long the rooms stay open, second by second.
import { useEffect, useState } from "react";
import { at } from "../../i18n/activities";
import { ClockIcon } from "../../ui/icons";

export const secondsLeft = (until: number, now: number): number => Math.max(0, Math.ceil((until - now) / 1000));

export function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 500);
    return () => window.clearInterval(timer);
  }, []);
  const left = secondsLeft(until, now);
  return (
    <p className="banner warn countdown">
      <ClockIcon />
      <span className="numbers" aria-hidden="true">{at("rooms.closing", { time: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` })}</span>
      <span className="only-spoken">{at("rooms.closingSoon")}</span>
    </p>
  );
}
