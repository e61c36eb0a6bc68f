// The admin console: who is looking, the areas that they may see, and the screen that the address names.
import { useEffect, useState } from "react";
import { Button, Link } from "react-aria-components";
import { later } from "../activities/later";
import { at } from "../i18n/admin";
import type { Place } from "../place";
import { usePlace } from "../router";
import { lookWho, type Me, signOut, useSession } from "../site/session";
import { SignIn } from "../site/SignIn";
import { useBranding } from "../style/branding";
import { MarkOf } from "../ui/Brand";
import { BackIcon, CloseIcon, MoreIcon, ShieldIcon } from "../ui/icons";
import "./admin.css";
import { areas, offered, offeredAreas } from "./areas";
import { NoticeArea, useNotices } from "./parts/Notices";
import { Page } from "./parts/Page";
import { type Viewer, ViewerContext } from "./rights";
import { Overview } from "./screens/Overview";

// The first screen comes with the console; of the others whoever opens the console needs one at a time.
const Abuse = later(async () => ({ default: (await import("./screens/Abuse")).Abuse }));
const Application = later(async () => ({ default: (await import("./screens/Applications")).Application }));
const Applications = later(async () => ({ default: (await import("./screens/Applications")).Applications }));
const Audit = later(async () => ({ default: (await import("./screens/Audit")).Audit }));
const Branding = later(async () => ({ default: (await import("./screens/Branding")).Branding }));
const Group = later(async () => ({ default: (await import("./screens/Groups")).Group }));
const Groups = later(async () => ({ default: (await import("./screens/Groups")).Groups }));
const Import = later(async () => ({ default: (await import("./screens/Import")).Import }));
const Invitations = later(async () => ({ default: (await import("./screens/Invitations")).Invitations }));
const Keys = later(async () => ({ default: (await import("./screens/Keys")).Keys }));
const Live = later(async () => ({ default: (await import("./screens/Live")).Live }));
const Meeting = later(async () => ({ default: (await import("./screens/Meetings")).Meeting }));
const Meetings = later(async () => ({ default: (await import("./screens/Meetings")).Meetings }));
const Operations = later(async () => ({ default: (await import("./screens/Logs")).Operations }));
const Policies = later(async () => ({ default: (await import("./screens/Policies")).Policies }));
const Recordings = later(async () => ({ default: (await import("./screens/Recordings")).Recordings }));
const Reports = later(async () => ({ default: (await import("./screens/Reports")).Reports }));
const Role = later(async () => ({ default: (await import("./screens/Roles")).Role }));
const Roles = later(async () => ({ default: (await import("./screens/Roles")).Roles }));
const SignIns = later(async () => ({ default: (await import("./screens/Logs")).SignIns }));
const System = later(async () => ({ default: (await import("./screens/System")).System }));
const Tracking = later(async () => ({ default: (await import("./screens/Tracking")).Tracking }));
const User = later(async () => ({ default: (await import("./screens/Users")).User }));
const Users = later(async () => ({ default: (await import("./screens/Users")).Users }));
const Webhook = later(async () => ({ default: (await import("./screens/Webhooks")).Webhook }));
const Webhooks = later(async () => ({ default: (await import("./screens/Webhooks")).Webhooks }));

export default function AdminApp() {
  const session = useSession();
  useEffect(() => {
    void lookWho();
  }, []);
  switch (session.state) {
    case "unknown": return <main className="message"><p role="status">{at("loading")}</p></main>;
    case "unreached":
      return (
        <main className="message">
          <h1>{at("console")}</h1>
          <p role="alert">{session.sentence}</p>
          <Button onPress={() => void lookWho()}>{at("again")}</Button>
        </main>
      );
    case "out": return <SignIn />;
    case "in": return <Console me={session.me} />;
  }
}

