// An authenticator app: its secret as a picture, the proof that it works, and recovery codes that are seen once.
import { useEffect, useState } from "react";
import { Button, Dialog, Form, Heading, Modal, ModalOverlay } from "react-aria-components";
import { site } from "../../i18n/site";
import { api, sentenceOf } from "../api";
import { Field } from "../fields";
import { CopyButton } from "../parts";

export interface Enrolment {
  secret: string;
  uri: string;
}

/** The code as one path: each dark square a step. */
export function pathOf(data: readonly (readonly boolean[])[]): string {
  return data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
}

function QrCode({ text }: { text: string }) {
  const [code, setCode] = useState<{ size: number; path: string } | null>(null);
  useEffect(() => {
    void import("uqr").then(({ encode }) => {
      const { data, size } = encode(text, { border: 2 });
      setCode({ size, path: pathOf(data) });
    });
  }, [text]);
  if (!code) return null;
  return <svg className="qr" role="img" aria-label={site("totp.qr")} viewBox={`0 0 ${code.size} ${code.size}`} shapeRendering="crispEdges"><path d={code.path} /></svg>;
}

export function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose(): void }) {
  return (
    <ModalOverlay isOpen isKeyboardDismissDisabled>
      <Modal>
        <Dialog>
          <Heading slot="title">{site("codes.title")}</Heading>
          <p>{site("codes.text")}</p>
          <ul className="codes">{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
          <div className="actions">
            <CopyButton label={site("codes.copy")} text={() => codes.join("\n")} />
            <Button onPress={() => print()}>{site("codes.print")}</Button>
            <Button className="primary" onPress={onClose}>{site("codes.kept")}</Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

export function EnrolTotp({ enrolment, onClose, onCodes }: { enrolment: Enrolment; onClose(): void; onCodes(codes: string[]): void }) {
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    setProblem("");
    try {
      onCodes((await api.post<{ recovery_codes: string[] }>("/api/me/totp/confirm", { code: code.replaceAll(" ", "") })).recovery_codes);
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <ModalOverlay isOpen onOpenChange={(open) => { if (!open) onClose(); }}>
      <Modal>
        <Dialog>
          <Heading slot="title">{site("totp.title")}</Heading>
          <p>{site("totp.scan")}</p>
          <QrCode text={enrolment.uri} />
          <details><summary>{site("totp.byHand")}</summary><p><code className="secret">{enrolment.secret.match(/.{1,4}/g)?.join(" ")}</code></p></details>
          <Form className="column" onSubmit={(event) => { event.preventDefault(); void confirm(); }}>
            {problem !== "" && <p role="alert" className="problem">{problem}</p>}
            <Field label={site("totp.code")} value={code} onChange={setCode} required autoComplete="one-time-code" maxLength={10} />
            <div className="actions">
              <Button className="quiet" onPress={onClose}>{site("common.cancel")}</Button>
              <Button type="submit" className="primary" isPending={busy}>{site("totp.confirm")}</Button>
            </div>
          </Form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
