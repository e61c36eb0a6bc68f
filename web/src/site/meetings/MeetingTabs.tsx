// The lists of meetings that there are.
import { Link } from "react-aria-components";
import { site } from "../../i18n/site";

const tabs = [
  { which: "upcoming", href: "/app" },
  { which: "past", href: "/app/meetings?when=past" },
  { which: "templates", href: "/app/meetings/templates" },
] as const;

export function MeetingTabs({ which }: { which: (typeof tabs)[number]["which"] }) {
  return (
    <nav className="tabs" aria-label={site("meetings.which")}>
      {tabs.map((tab) => <Link key={tab.which} href={tab.href} {...(tab.which === which ? { "aria-current": "true" as const } : {})}>{site(`meetings.${tab.which}`)}</Link>)}
    </nav>
  );
}
