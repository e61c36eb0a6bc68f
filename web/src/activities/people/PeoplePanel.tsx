// Who is here, who waits, who wants to speak, and what can be done with each.
import type { RosterEntry } from "@protocol/signalling";
import { useState } from "react";
import { Button, Input, SearchField } from "react-aria-components";
import { t } from "../../i18n";
import { at } from "../../i18n/activities";
import type { MeetingState } from "../../meeting/store";
import { isHost, nameOf } from "../../meeting/state";
import type { Surroundings } from "../../ui/bar";
import { CameraOffIcon, HandIcon, LinkIcon, MicIcon, MicOffIcon, RecordIcon, StarIcon } from "../../ui/icons";
import { harmless } from "../text";
import { Face } from "./Face";
import { PersonDialog, type PersonQuestion } from "./PersonDialog";
import { PersonMenu } from "./PersonMenu";

const searchFrom = 8;

export default function PeoplePanel({ store, state, open }: Surroundings) {
  const [words, setWords] = useState("");
  const [question, setQuestion] = useState<PersonQuestion | null>(null);
  const host = isHost(state);
  const people = [...state.roster.values()].sort((a, b) => rank(a, state) - rank(b, state) || a.participant - b.participant);
  const shown = people.filter((e) => harmless(e.name).toLowerCase().includes(words.trim().toLowerCase()));
  return (
    <div className="column">
      <div className="row">
        <Button className="small" onPress={() => open("invite")}><LinkIcon />{at("invite.title")}</Button>
        {host && <Button className="small" onPress={() => store.command("mute_all")}><MicOffIcon />{t("host.muteAll")}</Button>}
      </div>
      {host && state.waiting.length > 0 && (
        <section aria-labelledby="people-waiting" className="people-waiting">
          <div className="spread">
            <h3 id="people-waiting">{at("people.waitingCount", { count: state.waiting.length })}</h3>
            {state.waiting.length > 1 && <Button className="small" onPress={() => store.command("admit")}>{t("people.admitAll")}</Button>}
          </div>
          <ul className="people">
            {state.waiting.map((w) => (
              <li key={w.participant}>
                <Face name={harmless(w.name)} />
                <span className="grow" dir="auto">{harmless(w.name)}</span>
                <Button className="small primary" aria-label={at("people.doTo", { what: t("people.admit"), name: harmless(w.name) })} onPress={() => store.command("admit", w.participant)}>{t("people.admit")}</Button>
                <Button className="small" aria-label={at("people.doTo", { what: t("people.deny"), name: harmless(w.name) })} onPress={() => store.command("deny", w.participant)}>{t("people.deny")}</Button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {state.hands.length > 0 && (
        <section aria-labelledby="people-hands">
          <div className="spread">
            <h3 id="people-hands">{at("people.hands")}</h3>
            {host && <Button className="small" onPress={() => store.command("lower_all_hands")}>{at("people.lowerAll")}</Button>}
          </div>
          <ol className="people hands">
            {state.hands.map((participant, k) => {
              const name = harmless(nameOf(state, participant));
              return (
                <li key={participant}>
                  <span className="hand-place numbers" aria-hidden="true">{k + 1}</span>
                  <HandIcon />
                  <span className="grow" dir="auto">{name}</span>
                  {participant === state.self && <Button className="small quiet" onPress={() => store.raiseHand(false)}>{t("bar.handDown")}</Button>}
                  {host && participant !== state.self && (
                    <Button className="small quiet" aria-label={at("people.doTo", { what: t("bar.handDown"), name })} onPress={() => store.command("lower_hand", participant)}>{t("bar.handDown")}</Button>
                  )}
                </li>
              );
            })}
          </ol>
        </section>
      )}
      <section aria-labelledby="people-here">
        <h3 id="people-here">{at("people.here")}</h3>
        {people.length >= searchFrom && (
          <SearchField aria-label={at("people.search")} value={words} onChange={setWords}><Input placeholder={at("people.search")} /></SearchField>
        )}
        <ul className="people">
          {shown.map((entry) => <Person key={entry.participant} entry={entry} state={state}><PersonMenu {...{ entry, store, state, open }} ask={setQuestion} /></Person>)}
          {shown.length === 0 && <li className="hint">{at("people.nobody")}</li>}
        </ul>
      </section>
      {question && <PersonDialog question={question} store={store} onClose={() => setQuestion(null)} />}
    </div>
  );
}

/** Oneself first, then hosts, then whoever holds the hand up. */
function rank(entry: RosterEntry, state: MeetingState): number {
  if (entry.participant === state.self) return 0;
  if (entry.role === "host") return 1;
  if (entry.role === "cohost") return 2;
  return entry.client === "recorder" ? 4 : 3;
}

function Person({ entry, state, children }: { entry: RosterEntry; state: MeetingState; children: React.ReactNode }) {
  const said = [
    entry.participant === state.self ? t("meeting.you") : "",
    entry.role === "host" ? t("people.host") : entry.role === "cohost" ? t("people.cohost") : "",
    entry.client === "native" || entry.client === "web" ? "" : at(`people.client.${entry.client}`),
    entry.connected ? "" : at("people.away"),
    (entry.room ?? 0) !== 0 ? at("people.inRoom", { room: state.rooms.find((r) => r.room === entry.room)?.name ?? String(entry.room) }) : "",
    entry.consent === "refused" ? at("people.refused") : entry.consent === "agreed" && state.recorded ? at("people.agreed") : "",
  ].filter((words) => words !== "");
  const machine = entry.client === "recorder" || entry.client === "stream";
  return (
    <li>
      <Face name={harmless(entry.name)} machine={machine} />
      <span className="grow">
        <span dir="auto">{harmless(entry.name)}</span>
        {said.length > 0 && <small dir="auto">{said.join(" · ")}</small>}
      </span>
      <span className="person-marks">
        {entry.recording !== "off" && <Mark name={at(entry.recording === "paused" ? "people.recordingPaused" : "people.recording")} className="bad-words"><RecordIcon /></Mark>}
        {state.spotlight.includes(entry.participant) && <Mark name={at("people.inSpotlight")}><StarIcon /></Mark>}
        {state.hands.includes(entry.participant) && <Mark name={t("people.hand")}><HandIcon /></Mark>}
        {!machine && (entry.video_muted ? <Mark name={at("people.noCamera")} quiet><CameraOffIcon /></Mark> : null)}
        {!machine && (entry.audio_muted ? <Mark name={t("people.muted")} quiet><MicOffIcon /></Mark> : <Mark name={at("people.micOn")} quiet><MicIcon /></Mark>)}
      </span>
      {children}
    </li>
  );
}

function Mark({ name, quiet = false, className = "", children }: { name: string; quiet?: boolean; className?: string; children: React.ReactNode }) {
  return <span className={`${quiet ? "mark quiet-words" : "mark"} ${className}`} title={name}>{children}<span className="only-spoken">{name}</span></span>;
}
