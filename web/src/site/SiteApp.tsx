// The pages around meetings, for people with an account: who is signed in, then which page.
import { Suspense, useEffect } from "react";
import { Button } from "react-aria-components";
import { lazily } from "../activities/later";
import { site } from "../i18n/site";
import type { Place } from "../place";
import { usePlace } from "../router";
import { Meeting } from "./meetings/Meeting";
import { EditMeeting, NewMeeting } from "./meetings/MeetingForm";
import { Meetings } from "./meetings/Meetings";
import { Templates } from "./meetings/Templates";
import { Page } from "./parts";
import { lookWho, type Me, useSession } from "./session";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

const Settings = lazily(() => import("./settings/Settings"), "page");
const Recordings = lazily(() => import("./recordings/Recordings"), "page");
const Recording = lazily(() => import("./recordings/Recording"), "page");

function content({ segments: [page = "meetings", item, part], query }: Place, me: Me) {
  if (me.second_factor_missing) return <Settings part="security" me={me} />;
  if (page === "meetings" && item === undefined) return <Meetings me={me} past={query.get("when") === "past"} />;
  if (page === "meetings" && item === "new") return <NewMeeting key={query.get("template")} template={query.get("template") ?? undefined} />;
  if (page === "meetings" && item === "templates" && part === undefined) return <Templates />;
  if (page === "meetings" && item && part === undefined) return <Meeting key={item} id={item} />;
  if (page === "meetings" && item && part === "edit") return <EditMeeting key={item} id={item} occurrence={query.get("occurrence") ?? undefined} />;
  if (page === "recordings" && item === undefined) return <Recordings trash={query.get("where") === "trash"} />;
  if (page === "recordings" && item && part === undefined) return <Recording key={item} id={item} />;
  if (page === "settings" && part === undefined) return <Settings part={item ?? "profile"} me={me} />;
  return <Page title={site("missing.title")} spoken={site("missing.title")}><p>{site("missing.text")}</p></Page>;
}

export default function SiteApp() {
  const session = useSession();
  const place = usePlace();
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
        <Shell me={session.me}>
          <Suspense fallback={<main className="page"><p role="status" className="hint">{site("loading")}</p></main>}>{content(place, session.me)}</Suspense>
        </Shell>
      );
  }
}
