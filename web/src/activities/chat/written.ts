// What stands in the chat's field, and what has to wait while an older message is changed there.
export interface Written {
  text: string;
  /** What was being written when the change began; null: none is under way. */
  aside: string | null;
}

export const beginChange = (written: Written, text: string): Written => ({ text, aside: written.aside ?? written.text });

/** The server has made the change; what was written since then comes after what had to wait. */
export const changeMade = ({ text, aside }: Written): Written => ({ text: [aside ?? "", text].filter((part) => part !== "").join("\n"), aside: null });

/** The change is not wanted any more, or over. */
export const endChange = (written: Written): Written => (written.aside === null ? written : { text: written.aside, aside: null });

/** What is not sent yet. */
export const unsentOf = ({ text, aside }: Written): string => aside ?? text;
