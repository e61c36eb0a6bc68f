// What stands around every page of a member: where one can go, and who one is.
import { type ReactNode, useState } from "react";
import { Button, Link, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { site } from "../i18n/site";
import { usePlace } from "../router";
import { Brand } from "../ui/Brand";
import { CalendarIcon, DownIcon, type Icon, RecordIcon, SettingsIcon } from "../ui/icons";
import { sentenceOf } from "./api";
import { type Me, signOut } from "./session";

interface Entry {
  href: string;
  page: string;
  label: string;
  icon: Icon;
}

const entries = (): Entry[] => [
  { href: "/app", page: "meetings", label: site("nav.meetings"), icon: CalendarIcon },
  { href: "/app/recordings", page: "recordings", label: site("nav.recordings"), icon: RecordIcon },
  { href: "/app/settings", page: "settings", label: site("nav.settings"), icon: SettingsIcon },
];

/** Whoever may do anything with what belongs to others has something to do in the console. */
export const mayAdminister = (me: Me): boolean => me.permissions.length > 0;

export function Shell({ me, children }: { me: Me; children: ReactNode }) {
  const page = usePlace().segments[0] ?? "meetings";
  const [problem, setProblem] = useState("");
  const leave = async () => {
    setProblem("");
    await signOut().catch((error: unknown) => setProblem(sentenceOf(error)));
  };
  return (
    <div className="site">
      <a className="skip" href="#content">{site("nav.skip")}</a>
      <header className="site-head">
        <Link className="brand" href="/app"><Brand /></Link>
        <nav aria-label={site("nav.label")}>
          {entries().map(({ href, page: name, label, icon: Glyph }) => (
            <Link key={name} href={href} {...(page === name ? { "aria-current": "page" as const } : {})}><Glyph /><span>{label}</span></Link>
          ))}
        </nav>
        <MenuTrigger>
          <Button className="quiet who" aria-label={site("nav.account", { name: me.name })}><span className="initial" aria-hidden="true">{[...me.name][0]?.toUpperCase()}</span><span className="who-name" dir="auto">{me.name}</span><DownIcon /></Button>
          <Popover placement="bottom end">
            <Menu onAction={(key) => { if (key === "out") void leave(); }}>
              <MenuItem href="/app/settings/profile">{site("nav.profile")}</MenuItem>
              <MenuItem href="/app/settings/security">{site("nav.security")}</MenuItem>
              {mayAdminister(me) ? <MenuItem href="/admin">{site("nav.admin")}</MenuItem> : null}
              <Separator />
              <MenuItem id="out">{site("nav.signOut")}</MenuItem>
            </Menu>
          </Popover>
        </MenuTrigger>
      </header>
      {problem !== "" && <p role="alert" className="banner bad" dir="auto">{site("nav.stillIn")} {problem}</p>}
      {children}
    </div>
  );
}