function Console({ me }: { me: Me }) {
  const place = usePlace();
  const [open, setOpen] = useState(false);
  const branding = useBranding();
  const viewer: Viewer = { id: me.id, name: me.name, login: me.login, role: me.role, permissions: me.permissions };
  const groups = offeredAreas(viewer);
  useEffect(() => setOpen(false), [place]);
  if (groups.length === 0) {
    return (
      <main className="message">
        <ShieldIcon />
        <h1>{at("console")}</h1>
        <p>{me.second_factor_missing ? at("noFactor") : at("noRights")}</p>
        <Link className="button" href="/app">{at("toMeetings")}</Link>
      </main>
    );
  }
  const current = place.segments[0] ?? "";
  return (
    <ViewerContext value={viewer}>
      <NoticeArea>
        <div className="console" data-nav={open ? "open" : "closed"}>
          <a className="skip" href="#console-main">{at("skip")}</a>
          <header className="console-top">
            <Button className="quiet icon-only nav-toggle" aria-label={open ? at("nav.close") : at("nav.open")} aria-expanded={open} onPress={() => setOpen(!open)}>{open ? <CloseIcon /> : <MoreIcon />}</Button>
            <Link className="brand" href="/admin"><MarkOf branding={branding} />{at("console")}</Link>
            <span className="grow" />
            <span className="who hint"><bdi>{me.name}</bdi></span>
            <Link className="button small" href="/app"><BackIcon />{at("toMeetings")}</Link>
            <SignOut />
          </header>
          <nav className="console-nav" aria-label={at("nav.label")}>
            <Link href="/admin" className="nav-item" aria-current={current === "" ? "page" : undefined}>{at("overview.title")}</Link>
            {groups.map((group) => (
              <div key={group.title} role="group" aria-labelledby={`nav-${group.title}`}>
                <span className="nav-title" id={`nav-${group.title}`}>{at(group.title)}</span>
                {group.items.map(({ page, title, Icon }) => (
                  <Link key={page} href={`/admin/${page}`} className="nav-item" aria-current={current === page ? "page" : undefined}><Icon />{at(title)}</Link>
                ))}
              </div>
            ))}
          </nav>
          <main className="console-main" id="console-main" tabIndex={-1}><Screen place={place} viewer={viewer} /></main>
        </div>
      </NoticeArea>
    </ViewerContext>
  );
}

/** Who could not be signed out is told so. */
function SignOut() {
  const { complain } = useNotices();
  return <Button className="quiet small" onPress={() => void signOut().catch(complain)}>{at("signOut")}</Button>;
}

function Screen({ place, viewer }: { place: Place; viewer: Viewer }) {
  const [page = "", item] = place.segments;
  const known = areas.flatMap((group) => group.items).find((i) => i.page === page);
  if (known && !offered(known, viewer)) return <Missing text={at("notYours")} />;
  switch (page) {
    case "": return <Overview />;
    case "users": return item ? <User key={item} id={item} /> : <Users />;
    case "invitations": return item === "import" ? <Import /> : <Invitations />;
    case "groups": return item ? <Group key={item} id={item} /> : <Groups />;
    case "roles": return item ? <Role key={item} id={item} /> : <Roles />;
    case "policies": return <Policies />;
    case "live": return <Live />;
    case "meetings": return item ? <Meeting key={item} id={item} /> : <Meetings />;
    case "recordings": return <Recordings />;
    case "tracking": return <Tracking />;
    case "reports": return <Reports />;
    case "sign-ins": return <SignIns />;
    case "operations": return <Operations />;
    case "abuse": return <Abuse />;
    case "keys": return <Keys />;
    case "audit": return <Audit />;
    case "applications": return item ? <Application key={item} id={item} /> : <Applications />;
    case "webhooks": return item ? <Webhook key={item} id={item} /> : <Webhooks />;
    case "branding": return <Branding />;
    case "system": return <System />;
    default: return <Missing text={at("nothingHere")} />;
  }
}

function Missing({ text }: { text: string }) {
  return <Page title={at("missing.title")}><div className="empty card"><ShieldIcon /><p>{text}</p><Link className="button" href="/admin">{at("overview.title")}</Link></div></Page>;
}
