// Questions and answers: everybody asks and says which question matters, hosts answer.
import type { QuestionAction } from "@protocol/signalling";
import { useState } from "react";
import { Button, Checkbox, Label, TextArea, TextField } from "react-aria-components";
import { at } from "../i18n/activities";
import { type KnownQuestion, sortedQuestions } from "../meeting/activities/questions";
import type { MeetingStore } from "../meeting/store";
import { isHost } from "../meeting/state";
import type { Surroundings } from "../ui/bar";
import { QuestionIcon, UpIcon } from "../ui/icons";
import { useOnce } from "./once";
import { RichText } from "./RichText";
import { harmless } from "./text";

const mostText = 1000;

export default function QuestionsPanel({ store, state }: Surroundings) {
  const host = isHost(state);
  const questions = sortedQuestions(state.questions).filter((q) => host || q.state !== "dismissed");
  return (
    <div className="column questions">
      <AskForm store={store} />
      {questions.length === 0 && (
        <div className="empty">
          <QuestionIcon />
          <h3>{at("questions.emptyTitle")}</h3>
          <p>{at("questions.empty")}</p>
        </div>
      )}
      {questions.length > 0 && <ol className="question-list" aria-label={at("questions.title")}>{questions.map((q) => <Item key={q.question} question={q} store={store} host={host} />)}</ol>}
    </div>
  );
}

function AskForm({ store }: { store: MeetingStore }) {
  const [text, setText] = useState("");
  const [anonymous, setAnonymous] = useState(false);
  return (
    <form
      className="column"
      onSubmit={(event) => {
        event.preventDefault();
        const asked = text.trim();
        if (asked === "") return;
        setText("");
        void store.act({ type: "ask_question", text: asked, anonymous }).then((kept) => !kept && setText(asked));
      }}
    >
      <TextField value={text} onChange={setText} maxLength={mostText}><Label>{at("questions.yours")}</Label><TextArea dir="auto" rows={2} /></TextField>
      <div className="spread">
        <Checkbox isSelected={anonymous} onChange={setAnonymous}><span className="box" aria-hidden="true" />{at("questions.anonymously")}</Checkbox>
        <Button type="submit" className="primary small" isDisabled={text.trim() === ""}>{at("questions.ask")}</Button>
      </div>
    </form>
  );
}

function Item({ question, store, host }: { question: KnownQuestion; store: MeetingStore; host: boolean }) {
  const [answering, setAnswering] = useState(false);
  const [text, setText] = useState("");
  const sending = useOnce();
  const control = (action: QuestionAction) => void store.act({ type: "control_question", question: question.question, action });
  const from = question.name === "" ? at("questions.anonymous") : harmless(question.name);
  return (
    <li className="question" data-state={question.state}>
      <Button
        className="upvote" aria-pressed={question.upvoted} aria-label={at("questions.upvote", { count: question.upvotes })}
        onPress={() => void store.act({ type: "upvote_question", question: question.question, on: !question.upvoted })}
      >
        <UpIcon /><span className="numbers" aria-hidden="true">{question.upvotes}</span>
      </Button>
      <div className="grow column question-body">
        <div>
          <RichText text={question.text} />
          <small className="hint" dir="auto">{from}</small>{" "}
          {question.state !== "open" && <span className={question.state === "answered" ? "tag good" : "tag"}>{at(`questions.is.${question.state}`)}</span>}
        </div>
        {question.answers.map((answer, k) => (
          <div key={k} className="answer">
            <small dir="auto"><strong>{harmless(answer.name)}</strong></small>
            <RichText text={answer.text} />
          </div>
        ))}
        {host && !answering && (
          <div className="row">
            <Button className="small" onPress={() => setAnswering(true)}>{at("questions.answer")}</Button>
            {question.state === "open" && <Button className="small quiet" onPress={() => control("answered")}>{at("questions.answeredAloud")}</Button>}
            {question.state === "open" && <Button className="small quiet" onPress={() => control("dismiss")}>{at("questions.dismiss")}</Button>}
            {question.state !== "open" && <Button className="small quiet" onPress={() => control("reopen")}>{at("polls.reopen")}</Button>}
          </div>
        )}
        {answering && (
          <form
            className="column"
            onSubmit={(event) => {
              event.preventDefault();
              if (text.trim() === "") return;
              void sending(async () => {
                if (!(await store.act({ type: "answer_question", question: question.question, text: text.trim() }))) return;
                setText("");
                setAnswering(false);
              });
            }}
          >
            <TextField value={text} onChange={setText} maxLength={4096} autoFocus><Label>{at("questions.yourAnswer")}</Label><TextArea dir="auto" rows={3} /></TextField>
            <div className="row">
              <Button type="submit" className="primary small" isDisabled={text.trim() === ""}>{at("questions.answer")}</Button>
              <Button className="small quiet" onPress={() => setAnswering(false)}>{at("ask.cancel")}</Button>
            </div>
          </form>
        )}
      </div>
    </li>
  );
}
