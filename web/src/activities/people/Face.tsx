// A round letter in place of a picture; the colour stays the same for a name.
import { RecordIcon } from "../../ui/icons";

const tones = 6;

export function Face({ name, machine = false }: { name: string; machine?: boolean }) {
  const letter = [...name.trim()][0]?.toUpperCase() ?? "?";
  let sum = 0;
  for (const c of name) sum = (sum * 31 + c.codePointAt(0)!) % 9973;
  return <span className="face" data-tone={machine ? "machine" : sum % tones} aria-hidden="true">{machine ? <RecordIcon /> : letter}</span>;
}
