// Signing in: password, then a code where one is asked for; or a passkey; or the organisation's own provider.
import { useEffect, useState } from "react";
import { Button, Form, Input, Label, TextField } from "react-aria-components";
import { site } from "../i18n/site";
import { Brand } from "../ui/Brand";
import { api, ApiFailure, sentenceOf } from "./api";
import { passkeysHere, signInWithPasskey, wasCancelled } from "./passkeys";
import { knownDevice, type SignedIn, signedIn } from "./session";
import { usePage } from "./usePage";

interface Provider {
  id: string;
  name: string;
  url: string;
}

export function SignIn() {
  const heading = usePage(site("signIn.title"));
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [providers, setProviders] = useState<Provider[]>([]);

  useEffect(() => {
    // Without them the password still works.
    api.get<{ providers: Provider[] }>("/api/sign-in/providers").then((list) => setProviders(list.providers), () => undefined);
  }, []);

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem("");
    try {
      await work();
    } catch (error) {
      if (error instanceof ApiFailure && "code" in error.fields && !asksCode) setAsksCode(true);
      else if (!wasCancelled(error)) setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  const withPassword = async () => {
    const device = knownDevice();
    await signedIn(await api.post<SignedIn>("/api/sign-in", {
      login, password, cookie: true, ...(code === "" ? {} : { code: code.trim() }), ...(device === undefined ? {} : { device }),
    }));
  };

  return (
    <main className="entry">
      <div className="entry-card card">
        <p className="brand"><Brand /></p>
        <h1 ref={heading} tabIndex={-1}>{site(asksCode ? "signIn.codeTitle" : "signIn.title")}</h1>
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            void attempt(withPassword);
          }}
        >
          {problem !== "" && <p role="alert" className="problem">{problem}</p>}
          {asksCode ? (
            <TextField value={code} onChange={setCode} isRequired name="code" autoComplete="one-time-code" maxLength={64} autoFocus>
              <Label>{site("signIn.code")}</Label>
              <Input />
              <p className="hint">{site("signIn.codeHint")}</p>
            </TextField>
          ) : (
            <>
              <TextField value={login} onChange={setLogin} isRequired name="login" autoComplete="username" maxLength={100}>
                <Label>{site("signIn.login")}</Label>
                <Input />
              </TextField>
              <TextField value={password} onChange={setPassword} isRequired name="password" type="password" autoComplete="current-password" maxLength={512}>
                <Label>{site("signIn.password")}</Label>
                <Input />
              </TextField>
            </>
          )}
          <Button type="submit" className="primary" isPending={busy}>{site("signIn.button")}</Button>
          {asksCode && <Button className="quiet" onPress={() => { setAsksCode(false); setCode(""); setProblem(""); }}>{site("signIn.other")}</Button>}
        </Form>
        {!asksCode && (
          <>
            <p className="hint"><a href="/password">{site("signIn.forgotten")}</a></p>
            {(passkeysHere() || providers.length > 0) && <p className="or"><span>{site("signIn.or")}</span></p>}
            {passkeysHere() && <Button onPress={() => void attempt(signInWithPasskey)}>{site("signIn.passkey")}</Button>}
            {providers.map((provider) => <a key={provider.id} className="button" href={provider.url} dir="auto">{site("signIn.provider", { name: provider.name })}</a>)}
          </>
        )}
      </div>
    </main>
  );
}
