// What makes an account weaker or stronger asks for the password again.
import { type ReactNode, useState } from "react";
import { Button, Dialog, Form, Heading, Modal, ModalOverlay } from "react-aria-components";
import { site } from "../../i18n/site";
import { sentenceOf } from "../api";
import { Field } from "../fields";

export function AskPassword({ title, text, button, label, onClose, act, more }: { title: string; text?: string; button: string; label?: string; onClose(): void; act(password: string): Promise<void>; more?: ReactNode }) {
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setProblem("");
    try {
      await act(password);
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <ModalOverlay isOpen onOpenChange={(open) => { if (!open) onClose(); }} isDismissable>
      <Modal>
        <Dialog>
          <Heading slot="title">{title}</Heading>
          {text && <p>{text}</p>}
          <Form className="column" onSubmit={(event) => { event.preventDefault(); void go(); }}>
            {problem !== "" && <p role="alert" className="problem">{problem}</p>}
            {more}
            {label === undefined
              ? <Field label={site("security.yourPassword")} type="password" value={password} onChange={setPassword} required autoComplete="current-password" autoFocus />
              : <Field label={label} value={password} onChange={setPassword} required autoComplete="one-time-code" autoFocus />}
            <div className="actions">
              <Button className="quiet" onPress={onClose}>{site("common.cancel")}</Button>
              <Button type="submit" className="primary" isPending={busy}>{button}</Button>
            </div>
          </Form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
