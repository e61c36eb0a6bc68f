// From the link to the meeting: which screen is shown.
import { Suspense, useEffect, useLayoutEffect, useState, useSyncExternalStore } from "react";
import { Button } from "react-aria-components";
import { later, lazily } from "../activities/later";
import { notCome } from "../core/checked";
import { language, t, textOr } from "../i18n";
import { serverSentence } from "../i18n/activities/server";
import { supported } from "../media/connection";
import { goesByItself, letGo } from "../meeting/leaving";
import { registrationAsked } from "../meeting/registration";
import { type JoinLink, MeetingStore } from "../meeting/store";
import { devices } from "../stage/devices";
import { LeaveIcon, WarningIcon } from "./icons";
import { PreJoin } from "./PreJoin";

/** The largest part: it comes while the join is under way, not before the first screen. */
const loadMeeting = () => import("./Meeting").then(({ Meeting }) => ({ default: Meeting }));
const Meeting = lazily(loadMeeting, "message");
const WaitingRoom = later(() => import("../activities/WaitingRoom"));

/** What a person can put right on the first screen. */
const correctable = new Set(["wrong_passcode", "passcode_needed", "rate_limited", "locked"]);

export default function MeetingApp({ link }: { link: JoinLink }) {
  const [store] = useState(() => new MeetingStore());
  const { phase, notice, errorCode, leaveUrl } = useSyncExternalStore(store.subscribe, store.snapshot);
  const [again, setAgain] = useState(false);
  // Who has left is neither seen nor heard: camera and microphone are let go. Before the effects of the first screen, which may come
  // with it (after a wrong passcode) and opens them anew.
  const over = phase === "ended";
  useLayoutEffect(() => {
    if (over) letGo(store, devices());
  }, [store, over]);
  // A page that breaks, or that one leaves for another one, takes its meeting with it.
  useEffect(() => () => letGo(store, devices()), [store]);
  const goes = over && leaveUrl !== "" && goesByItself(errorCode);
  useEffect(() => {
    if (goes) location.assign(leaveUrl);
  }, [goes, leaveUrl]);
  if (!supported()) return <main className="message"><WarningIcon /><h1>{t("join.title")}</h1><p role="alert">{t("join.unsupported")}</p></main>;
  if (phase === "idle" || (phase === "ended" && (again || correctable.has(errorCode)))) {
    return (
      <PreJoin
        link={link}
        problem={phase === "ended" && !again ? serverSentence(notice) : ""}
        onJoin={(l, name, devices) => {
          setAgain(false);
          // Nobody joins a meeting that cannot be shown.
          const screen = loadMeeting().catch(() => {
            throw new Error(notCome);
          });
          void store.join(l, name, devices, screen);
        }}
      />
    );
  }
  const connecting = (
    <main className="message">
      <h1>{t("join.title")}</h1>
      <p role="status">{t("join.connecting")}</p>
      <Button onPress={() => store.leave()}>{t("bar.leave")}</Button>
    </main>
  );
  if (phase === "connecting") return connecting;
  if (phase === "waiting") return <WaitingRoom store={store} state={store.state} />;
  if (phase === "ended") {
    const register = registrationAsked(notice, location.origin);
    if (register) {
      return (
        <main className="message">
          <h1>{t("ended.register.title")}</h1>
          <p role="status">{serverSentence(register.sentence)} {t("ended.register.text")}</p>
          <a className="button primary" href={`${register.path}?lang=${language === "zh-Hant" ? "zh-TW" : "en"}`}>{t("ended.register.button")}</a>
          <Button className="quiet" onPress={() => setAgain(true)}>{t("ended.again")}</Button>
        </main>
      );
    }
    return (
      <main className="message">
        <LeaveIcon />
        <h1>{t("ended.title")}</h1>
        <p role="status" dir="auto">{notice === notCome ? t("app.notLoaded") : notice !== "" ? serverSentence(notice) : textOr(`ended.${errorCode}`, t("ended.left"))}</p>
        {leaveUrl !== "" && <a className="button primary" href={leaveUrl}>{t("ended.back", { host: new URL(leaveUrl).host })}</a>}
        {notice === notCome && <Button className="primary" onPress={() => location.reload()}>{t("app.reload")}</Button>}
        <Button className={leaveUrl === "" ? "primary" : ""} onPress={() => setAgain(true)}>{t("ended.again")}</Button>
      </main>
    );
  }
  return <Suspense fallback={connecting}><Meeting store={store} /></Suspense>;
}
