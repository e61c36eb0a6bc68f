// Chat: what was written, what is still unread, and whether there is more on the server.
import type { ChatMessage, ChatScope, ServerMessage } from "@protocol/signalling";
import type { Circumstances } from "./index";

/** Everybody, hosts, who waits, or one person by number. */
export type Recipient = Exclude<ChatScope, "direct"> | number;
/** A number that nobody has: whom one wrote to is not there any more. */
export const noRecipient = 0;

export interface ChatState {
  /** Ascending; a changed message replaces what was known. */
  chat: readonly ChatMessage[];
  /** There are older messages than the first one. */
  chatMore: boolean;
  chatOpen: boolean;
  unread: number;
  /** The newest message that was known here, also before a reconnect; null: nothing was known yet. */
  chatNewest: number | null;
  /** Whom one writes to. */
  chatTo: Recipient;
}

export const noChat: ChatState = { chat: [], chatMore: false, chatOpen: false, unread: 0, chatNewest: null, chatTo: "everyone" };

export function reduceChat(state: ChatState, message: ServerMessage, { self }: Circumstances): Partial<ChatState> {
  if (message.type !== "chat") return {};
  const known = new Map(state.chat.map((m) => [m.message, m]));
  const oldest = state.chat[0]?.message ?? Infinity;
  let fresh = 0;
  for (const m of message.messages) {
    // After a reconnect what came meanwhile is history, and news.
    const news = message.history ? state.chatNewest !== null && m.message > state.chatNewest : !known.has(m.message);
    if (news && m.from !== self && !m.deleted) fresh += 1;
    known.set(m.message, m);
  }
  const first = message.messages[0]?.message;
  // Only an answer that reaches below what is known says something about what lies below.
  const reachesBack = message.history && (first === undefined || first <= oldest);
  return {
    chat: [...known.values()].sort((a, b) => a.message - b.message),
    ...(message.messages.length > 0 ? { chatNewest: Math.max(state.chatNewest ?? 0, ...message.messages.map((m) => m.message)) } : {}),
    ...(reachesBack ? { chatMore: message.more } : {}),
    ...(fresh > 0 && !state.chatOpen ? { unread: state.unread + fresh } : {}),
  };
}

/** Whom one writes to after a new join. `anew`: as somebody new, to whom the numbers of before say nothing. */
export const recipientAfter = (chatTo: Recipient, anew: boolean): Recipient => (anew && typeof chatTo === "number" ? noRecipient : chatTo);

/** Of what is loaded: every word must be found in the text, the sender's name or a file's name. */
export function searchChat(chat: readonly ChatMessage[], words: string): readonly ChatMessage[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((w) => w !== "");
  if (wanted.length === 0) return chat;
  return chat.filter((m) => {
    if (m.deleted) return false;
    const all = [m.text, m.name, ...m.files.map((f) => f.name)].join("\n").toLowerCase();
    return wanted.every((w) => all.includes(w));
  });
}
