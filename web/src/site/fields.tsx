// Fields of forms, each with its words and what is wrong with it.
import { type ReactNode, useId } from "react";
import { Checkbox, FieldError, Input, Label, Switch, Text, TextArea, TextField } from "react-aria-components";

interface FieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: ReactNode;
  problem?: string | undefined;
  type?: string;
  name?: string;
  required?: boolean;
  maxLength?: number;
  min?: string | number;
  max?: string | number;
  autoComplete?: string;
  lines?: boolean;
  autoFocus?: boolean;
}

export function Field({ label, value, onChange, hint, problem, type = "text", name, required = false, maxLength, min, max, autoComplete, lines = false, autoFocus = false }: FieldProps) {
  return (
    <TextField value={value} onChange={onChange} type={type} isRequired={required} isInvalid={problem !== undefined} validationBehavior="aria" autoFocus={autoFocus}
      {...(name === undefined ? {} : { name })} {...(maxLength === undefined ? {} : { maxLength })} {...(autoComplete === undefined ? {} : { autoComplete })}>
      <Label>{label}</Label>
      {lines ? <TextArea dir="auto" rows={3} /> : <Input {...(type === "text" ? { dir: "auto" } : {})} {...(min === undefined ? {} : { min })} {...(max === undefined ? {} : { max })} />}
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      {problem !== undefined && <FieldError>{problem}</FieldError>}
    </TextField>
  );
}

/** The browser's own list: it is searched by typing, and is at home on phones. */
export function Choice<T extends string | number>({ label, value, options, onChange, hint, className }: { label: string; value: T; options: readonly { value: T; label: string }[]; onChange(value: T): void; hint?: string; className?: string }) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={String(value)} onChange={(event) => onChange(options[event.target.selectedIndex]!.value)} {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })}>
        {options.map((option) => <option key={option.value} value={String(option.value)}>{option.label}</option>)}
      </select>
      {hint !== undefined && <span id={`${id}-hint`} className="hint">{hint}</span>}
    </div>
  );
}

/** `spoken` is said instead of the label where several ticks have the same. */
export function Tick({ label, spoken, value, onChange, disabled = false }: { label: string; spoken?: string; value: boolean; onChange(value: boolean): void; disabled?: boolean }) {
  return <Checkbox isSelected={value} onChange={onChange} isDisabled={disabled} {...(spoken === undefined ? {} : { "aria-label": spoken })}><span className="box" aria-hidden="true" />{label}</Checkbox>;
}

export function Toggle({ label, value, onChange, hint, disabled = false }: { label: string; value: boolean; onChange(value: boolean): void; hint?: string; disabled?: boolean }) {
  const id = useId();
  return (
    <div>
      <Switch isSelected={value} onChange={onChange} isDisabled={disabled} {...(hint === undefined ? {} : { "aria-describedby": id })}><span className="box" aria-hidden="true" />{label}</Switch>
      {hint !== undefined && <p id={id} className="hint toggle-hint">{hint}</p>}
    </div>
  );
}
