// Fields that every screen uses, with their words.
import { type HTMLInputTypeAttribute, useId } from "react";
import { Checkbox, Input, Label, Text, TextArea, TextField } from "react-aria-components";

interface Common {
  label: string;
  hint?: string;
}

export function Field({ label, hint, value, onChange, type = "text", required, long, max = 200, autoFocus, invalid }: Common & {
  value: string; onChange(value: string): void; type?: HTMLInputTypeAttribute; required?: boolean; long?: boolean; max?: number; autoFocus?: boolean; invalid?: boolean;
}) {
  return (
    <TextField value={value} onChange={onChange} isRequired={required === true} maxLength={max} autoFocus={autoFocus === true} isInvalid={invalid === true} autoComplete="off" {...(type === "text" || long ? {} : { type: type as "email" })}>
      <Label>{label}</Label>
      {long ? <TextArea dir="auto" rows={3} /> : <Input dir="auto" />}
      {hint !== undefined && <Text slot="description">{hint}</Text>}
    </TextField>
  );
}

/** The browser's own list: it is known everywhere, on telephones too. */
export function Choice({ label, hint, value, onChange, options, hideLabel, small, disabled }: Common & {
  value: string; onChange(value: string): void; options: readonly (readonly [value: string, text: string])[]; hideLabel?: boolean; small?: boolean; disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className={small ? "choice small" : "choice"}>
      <label htmlFor={id} className={hideLabel ? "only-spoken" : undefined}>{label}</label>
      <select id={id} value={value} disabled={disabled === true} onChange={(event) => onChange(event.target.value)} {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })}>
        {options.map(([v, text]) => <option key={v} value={v}>{text}</option>)}
      </select>
      {hint !== undefined && <span id={`${id}-hint`} slot="description">{hint}</span>}
    </div>
  );
}

export function Tick({ label, value, onChange, disabled }: { label: string; value: boolean; onChange(value: boolean): void; disabled?: boolean }) {
  return <Checkbox isSelected={value} onChange={onChange} isDisabled={disabled === true}><span className="box" aria-hidden="true" />{label}</Checkbox>;
}
