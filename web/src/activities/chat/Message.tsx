// One message: who, to whom, what, with its files, reactions and what can be done with it.
import type { ChatMessage } from "@protocol/signalling";
import { Button, DialogTrigger, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { language, t } from "../../i18n";
import { at } from "../../i18n/activities";
import type { MeetingState, MeetingStore } from "../../meeting/store";
import { isHost, nameOf } from "../../meeting/state";
import { Bubble } from "../../ui/Bubble";
import { CopyIcon, EditIcon, MoreIcon, ReplyIcon, SmileIcon, TrashIcon } from "../../ui/icons";
import { EmojiGrid, emojiName } from "../Emoji";
import { RichText } from "../RichText";
import { harmless } from "../text";
import { FileLine } from "./Files";

interface Props {
  message: ChatMessage;
  store: MeetingStore;
  state: MeetingState;
  /** Stands under the name of the message before. */
  follows: boolean;
  onReply(): void;
  onEdit(): void;
  onFind(message: number): void;
}

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });

export function audience(message: ChatMessage, state: MeetingState): string {
  switch (message.scope) {
    case "direct":
      return message.to === state.self ? at("chat.privateToYou") : at("chat.privateTo", { name: harmless(nameOf(state, message.to ?? 0)) });
    case "hosts":
      return at("chat.toHosts");
    case "waiting_room":
      return at("chat.toWaiting");
    default:
      return "";
  }
}

export function Message({ message, store, state, follows, onReply, onEdit, onFind }: Props) {
  const own = message.from === state.self;
  const name = harmless(message.name);
  const to = audience(message, state);
  const replied = message.reply_to === undefined ? undefined : state.chat.find((m) => m.message === message.reply_to);
  return (
    <li className={own ? "message-item own" : "message-item"} data-message={message.message} tabIndex={-1}>
      {!follows && (
        <div className="message-head">
          <strong dir="auto">{name}</strong>
          {own && <small>{t("meeting.you")}</small>}
          {to !== "" && <span className="tag warn" dir="auto">{to}</span>}
          <time dateTime={new Date(message.sent_at_ms).toISOString()}>{clock.format(message.sent_at_ms)}</time>
        </div>
      )}
      {message.reply_to !== undefined && (
        <Button className="quote" isDisabled={!replied} onPress={() => onFind(message.reply_to!)}>
          <ReplyIcon />
          <span dir="auto">{replied ? `${harmless(replied.name)}: ${harmless(replied.deleted ? t("chat.deleted") : replied.text).slice(0, 120)}` : at("chat.olderMessage")}</span>
        </Button>
      )}
      {message.deleted ? <p className="hint">{t("chat.deleted")}</p> : message.text !== "" && <RichText text={message.text} />}
      {message.edited_at_ms !== undefined && !message.deleted && <small className="hint">{at("chat.edited")}</small>}
      {message.files.map((file) => <FileLine key={file.file} file={file} store={store} />)}
      {message.reactions.length > 0 && (
        <div className="row message-reactions">
          {message.reactions.map(({ emoji, participants }) => {
            const mine = participants.includes(state.self);
            const names = participants.map((p) => harmless(nameOf(state, p))).join(", ");
            return (
              <Button
                key={emoji} className="chip" aria-pressed={mine} aria-label={at("chat.reacted", { emoji: emojiName(emoji), names })}
                onPress={() => void store.act({ type: "react_to_chat", message: message.message, emoji, on: !mine })}
              >
                <span aria-hidden="true">{emoji} {participants.length}</span>
              </Button>
            );
          })}
        </div>
      )}
      {!message.deleted && <Actions {...{ message, store, state, own, name, onReply, onEdit }} />}
    </li>
  );
}

function Actions({ message, store, state, own, name, onReply, onEdit }: Pick<Props, "message" | "store" | "state" | "onReply" | "onEdit"> & { own: boolean; name: string }) {
  const inside = state.phase === "joined";
  const act = (key: string) => {
    if (key === "reply") onReply();
    if (key === "edit") onEdit();
    if (key === "copy") void navigator.clipboard.writeText(harmless(message.text));
    if (key === "delete") void store.act({ type: "delete_chat", message: message.message });
  };
  return (
    <div className="message-actions">
      {inside && (
        <DialogTrigger>
          <Button className="small quiet icon-only" aria-label={at("chat.react", { name })}><SmileIcon /></Button>
          <Bubble label={at("chat.react", { name })}>
            {(close) => (
              <EmojiGrid
                onPick={(emoji) => {
                  close();
                  void store.act({ type: "react_to_chat", message: message.message, emoji, on: true });
                }}
              />
            )}
          </Bubble>
        </DialogTrigger>
      )}
      <MenuTrigger>
        <Button className="small quiet icon-only" aria-label={at("chat.more", { name })}><MoreIcon /></Button>
        <Popover placement="bottom end">
          <Menu aria-label={at("chat.more", { name })} onAction={(key) => act(String(key))}>
            <MenuItem id="reply"><ReplyIcon />{at("chat.reply")}</MenuItem>
            <MenuItem id="copy"><CopyIcon />{at("chat.copy")}</MenuItem>
            {own && message.text !== "" && <MenuItem id="edit"><EditIcon />{at("chat.edit")}</MenuItem>}
            {(own || (inside && isHost(state))) && <MenuItem id="delete" className="react-aria-MenuItem danger"><TrashIcon />{at("chat.delete")}</MenuItem>}
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}
