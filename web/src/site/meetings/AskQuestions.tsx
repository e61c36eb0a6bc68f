// The part of a meeting's form that says what people are asked who register.
import { Button } from "react-aria-components";
import { site } from "../../i18n/site";
import { PlusIcon, TrashIcon } from "../../ui/icons";
import { Choice, Field, Tick } from "../fields";
import { type Asked, fieldName, type OwnQuestion, problemOf, standardFields } from "./questions";

const mostOwn = 50;

function Own({ asked, place, shown, set, remove }: { asked: Asked; place: number; shown: boolean; set(change: Partial<OwnQuestion>): void; remove(): void }) {
  const question = asked.own[place]!;
  const problem = shown ? problemOf(asked, place) : undefined;
  return (
    <li className="question own">
      <Field label={site("ask.own", { n: place + 1 })} value={question.title} onChange={(title) => set({ title })} required maxLength={200} problem={problem === "needed" || problem === "twice" ? site(`ask.problem.${problem}`) : undefined} />
      <div className="fields">
        <Choice label={site("ask.kind")} value={question.choice ? "choice" : "text"} onChange={(kind) => set({ choice: kind === "choice" })} options={[{ value: "text", label: site("ask.kind.text") }, { value: "choice", label: site("ask.kind.choice") }]} />
      </div>
      {question.choice && <Field label={site("ask.answers")} value={question.answers} onChange={(answers) => set({ answers })} lines maxLength={4000} hint={site("ask.answersHint")} problem={problem === "answers" ? site("ask.problem.answers") : undefined} />}
      <div className="row question-end">
        <Tick label={site("ask.required")} value={question.required} onChange={(required) => set({ required })} />
        <Button className="quiet small" onPress={remove} aria-label={site("ask.removeOwn", { n: place + 1 })}><TrashIcon />{site("ask.remove")}</Button>
      </div>
    </li>
  );
}

export function AskQuestions({ asked, shown, onChange }: { asked: Asked; /** What is wrong is said. */ shown: boolean; onChange(asked: Asked): void }) {
  const offered = standardFields.filter((field) => !asked.standard.some((q) => q.field === field));
  const own = (place: number, change: Partial<OwnQuestion>) => onChange({ ...asked, own: asked.own.map((q, i) => (i === place ? { ...q, ...change } : q)) });
  return (
    <fieldset>
      <legend>{site("ask.title")}</legend>
      <p className="hint">{site("ask.always")}</p>
      {asked.standard.length + asked.own.length > 0 && (
        <ul className="questions">
          {asked.standard.map((q) => (
            <li key={q.field} className="question">
              <span className="grow">{fieldName(q.field)}</span>
              <Tick label={site("ask.required")} spoken={site("ask.requiredOf", { name: fieldName(q.field) })} value={q.required} onChange={(required) => onChange({ ...asked, standard: asked.standard.map((other) => (other.field === q.field ? { ...q, required } : other)) })} />
              <Button className="quiet small" onPress={() => onChange({ ...asked, standard: asked.standard.filter((other) => other.field !== q.field) })} aria-label={site("ask.removeOf", { name: fieldName(q.field) })}><TrashIcon />{site("ask.remove")}</Button>
            </li>
          ))}
          {asked.own.map((_, i) => <Own key={i} asked={asked} place={i} shown={shown} set={(change) => own(i, change)} remove={() => onChange({ ...asked, own: asked.own.filter((_other, other) => other !== i) })} />)}
        </ul>
      )}
      <div className="row" role="group" aria-label={site("ask.add")}>
        {offered.map((field) => <Button key={field} className="small" onPress={() => onChange({ ...asked, standard: [...asked.standard, { field, required: false }] })}><PlusIcon />{fieldName(field)}</Button>)}
        {asked.own.length < mostOwn && <Button className="small" onPress={() => onChange({ ...asked, own: [...asked.own, { title: "", choice: false, required: false, answers: "" }] })}><PlusIcon />{site("ask.addOwn")}</Button>}
      </div>
    </fieldset>
  );
}
