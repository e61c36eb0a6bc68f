// The frame around every page, and the one that the address names in it.
import { StrictMode, Suspense } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { lazily } from "./activities/later";
import { bundles } from "./boot";
import { t } from "./i18n";
import type { JoinLink } from "./meeting/store";
import type { Place } from "./place";
import { navigate, usePlace } from "./router";
import "./style/tokens.css";
import "./style/app.css";
import { startBranding } from "./style/branding";
import { locale, startLooks } from "./style/theme";
import { Whole } from "./ui/Whole";

const MeetingApp = lazily(bundles.meeting, "message");
const SiteApp = lazily(bundles.site, "message");
const SetupApp = lazily(bundles.setup, "message");
const AdminApp = lazily(bundles.admin, "message");

/** /j/MEETING?pwd=&tk= and /s/MEETING?zak=, as docs/operate describes links. */
function linkOf({ segments: [id = ""], query }: Place): JoinLink {
  const link: JoinLink = { meetingId: id };
  const passcode = query.get("pwd");
  const registrant = query.get("tk");
  const start = query.get("zak");
  if (passcode) link.passcode = passcode;
  if (registrant) link.registrant = registrant;
  if (start) link.start = start;
  return link;
}

function Page() {
  const place = usePlace();
  switch (place.area) {
    case "meeting": return <MeetingApp link={linkOf(place)} />;
    case "admin": return <AdminApp />;
    case "setup": return <SetupApp />;
    case "site": return <SiteApp />;
  }
}

startLooks();
startBranding();
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <I18nProvider locale={locale}>
      <RouterProvider navigate={navigate}>
        <Suspense fallback={<main className="message"><p role="status">{t("app.loading")}</p></main>}>
          <Whole><Page /></Whole>
        </Suspense>
      </RouterProvider>
    </I18nProvider>
  </StrictMode>,
);
