// How to bring others in: the link, and a text to send.
import { useState } from "react";
import { Button, Input, Label, TextArea, TextField } from "react-aria-components";
import { at } from "../i18n/activities";
import type { Surroundings } from "../ui/bar";
import { CheckIcon, CopyIcon } from "../ui/icons";
import { inviteLink } from "./invite";
import { harmless } from "./text";

export default function InvitePanel({ store, state }: Surroundings) {
  const link = inviteLink(location.origin, state.meeting?.meeting_id ?? "", store.passcode);
  const text = at("invite.text", { topic: harmless(state.meeting?.topic ?? ""), link });
  return (
    <div className="column">
      <p>{at(state.meeting?.waiting_room ? "invite.hintWaiting" : "invite.hint")}</p>
      {state.meeting?.locked && <p className="problem" role="status">{at("invite.locked")}</p>}
      <TextField value={link} isReadOnly><Label>{at("invite.link")}</Label><Input dir="ltr" onFocus={(event) => event.target.select()} /></TextField>
      <Copy text={link} words={at("invite.copyLink")} primary />
      <TextField value={text} isReadOnly><Label>{at("invite.message")}</Label><TextArea dir="auto" rows={5} /></TextField>
      <Copy text={text} words={at("invite.copyText")} />
    </div>
  );
}

function Copy({ text, words, primary = false }: { text: string; words: string; primary?: boolean }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="row">
      <Button
        className={primary ? "primary" : ""}
        onPress={() => {
          void navigator.clipboard.writeText(text).then(() => setCopied(true)).catch(() => undefined);
        }}
      >
        {copied ? <CheckIcon /> : <CopyIcon />}{words}
      </Button>
      <span role="status" className="hint">{copied ? at("invite.copied") : ""}</span>
    </div>
  );
}
