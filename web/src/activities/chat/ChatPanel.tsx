// The chat: what was written, found again, and answered.
import type { ChatMessage } from "@protocol/signalling";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Button, Input, SearchField } from "react-aria-components";
import { at } from "../../i18n/activities";
import { searchChat } from "../../meeting/activities/chat";
import type { Surroundings } from "../../ui/bar";
import { ChatIcon, SearchIcon } from "../../ui/icons";
import { Composer, type Draft } from "./Composer";
import { Message } from "./Message";

/** Messages of one person that follow each other this closely (milliseconds) stand under one name. */
const together = 4 * 60_000;

export default function ChatPanel({ store, state }: Surroundings) {
  const [searching, setSearching] = useState(false);
  const [words, setWords] = useState("");
  const [draft, setDraft] = useState<Draft>({ reply: null, edit: null });
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const shown = searching ? searchChat(state.chat, words) : state.chat;
  const newest = state.chat.at(-1)?.message;

  useEffect(() => {
    store.set({ chatOpen: true, unread: 0 });
    return () => store.set({ chatOpen: false });
  }, [store]);

  useLayoutEffect(() => {
    if (list.current && atEnd.current && !searching) list.current.scrollTop = list.current.scrollHeight;
  }, [newest, searching, state.chat]);

  const older = () => {
    const first = state.chat[0]?.message;
    atEnd.current = false;
    store.send({ type: "read_chat", limit: 50, ...(first === undefined ? {} : { before: first }) });
  };
  const find = (message: number) => {
    const found = list.current?.querySelector<HTMLElement>(`[data-message="${message}"]`);
    found?.scrollIntoView({ block: "center" });
    found?.focus();
  };
  return (
    <div className="chat-panel">
      {state.chat.length > 0 && (
        <div className="chat-tools">
          {searching ? (
            <SearchField className="grow" aria-label={at("chat.search")} autoFocus value={words} onChange={setWords} onClear={() => setSearching(false)}>
              <Input placeholder={at("chat.search")} />
            </SearchField>
          ) : (
            <span className="grow" />
          )}
          <Button
            className="small quiet icon-only"
            aria-label={at("chat.search")}
            aria-expanded={searching}
            onPress={() => {
              setSearching(!searching);
              setWords("");
            }}
          >
            <SearchIcon />
          </Button>
        </div>
      )}
      {searching && words.trim() !== "" && <p role="status" className="hint">{at("chat.found", { found: shown.length, all: state.chat.length })}</p>}
      {state.chat.length === 0 && (
        <div className="empty grow">
          <ChatIcon />
          <h3>{at("chat.emptyTitle")}</h3>
          <p>{at("chat.empty")}</p>
        </div>
      )}
      {state.chat.length > 0 && (
        <ol
          ref={list}
          className="chat chat-list"
          tabIndex={0}
          aria-label={at("chat.messages")}
          onScroll={({ currentTarget: l }) => {
            atEnd.current = l.scrollHeight - l.scrollTop - l.clientHeight < 40;
          }}
        >
          {state.chatMore && <li className="chat-older"><Button className="small quiet" onPress={older}>{at("chat.older")}</Button></li>}
          {shown.map((message, k) => (
            <Message
              key={message.message} message={message} store={store} state={state} follows={follows(shown[k - 1], message)}
              onReply={() => setDraft({ reply: message, edit: null })} onEdit={() => setDraft({ reply: null, edit: message })} onFind={find}
            />
          ))}
        </ol>
      )}
      <Composer
        store={store} state={state} draft={draft}
        onDone={() => {
          atEnd.current = true;
          setDraft({ reply: null, edit: null });
        }}
      />
    </div>
  );
}

function follows(before: ChatMessage | undefined, message: ChatMessage): boolean {
  return before !== undefined && before.from === message.from && before.scope === message.scope && before.to === message.to &&
    message.reply_to === undefined && message.sent_at_ms - before.sent_at_ms < together;
}
