// In the waiting room: what one waits for, what hosts say, and a word to them.
import type { MeetingState, MeetingStore } from "../meeting/store";
import { Button } from "react-aria-components";
import { t } from "../i18n";
import { at } from "../i18n/activities";
import { ClockIcon } from "../ui/icons";
import { Composer } from "./chat/Composer";
import { audience } from "./chat/Message";
import { RichText } from "./RichText";
import { harmless } from "./text";

export default function WaitingRoom({ store, state }: { store: MeetingStore; state: MeetingState }) {
  return (
    <main className="waiting-room">
      <div className="card column">
        <ClockIcon className="waiting-icon" />
        <h1 dir="auto">{harmless(state.notice)}</h1>
        <p role="status">{t("join.waiting")}</p>
        <div role="status" className="lobby">
          {state.lobby.title !== "" && <h2 dir="auto">{harmless(state.lobby.title)}</h2>}
          {state.lobby.description !== "" && <RichText text={state.lobby.description} />}
        </div>
        <p className="hint">{at("waiting.hint")}</p>
        {state.chat.length > 0 && (
          <ol className="waiting-chat" aria-label={t("chat.title")} aria-live="polite" tabIndex={0}>
            {state.chat.map((m) => (
              <li key={m.message}>
                <small dir="auto"><strong>{harmless(m.name)}</strong> {m.from === state.self ? audience(m, state) : at("waiting.fromHost")}</small>
                {m.deleted ? <p className="hint">{t("chat.deleted")}</p> : <RichText text={m.text} />}
              </li>
            ))}
          </ol>
        )}
        <Composer store={store} state={state} draft={none} onDone={() => undefined} />
        <div className="row"><Button onPress={() => store.leave()}>{t("bar.leave")}</Button></div>
      </div>
    </main>
  );
}

const none = { reply: null, edit: null };
