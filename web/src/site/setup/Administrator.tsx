// The first step: who administers this server. The link proves that one may.
import { useState } from "react";
import { Button, FieldError, Form, Input, Label, TextField } from "react-aria-components";
import { site } from "../../i18n/site";
import { usePlace } from "../../router";
import { Brand } from "../../ui/Brand";
import { api, ApiFailure, sentenceOf } from "../api";
import { NewPassword } from "../NewPassword";
import { type SignedIn, signedIn } from "../session";
import { usePage } from "../usePage";

export function Administrator({ onDone }: { onDone(): void }) {
  const heading = usePage(site("setup.title"));
  const token = usePlace().query.get("token") ?? "";
  const [name, setName] = useState("");
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [fields, setFields] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const submit = async () => {
    setBusy(true);
    setProblem("");
    setFields({});
    try {
      await signedIn(await api.post<SignedIn>("/api/setup", { token, name, login, password, cookie: true }));
      onDone();
    } catch (error) {
      const wrong = error instanceof ApiFailure ? error.fields : {};
      if (Object.keys(wrong).length > 0) setFields(wrong);
      else setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  if (token === "") {
    return <main className="message"><h1>{site("setup.title")}</h1><p>{site("setup.noLink")}</p></main>;
  }
  return (
    <main className="entry">
      <div className="entry-card card">
        <p className="brand"><Brand /></p>
        <h1 ref={heading} tabIndex={-1}>{site("setup.title")}</h1>
        <p className="hint">{site("setup.admin.text")}</p>
        <Form
          validationErrors={fields}
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          {problem !== "" && <p role="alert" className="problem">{problem}</p>}
          <TextField value={name} onChange={setName} isRequired name="name" autoComplete="name" maxLength={64}>
            <Label>{site("setup.admin.name")}</Label>
            <Input />
            <FieldError />
          </TextField>
          <TextField value={login} onChange={setLogin} isRequired name="login" autoComplete="username" minLength={2} maxLength={64}>
            <Label>{site("setup.admin.login")}</Label>
            <Input />
            <FieldError />
          </TextField>
          <NewPassword label={site("setup.admin.password")} value={password} onChange={setPassword} login={login} name={name} problem={fields["password"]} />
          <Button type="submit" className="primary" isPending={busy}>{site("setup.admin.button")}</Button>
        </Form>
      </div>
    </main>
  );
}
