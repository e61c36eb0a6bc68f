// What is asked before something is done with a person: a name, a reason, or just whether.
import { useState } from "react";
import { Input, Label, TextArea, TextField } from "react-aria-components";
import { at } from "../../i18n/activities";
import type { MeetingStore } from "../../meeting/store";
import { Ask } from "../Ask";

export interface PersonQuestion {
  what: "remove" | "ban" | "make_host" | "rename" | "report";
  participant: number;
  name: string;
}

export function PersonDialog({ question, store, onClose }: { question: PersonQuestion; store: MeetingStore; onClose(): void }) {
  const { what, participant, name } = question;
  const [text, setText] = useState(what === "rename" ? name : "");
  if (what === "rename") {
    const own = participant === store.state.self;
    return (
      <Ask title={at("person.rename")} yes={at("person.renameYes")} off={text.trim() === ""} onClose={onClose} onYes={() => store.say({ type: "rename", name: text.trim(), ...(own ? {} : { participant }) })}>
        <TextField value={text} onChange={setText} maxLength={64} autoFocus><Label>{at("person.newName")}</Label><Input dir="auto" /></TextField>
      </Ask>
    );
  }
  if (what === "report") {
    return (
      <Ask
        title={at("person.reportTitle", { name })} yes={at("person.reportYes")} off={text.trim() === ""} onClose={onClose}
        onYes={() => void store.act({ type: "report", participants: [participant], text: text.trim() }).then((kept) => kept && store.tell(at("person.reported")))}
      >
        <p>{at("person.reportHint")}</p>
        <TextField value={text} onChange={setText} maxLength={2000} autoFocus><Label>{at("person.reportText")}</Label><TextArea dir="auto" /></TextField>
      </Ask>
    );
  }
  return (
    <Ask title={at(`person.${what}Title`, { name })} yes={at(`person.${what}Yes`)} danger={what !== "make_host"} onClose={onClose} onYes={() => store.command(what, participant)}>
      <p>{at(`person.${what}Hint`)}</p>
    </Ask>
  );
}
