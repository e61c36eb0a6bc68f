// Polls: hosts make, open, close and share them; everybody votes once.
import { useState } from "react";
import { Button } from "react-aria-components";
import { at } from "../../i18n/activities";
import { isHost } from "../../meeting/state";
import type { Surroundings } from "../../ui/bar";
import { PlusIcon, PollIcon } from "../../ui/icons";
import { emptyPoll, type PollDraft } from "./draft";
import { PollCard } from "./PollCard";
import { PollForm } from "./PollForm";

export default function PollsPanel({ store, state }: Surroundings) {
  const [draft, setDraft] = useState<PollDraft | null>(null);
  const host = isHost(state);
  const polls = [...state.polls.values()].filter((p) => host || p.state !== "draft").sort((a, b) => b.poll - a.poll);
  if (draft) return <PollForm store={store} draft={draft} onDone={() => setDraft(null)} />;
  return (
    <div className="column">
      {host && polls.length > 0 && <div className="row"><Button className="primary" onPress={() => setDraft(emptyPoll())}><PlusIcon />{at("polls.new")}</Button></div>}
      {polls.length === 0 && (
        <div className="empty">
          <PollIcon />
          <h3>{at("polls.emptyTitle")}</h3>
          <p>{at(host ? "polls.emptyHost" : "polls.empty")}</p>
          {host && <Button className="primary" onPress={() => setDraft(emptyPoll())}><PlusIcon />{at("polls.new")}</Button>}
        </div>
      )}
      {polls.map((poll) => (
        <PollCard
          key={poll.poll} poll={poll} store={store} state={state}
          onEdit={() => setDraft({ poll: poll.poll, title: poll.title, anonymous: poll.anonymous, questions: poll.questions.map((q) => ({ ...q, options: [...q.options] })) })}
        />
      ))}
    </div>
  );
}
