// What opens over a button and is closed by what is done in it. The popover itself is the dialog: with another one in it,
// react-aria's own buttons to dismiss it would stand outside of every landmark.
import { type ReactNode, useContext } from "react";
import { OverlayTriggerStateContext, Popover, type PopoverProps } from "react-aria-components";

interface Props extends Pick<PopoverProps, "placement"> {
  label: string;
  children(close: () => void): ReactNode;
}

/** Within a DialogTrigger, after its button. */
export function Bubble({ label, children, ...place }: Props) {
  return (
    <Popover aria-label={label} {...place}>
      <Inside>{children}</Inside>
    </Popover>
  );
}

function Inside({ children }: Pick<Props, "children">) {
  const overlay = useContext(OverlayTriggerStateContext);
  return <div className="react-aria-Dialog">{children(() => overlay?.close())}</div>;
}
