// Making a poll, or changing one that was not opened yet.
import type { PollQuestion } from "@protocol/signalling";
import { useState } from "react";
import { Button, Checkbox, Input, Label, TextField } from "react-aria-components";
import { at } from "../../i18n/activities";
import type { MeetingStore } from "../../meeting/store";
import { CloseIcon, PlusIcon, TrashIcon } from "../../ui/icons";
import { useOnce } from "../once";
import { completed, emptyQuestion, most, type PollDraft } from "./draft";

export function PollForm({ store, draft, onDone }: { store: MeetingStore; draft: PollDraft; onDone(): void }) {
  const [poll, setPoll] = useState(draft);
  const ready = completed(poll);
  const change = (k: number, question: Partial<PollQuestion>) => setPoll({ ...poll, questions: poll.questions.map((q, j) => (j === k ? { ...q, ...question } : q)) });
  const sending = useOnce();
  const save = (open: boolean) => sending(async () => {
    if (!ready) return;
    try {
      const answer = await store.ask({
        type: "save_poll", title: ready.title, anonymous: ready.anonymous, questions: ready.questions, ...(ready.poll === null ? {} : { poll: ready.poll }),
      });
      const made = ready.poll ?? (answer.type === "acknowledged" ? answer.made : undefined);
      if (open && made !== undefined) await store.act({ type: "control_poll", poll: made, action: "open" });
      onDone();
    } catch (why) {
      store.refused(why);
    }
  });
  return (
    <form
      className="column poll-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save(true);
      }}
    >
      <TextField value={poll.title} onChange={(title) => setPoll({ ...poll, title })} maxLength={most.title}><Label>{at("polls.title")}</Label><Input dir="auto" /></TextField>
      {poll.questions.map((q, k) => (
        <fieldset key={k} className="poll-question">
          <legend>{at("polls.question", { number: k + 1 })}</legend>
          <TextField value={q.text} onChange={(text) => change(k, { text })} maxLength={most.question} aria-label={at("polls.question", { number: k + 1 })} isRequired><Input dir="auto" placeholder={at("polls.questionHint")} /></TextField>
          {q.options.map((option, j) => (
            <div key={j} className="row poll-option">
              <TextField
                className="grow" aria-label={at("polls.option", { number: j + 1 })} value={option} maxLength={most.option}
                onChange={(text) => change(k, { options: q.options.map((o, i) => (i === j ? text : o)) })}
              >
                <Input dir="auto" placeholder={at("polls.option", { number: j + 1 })} />
              </TextField>
              <Button className="quiet icon-only small" aria-label={at("polls.removeOption", { number: j + 1 })} isDisabled={q.options.length <= 2} onPress={() => change(k, { options: q.options.filter((_, i) => i !== j) })}><CloseIcon /></Button>
            </div>
          ))}
          <div className="row">
            <Button className="small quiet" isDisabled={q.options.length >= most.options} onPress={() => change(k, { options: [...q.options, ""] })}><PlusIcon />{at("polls.addOption")}</Button>
            {poll.questions.length > 1 && <Button className="small quiet danger" onPress={() => setPoll({ ...poll, questions: poll.questions.filter((_, i) => i !== k) })}><TrashIcon />{at("polls.removeQuestion")}</Button>}
          </div>
          <Checkbox isSelected={q.multiple} onChange={(multiple) => change(k, { multiple })}><span className="box" aria-hidden="true" />{at("polls.multiple")}</Checkbox>
        </fieldset>
      ))}
      <Button className="small" isDisabled={poll.questions.length >= most.questions} onPress={() => setPoll({ ...poll, questions: [...poll.questions, emptyQuestion()] })}><PlusIcon />{at("polls.addQuestion")}</Button>
      <div>
        <Checkbox isSelected={poll.anonymous} onChange={(anonymous) => setPoll({ ...poll, anonymous })}><span className="box" aria-hidden="true" />{at("polls.anonymous")}</Checkbox>
        <p className="hint">{at("polls.anonymousHint")}</p>
      </div>
      {!ready && <p className="hint">{at("polls.missing")}</p>}
      <div className="row">
        <Button type="submit" className="primary" isDisabled={!ready}>{at("polls.openNow")}</Button>
        <Button isDisabled={!ready} onPress={() => void save(false)}>{at("polls.saveDraft")}</Button>
        <Button className="quiet" onPress={onDone}>{at("ask.cancel")}</Button>
      </div>
    </form>
  );
}
