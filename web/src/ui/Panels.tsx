// What opens beside the videos: people with host controls, and chat.
import { useState } from "react";
import { Button, Form, Input, Label, TextField } from "react-aria-components";
import { t } from "../i18n";
import type { MeetingState, MeetingStore } from "../meeting/store";

interface Props {
  store: MeetingStore;
  state: MeetingState;
}

export function People({ store, state }: Props) {
  const hosts = state.role === "host" || state.role === "cohost";
  return (
    <>
      {hosts && state.waiting.length > 0 && (
        <section aria-label={t("people.waiting")}>
          <h3>{t("people.waiting")}</h3>
          <ul className="people">
            {state.waiting.map((w) => (
              <li key={w.participant}>
                <span dir="auto">{w.name}</span>
                <Button onPress={() => store.command("admit", w.participant)}>{t("people.admit")}</Button>
                <Button onPress={() => store.command("deny", w.participant)}>{t("people.deny")}</Button>
              </li>
            ))}
          </ul>
          <Button onPress={() => store.command("admit")}>{t("people.admitAll")}</Button>
        </section>
      )}
      <ul className="people">
        {[...state.roster.values()].map((entry) => (
          <li key={entry.participant}>
            <span className="grow">
              <span dir="auto">{entry.name}</span>
              {entry.participant === state.self && ` (${t("meeting.you")})`}
              <small>
                {[
                  entry.role === "host" ? t("people.host") : entry.role === "cohost" ? t("people.cohost") : "",
                  entry.audio_muted ? t("people.muted") : "",
                  state.hands.includes(entry.participant) ? t("people.hand") : "",
                ].filter((text) => text !== "").join(" · ")}
              </small>
            </span>
            {hosts && entry.participant !== state.self && (
              <>
                {!entry.audio_muted && <Button aria-label={`${t("people.mute")}: ${entry.name}`} onPress={() => store.command("mute_audio", entry.participant)}>{t("people.mute")}</Button>}
                <Button aria-label={`${t("people.remove")}: ${entry.name}`} onPress={() => store.command("remove", entry.participant)}>{t("people.remove")}</Button>
              </>
            )}
          </li>
        ))}
      </ul>
      {hosts && (
        <div className="row">
          <Button onPress={() => store.command(state.meeting?.locked ? "unlock" : "lock")}>{t(state.meeting?.locked ? "host.unlock" : "host.lock")}</Button>
          <Button onPress={() => store.command("mute_all")}>{t("host.muteAll")}</Button>
          <Button className="danger" onPress={() => store.command("end_meeting")}>{t("host.end")}</Button>
        </div>
      )}
    </>
  );
}

export function Chat({ store, state }: Props) {
  const [text, setText] = useState("");
  return (
    <>
      <ol className="chat" aria-live="polite" tabIndex={0} aria-label={t("chat.title")}>
        {state.chat.length === 0 && <li className="hint">{t("chat.empty")}</li>}
        {state.chat.map((message) => (
          <li key={message.message}>
            <strong dir="auto">{message.name}</strong>
            <p dir="auto">{message.deleted ? t("chat.deleted") : message.text}</p>
          </li>
        ))}
      </ol>
      <Form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          void store.act({ type: "send_chat", scope: "everyone", text, files: [] });
          setText("");
        }}
      >
        <TextField value={text} onChange={setText} maxLength={4000} className="grow">
          <Label className="only-spoken">{t("chat.message")}</Label>
          <Input placeholder={t("chat.message")} autoComplete="off" />
        </TextField>
        <Button type="submit">{t("chat.send")}</Button>
      </Form>
    </>
  );
}
