// The pages around meetings, for people with an account: who is signed in, then which page.
import { useEffect } from "react";
import { Button } from "react-aria-components";
import { site } from "../i18n/site";
import { lookWho, signOut, useSession } from "./session";
import { SignIn } from "./SignIn";

export default function SiteApp() {
  const session = useSession();
  useEffect(() => {
    void lookWho();
  }, []);
  switch (session.state) {
    case "unknown": return <main className="message"><p role="status">{site("loading")}</p></main>;
    case "unreached":
      return (
        <main className="message">
          <h1>{site("error.title")}</h1>
          <p role="alert">{session.sentence}</p>
          <Button onPress={() => void lookWho()}>{site("error.again")}</Button>
        </main>
      );
    case "out": return <SignIn />;
    case "in":
      return (
        <main className="message">
          <h1 dir="auto">{session.me.name}</h1>
          <Button onPress={() => void signOut()}>{site("nav.signOut")}</Button>
        </main>
      );
  }
}
