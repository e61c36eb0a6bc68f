// The first administrator of a new server, by the link that it printed.
import { useEffect, useState } from "react";
import { Link } from "react-aria-components";
import { site } from "../i18n/site";
import { api, sentenceOf } from "./api";
import { Administrator } from "./setup/Administrator";

export default function SetupApp() {
  const [needed, setNeeded] = useState<boolean | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    api.get<{ setup_needed: boolean }>("/api/status").then((status) => setNeeded(status.setup_needed), (error: unknown) => setProblem(sentenceOf(error)));
  }, []);
  if (problem !== "") return <main className="message"><h1>{site("error.title")}</h1><p role="alert">{problem}</p></main>;
  if (needed === null) return <main className="message"><p role="status">{site("loading")}</p></main>;
  if (!needed) {
    return (
      <main className="message">
        <h1>{site("setup.done.title")}</h1>
        <p>{site("setup.done.text")}</p>
        <Link href="/app" className="button primary">{site("signIn.button")}</Link>
      </main>
    );
  }
  return <Administrator onDone={() => location.assign("/app")} />;
}
