// Setting a new server up, from the link that it printed: who administers it, who may join, where keys live, whether all
// is well, a first meeting. Every step after the first is one's own to leave out; the address remembers where one is.
import { useEffect, useState } from "react";
import { Button, Link } from "react-aria-components";
import { site } from "../i18n/site";
import { navigate, usePlace } from "../router";
import { api, sentenceOf } from "./api";
import { lookWho, useSession } from "./session";
import { Administrator } from "./setup/Administrator";
import { Keys } from "./setup/Keys";
import { Ready } from "./setup/Ready";
import { Rules } from "./setup/Rules";
import { SelfTest } from "./setup/SelfTest";
import { mayAdminister } from "./Shell";
import { SignIn } from "./SignIn";

const steps = ["rules", "keys", "check", "ready"] as const;

export default function SetupApp() {
  const [needed, setNeeded] = useState<boolean | null>(null);
  const [problem, setProblem] = useState("");
  const [round, setRound] = useState(0);
  const session = useSession();
  const place = usePlace();
  const step = steps.find((s) => s === place.segments[0]);
  useEffect(() => {
    setProblem("");
    api.get<{ setup_needed: boolean }>("/api/status").then((status) => setNeeded(status.setup_needed), (error: unknown) => setProblem(sentenceOf(error)));
    void lookWho();
  }, [round]);
  const go = (to: (typeof steps)[number]) => () => navigate(`/setup/${to}`);

  if (problem !== "") {
    return (
      <main className="message">
        <h1>{site("error.title")}</h1>
        <p role="alert">{problem}</p>
        <Button onPress={() => setRound(round + 1)}>{site("error.again")}</Button>
      </main>
    );
  }
  if (needed === null || session.state === "unknown") return <main className="message"><p role="status">{site("loading")}</p></main>;
  if (needed) return <Administrator onDone={() => { setNeeded(false); go("rules")(); }} />;
  if (step && session.state !== "in") return <SignIn />;
  if (step && session.state === "in" && mayAdminister(session.me)) {
    switch (step) {
      case "rules": return <Rules onDone={go("keys")} />;
      case "keys": return <Keys onDone={go("check")} />;
      case "check": return <SelfTest onDone={go("ready")} />;
      case "ready": return <Ready />;
    }
  }
  return (
    <main className="message">
      <h1>{site("setup.done.title")}</h1>
      <p>{site("setup.done.text")}</p>
      <Link href="/app" className="button primary">{site("signIn.button")}</Link>
    </main>
  );
}
