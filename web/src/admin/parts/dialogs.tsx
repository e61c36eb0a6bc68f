// Questions over the page: forms, and the confirmation of what cannot be taken back.
import { type ReactNode, useState } from "react";
import { Button, Dialog, Form, Heading, Input, Label, Modal, ModalOverlay, Text, TextField } from "react-aria-components";
import { at } from "../../i18n/admin";
import { sentenceOf } from "../../site/api";

interface Frame {
  title: string;
  wide?: boolean;
  onClose(): void;
  children: ReactNode;
}

export function Sheet({ title, wide, onClose, children }: Frame) {
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className={wide ? "react-aria-Modal wide" : "react-aria-Modal"}>
        <Dialog>
          <Heading slot="title">{title}</Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

interface FormProps extends Frame {
  action: string;
  danger?: boolean;
  disabled?: boolean;
  /** Throws what is wrong; closes by itself when it is done. */
  onSubmit(): Promise<unknown>;
}

export function FormSheet({ title, wide, onClose, children, action, danger, disabled, onSubmit }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = async () => {
    setBusy(true);
    setProblem("");
    try {
      await onSubmit();
      onClose();
    } catch (error) {
      setProblem(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <Sheet title={title} onClose={onClose} {...(wide ? { wide } : {})}>
      <Form
        className="column"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {problem !== "" && <p role="alert" className="problem" dir="auto">{problem}</p>}
        {children}
        <div className="actions">
          <Button onPress={onClose}>{at("cancel")}</Button>
          <Button type="submit" className={danger ? "danger" : "primary"} isDisabled={busy || disabled === true}>{action}</Button>
        </div>
      </Form>
    </Sheet>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  danger?: boolean;
  /** What has to be typed before it may be done. */
  type?: string;
  typeLabel?: string;
  onClose(): void;
  onConfirm(): Promise<unknown>;
  children?: ReactNode;
}

export function ConfirmSheet({ title, text, action, danger = true, type, typeLabel, onClose, onConfirm, children }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  return (
    <FormSheet title={title} onClose={onClose} action={action} danger={danger} disabled={type !== undefined && typed.trim() !== type} onSubmit={onConfirm}>
      <p dir="auto">{text}</p>
      {children}
      {type !== undefined && (
        <TextField value={typed} onChange={setTyped} autoComplete="off">
          <Label>{typeLabel}</Label>
          <Input />
          <Text slot="description"><code className="typed">{type}</code></Text>
        </TextField>
      )}
    </FormSheet>
  );
}

/** A secret, seen once. */
export function SecretSheet({ title, text, secret, onClose }: { title: string; text: string; secret: string; onClose(): void }) {
  const [copied, setCopied] = useState(false);
  return (
    <Sheet title={title} onClose={onClose}>
      <p>{text}</p>
      <p><code className="secret" data-secret>{secret}</code></p>
      <div className="actions">
        <Button onPress={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true), () => undefined)}>{copied ? at("copied") : at("copy")}</Button>
        <Button className="primary" onPress={onClose}>{at("secret.kept")}</Button>
      </div>
    </Sheet>
  );
}
