// One poll: to vote in, to look at, and, for hosts, to lead.
import { useState } from "react";
import { Button, Checkbox, CheckboxGroup, Label, Radio, RadioGroup } from "react-aria-components";
import { at } from "../../i18n/activities";
import type { KnownPoll } from "../../meeting/activities/polls";
import type { MeetingState, MeetingStore } from "../../meeting/store";
import { isHost } from "../../meeting/state";
import { harmless } from "../text";
import { Ask } from "../Ask";
import { Results } from "./Results";

interface Props {
  poll: KnownPoll;
  store: MeetingStore;
  state: MeetingState;
}

const marks = { draft: "tag", open: "tag good", closed: "tag" } as const;

export function PollCard({ poll, store, state, onEdit }: Props & { onEdit(): void }) {
  const host = isHost(state);
  const [removing, setRemoving] = useState(false);
  const control = (action: "open" | "close" | "share" | "unshare" | "remove") => void store.act({ type: "control_poll", poll: poll.poll, action });
  const results = poll.results.length > 0 && (host || poll.shared);
  const mayVote = poll.state === "open" && !poll.voted;
  const title = harmless(poll.title) || at("polls.untitled", { number: poll.poll });
  return (
    <article className="poll" aria-labelledby={`poll-${poll.poll}`}>
      <div className="spread">
        <h3 id={`poll-${poll.poll}`} dir="auto">{title}</h3>
        <span className={marks[poll.state]}>{at(`polls.is.${poll.state}`)}</span>
      </div>
      <p className="hint">
        {[poll.anonymous ? at("polls.anonymous") : at("polls.named"), poll.state === "draft" ? "" : at("polls.votes", { count: poll.votes }), poll.voted ? at("polls.voted") : ""].filter((w) => w !== "").join(" · ")}
      </p>
      {mayVote && <Ballot poll={poll} store={store} />}
      {results && <Results poll={poll} state={state} />}
      {!mayVote && !results && poll.state !== "draft" && <p className="hint">{at(poll.state === "open" ? "polls.wait" : "polls.notShared")}</p>}
      {poll.state === "draft" && <ul className="poll-preview">{poll.questions.map((q, k) => <li key={k} dir="auto">{harmless(q.text)}</li>)}</ul>}
      {host && (
        <div className="row">
          {poll.state === "draft" && <Button className="small primary" onPress={() => control("open")}>{at("polls.open")}</Button>}
          {poll.state === "draft" && <Button className="small" onPress={onEdit}>{at("chat.edit")}</Button>}
          {poll.state === "open" && <Button className="small primary" onPress={() => control("close")}>{at("polls.close")}</Button>}
          {poll.state === "closed" && <Button className="small" onPress={() => control("open")}>{at("polls.reopen")}</Button>}
          {poll.state !== "draft" && <Button className="small" onPress={() => control(poll.shared ? "unshare" : "share")}>{at(poll.shared ? "polls.unshare" : "polls.share")}</Button>}
          <Button className="small quiet danger" onPress={() => setRemoving(true)}>{at("chat.delete")}</Button>
        </div>
      )}
      {removing && <Ask title={at("polls.removeTitle")} yes={at("chat.delete")} danger onClose={() => setRemoving(false)} onYes={() => control("remove")}><p dir="auto">{title}</p></Ask>}
    </article>
  );
}

function Ballot({ poll, store }: { poll: KnownPoll; store: MeetingStore }) {
  const [chosen, setChosen] = useState<string[][]>(() => poll.questions.map(() => []));
  const set = (k: number, options: string[]) => setChosen(chosen.map((c, j) => (j === k ? options : c)));
  const complete = poll.questions.every((q, k) => q.multiple || chosen[k]?.length === 1);
  return (
    <form
      className="column"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete) void store.act({ type: "vote", poll: poll.poll, answers: chosen.map((options) => ({ options: options.map(Number) })) });
      }}
    >
      {poll.questions.map((q, k) =>
        q.multiple ? (
          <CheckboxGroup key={k} value={chosen[k] ?? []} onChange={(options) => set(k, options)}>
            <Label><span dir="auto">{harmless(q.text)}</span> <small className="hint">{at("polls.chooseAny")}</small></Label>
            {q.options.map((option, j) => <Checkbox key={j} value={String(j)}><span className="box" aria-hidden="true" /><span dir="auto">{harmless(option)}</span></Checkbox>)}
          </CheckboxGroup>
        ) : (
          <RadioGroup key={k} value={chosen[k]?.[0] ?? null} onChange={(option) => set(k, [option])}>
            <Label><span dir="auto">{harmless(q.text)}</span></Label>
            {q.options.map((option, j) => <Radio key={j} value={String(j)}><span className="box" aria-hidden="true" /><span dir="auto">{harmless(option)}</span></Radio>)}
          </RadioGroup>
        ),
      )}
      <Button type="submit" className="primary" isDisabled={!complete}>{at("polls.vote")}</Button>
    </form>
  );
}
