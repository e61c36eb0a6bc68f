// What is one's own: profile, what counts in one's meetings, how the account is protected, where one is signed in, what programs may do.
import { Link } from "react-aria-components";
import { site } from "../../i18n/site";
import { Page } from "../parts";
import type { Me } from "../session";
import { Applications } from "./Applications";
import { Profile } from "./Profile";
import { Rules } from "./Rules";
import { Security } from "./Security";
import { Sessions } from "./Sessions";

const parts = ["profile", "meetings", "security", "sessions", "applications"] as const;

export default function Settings({ part, me }: { part: string; me: Me }) {
  const shown = parts.find((p) => p === part) ?? "profile";
  return (
    <Page title={site("settings.title")} spoken={`${site(`settings.${shown}`)} · ${site("settings.title")}`}>
      {me.second_factor_missing ? <p className="banner warn" role="status">{site("settings.factorNeeded")}</p> : (
        <nav className="tabs" aria-label={site("settings.title")}>
          {parts.map((p) => <Link key={p} href={`/app/settings/${p}`} {...(p === shown ? { "aria-current": "true" as const } : {})}>{site(`settings.${p}`)}</Link>)}
        </nav>
      )}
      {shown === "profile" && <Profile />}
      {shown === "meetings" && <Rules />}
      {shown === "security" && <Security me={me} />}
      {shown === "sessions" && <Sessions />}
      {shown === "applications" && <Applications />}
    </Page>
  );
}
