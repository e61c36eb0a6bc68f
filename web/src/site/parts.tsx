// Small parts that several pages are made of.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { site } from "../i18n/site";
import { CheckIcon, CopyIcon } from "../ui/icons";
import { sentenceOf } from "./api";
import type { Loaded } from "./useLoad";
import { usePage } from "./usePage";

/** The page's frame: its heading, what one can do here, its content. */
export function Page({ title, spoken, actions, back, children }: { title: ReactNode; spoken: string; actions?: ReactNode; back?: ReactNode; children: ReactNode }) {
  const heading = usePage(spoken);
  return (
    <main className="page" id="content" tabIndex={-1}>
      {back}
      <header className="page-head">
        <h1 ref={heading} tabIndex={-1} dir="auto">{title}</h1>
        {actions && <div className="row">{actions}</div>}
      </header>
      {children}
    </main>
  );
}

/** Why something could not be loaded, and another try. */
export function Failed({ sentence, again }: { sentence: string; again(): void }) {
  return (
    <div className="empty">
      <p role="alert">{sentence}</p>
      <Button onPress={again}>{site("error.again")}</Button>
    </div>
  );
}

/** Shows what was loaded, that it is being loaded, or why it could not be. */
export function Shown<T>({ of, again, children }: { of: Loaded<T>; again(): void; children: (value: T) => ReactNode }) {
  if (of.state === "loading") return <p role="status" className="hint">{site("loading")}</p>;
  if (of.state === "failed") return <Failed sentence={of.sentence} again={again} />;
  return <>{children(of.value)}</>;
}

/** A question before something is lost. `act` may fail: then the dialog says why and stays. */
export function Confirm({ title, text, yes, open, onClose, act }: { title: string; text: ReactNode; yes: string; open: boolean; onClose(): void; act(): Promise<void> }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setProblem("");
    try {
      await act();
      onClose();
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <ModalOverlay isOpen={open} onOpenChange={(is) => { if (!is) onClose(); }} isDismissable>
      <Modal>
        <Dialog role="alertdialog">
          <Heading slot="title">{title}</Heading>
          <div>{text}</div>
          {problem !== "" && <p role="alert" className="problem">{problem}</p>}
          <div className="actions">
            <Button onPress={onClose} autoFocus>{site("common.keep")}</Button>
            <Button className="danger" onPress={() => void go()} isPending={busy}>{yes}</Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** A button that opens a `Confirm`. */
export function ConfirmButton({ label, spoken, className, icon, ...rest }: { label: string; spoken?: string; className?: string; icon?: ReactNode; title: string; text: ReactNode; yes: string; act(): Promise<void> }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button className={className ?? ""} onPress={() => setOpen(true)} {...(spoken === undefined ? {} : { "aria-label": spoken })}>{icon}{label}</Button>
      <Confirm {...rest} open={open} onClose={() => setOpen(false)} />
    </>
  );
}

export function CopyButton({ label, text, className }: { label: string; text: () => string | Promise<string>; className?: string }) {
  const [state, setState] = useState<"" | "copied" | "failed">("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(await text());
      setState("copied");
    } catch {
      setState("failed");
    }
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setState(""), 3000);
  };
  return (
    <>
      <Button className={className ?? ""} onPress={() => void copy()}>
        {state === "copied" ? <CheckIcon /> : <CopyIcon />}
        {state === "copied" ? site("common.copied") : label}
      </Button>
      <span role="status" className={state === "failed" ? "hint" : "only-spoken"}>{state === "copied" ? site("common.copied") : state === "failed" ? site("common.copyFailed") : ""}</span>
    </>
  );
}
