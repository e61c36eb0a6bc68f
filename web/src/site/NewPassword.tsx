// A new password while it is typed: the server says how good it is, by the same rule that decides in the end.
import { useEffect, useState } from "react";
import { FieldError, Input, Label, Meter, Text, TextField } from "react-aria-components";
import { site } from "../i18n/site";
import { said } from "../i18n/site/server";
import { api } from "./api";

interface Look {
  guess_bits: number;
  enough_bits: number;
  problem?: string;
}

/** 0 to 100; just enough stands at 60. */
export function shareOf(look: Look): number {
  const share = look.enough_bits > 0 ? (look.guess_bits / look.enough_bits) * 60 : 0;
  return Math.round(Math.min(look.problem ? 55 : 100, share));
}

export function NewPassword({ label, value, onChange, login, name, problem }: { label: string; value: string; onChange(value: string): void; login?: string; name?: string; problem?: string | undefined }) {
  const [look, setLook] = useState<Look | null>(null);
  useEffect(() => {
    if (value === "") return setLook(null);
    let gone = false;
    const timer = setTimeout(() => {
      // Without an answer there is no meter; the server decides when the form is sent.
      api.post<Look>("/api/password-look", { password: value, ...(login ? { login } : {}), ...(name ? { name } : {}) }).then((answer) => { if (!gone) setLook(answer); }, () => undefined);
    }, 250);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [value, login, name]);
  const share = look ? shareOf(look) : 0;
  const words = look === null ? site("setup.admin.passwordHint") : look.problem ? said(look.problem) : site(share >= 85 ? "password.strong" : "password.fine");
  return (
    <TextField value={value} onChange={onChange} isRequired name="password" type="password" autoComplete="new-password" maxLength={512} isInvalid={problem !== undefined} validationBehavior="aria">
      <Label>{label}</Label>
      <Input />
      {look && (
        <Meter className="strength" aria-label={site("password.strength")} value={share} valueLabel={words}>
          <span className="strength-track" aria-hidden="true">{[20, 40, 60, 85].map((step) => <span key={step} data-on={share >= step} data-kind={look.problem ? "bad" : share >= 85 ? "good" : "fine"} />)}</span>
        </Meter>
      )}
      <Text slot="description" aria-live="polite">{words}</Text>
      {problem !== undefined && <FieldError>{problem}</FieldError>}
    </TextField>
  );
}
