// Where a message is written: to whom, in answer to what, with which files.
import type { ChatMessage } from "@protocol/signalling";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Button, FileTrigger } from "react-aria-components";
import { at } from "../../i18n/activities";
import type { Recipient } from "../../meeting/activities/chat";
import type { MeetingState, MeetingStore } from "../../meeting/store";
import { nameOf } from "../../meeting/state";
import { CloseIcon, PaperclipIcon, SendIcon } from "../../ui/icons";
import { UnderWay } from "../once";
import { cut, harmless } from "../text";
import { UploadLine, useTransfers } from "./Files";
import { addressee, answerTo, recipients } from "./recipients";
import { beginChange, changeMade, endChange, unsentOf, type Written } from "./written";

export interface Draft {
  reply: ChatMessage | null;
  edit: ChatMessage | null;
}

/** As core/wire allows: characters of a message, files of a message. */
const mostText = 4096;
const mostFiles = 10;

export function Composer({ store, state, draft, onDone }: { store: MeetingStore; state: MeetingState; draft: Draft; onDone(): void }) {
  const [written, setWritten] = useState<Written>(() => ({ text: store.unsent, aside: null }));
  const { text } = written;
  const setText = (change: string | ((now: string) => string)) =>
    setWritten((now) => ({ ...now, text: typeof change === "string" ? change : change(now.text) }));
  const field = useRef<HTMLTextAreaElement>(null);
  const names = useId();
  const recipient = useId();
  const [going] = useState(() => new UnderWay<number | "edit">());
  const uploads = useTransfers(store).filter((t) => t.direction === "up");
  const allowed = recipients(state);
  const to = addressee(state.chatTo, allowed);
  const { reply, edit } = draft;

  useLayoutEffect(() => setWritten((now) => (edit ? beginChange(now, edit.text) : endChange(now))), [edit]);
  useEffect(() => {
    if (reply) store.set({ chatTo: answerTo(reply, store.state.self) });
    if (edit || reply) field.current?.focus();
  }, [edit, reply, store]);
  // What was not sent is still there when the panel is opened again.
  useEffect(() => {
    store.unsent = unsentOf(written);
  }, [store, written]);
  // Who is shown while one writes stays whom one writes to, also when more is allowed again.
  useEffect(() => {
    if (text !== "" && to !== null && to !== store.state.chatTo) store.set({ chatTo: to });
  }, [store, text, to]);

  if (allowed.length === 0) return <p className="hint chat-off">{at("chat.off")}</p>;
  const ready = uploads.filter((u) => u.state === "done").slice(0, mostFiles);
  const busy = uploads.some((u) => u.state === "moving" || u.state === "checking");
  const empty = text.trim() === "" && ready.length === 0;
  const nobody = to === null && !edit;
  const send = async () => {
    // The next message may be sent before the first one is acknowledged; neither its files go out with it, nor is its change changed.
    const keys = going.free<number | "edit">(edit ? ["edit"] : ready.map((u) => u.key));
    const said = text.trim();
    const nothing = edit ? keys.length === 0 || said === "" : keys.length === 0 && said === "";
    if (busy || nobody || nothing) return;
    const files = ready.filter((u) => keys.includes(u.key));
    setText("");
    const kept = await going.during(keys, () => edit
      ? store.act({ type: "edit_chat", message: edit.message, text: said })
      : store.act({
          type: "send_chat", text: said, files: files.map((u) => u.file), ...(typeof to === "number" ? { scope: "direct", to } : { scope: to! }),
          ...(reply ? { reply_to: reply.message } : {}),
        }));
    if (!kept) return setText((now) => (now === "" ? said : cut(`${said}\n${now}`, mostText)));
    if (edit) setWritten(changeMade);
    else store.files.forget(...files.map((u) => u.key));
    onDone();
  };
  const take = (files: Iterable<File> | null) => {
    for (const file of [...(files ?? [])].slice(0, mostFiles - uploads.length)) void store.files.upload(file);
  };
  const filesAllowed = state.phase === "joined" && !state.meeting?.switched_off.includes("files");
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (filesAllowed) take(event.dataTransfer.files);
      }}
    >
      {(reply || edit) && (
        <div className="composer-about">
          <span className="grow" dir="auto">{edit ? at("chat.editing") : at("chat.replying", { name: harmless(reply!.name) })}</span>
          <Button className="small quiet icon-only" aria-label={at("ask.cancel")} onPress={onDone}><CloseIcon /></Button>
        </div>
      )}
      {!edit && (
        <div className="composer-to">
          <label htmlFor={recipient}>{at("chat.to")}</label>
          <select id={recipient} value={to === null ? "" : String(to)} onChange={({ target }) => store.set({ chatTo: /^\d+$/.test(target.value) ? Number(target.value) : (target.value as Recipient) })}>
            {to === null && <option value="" disabled>{at("chat.choose")}</option>}
            {allowed.map((r) => <option key={r} value={String(r)}>{typeof r === "number" ? harmless(nameOf(state, r)) : at(`chat.scope.${r as "everyone" | "hosts" | "waiting_room"}`)}</option>)}
          </select>
        </div>
      )}
      {nobody && <p role="alert" className="hint">{at("chat.gone")}</p>}
      {uploads.length > 0 && !edit && <ul className="composer-files">{uploads.map((u) => <UploadLine key={u.key} transfer={u} store={store} />)}</ul>}
      <div className="composer-field" data-private={typeof to === "number" || undefined}>
        <textarea
          ref={field} aria-label={at("chat.message")} aria-describedby={names} placeholder={at("chat.message")} dir="auto" rows={Math.min(6, text.split("\n").length)}
          maxLength={mostText} value={text} onChange={(event) => setText(cut(event.target.value, mostText))}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            void send();
          }}
          onPaste={(event) => {
            if (filesAllowed && event.clipboardData.files.length > 0) {
              event.preventDefault();
              take(event.clipboardData.files);
            }
          }}
        />
        {filesAllowed && !edit && (
          <FileTrigger allowsMultiple onSelect={(files) => take(files)}>
            <Button className="quiet icon-only small" aria-label={at("file.attach")}><PaperclipIcon /></Button>
          </FileTrigger>
        )}
        <Button type="submit" className="primary icon-only small" aria-label={at("chat.send")} isDisabled={empty || busy || nobody}><SendIcon /></Button>
      </div>
      <small id={names} className="hint">{text.length > mostText - 300 ? at("chat.left", { count: mostText - text.length }) : typeof to === "number" ? at("chat.onlyTwo", { name: harmless(nameOf(state, to)) }) : at("chat.keys")}</small>
    </form>
  );
}
