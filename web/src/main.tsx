// The entry: finds out which page the address names and loads its bundle.
import { StrictMode, Suspense } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { lazily } from "./activities/later";
import { t } from "./i18n";
import type { JoinLink } from "./meeting/store";
import { navigate, type Place, placeOf, usePlace } from "./router";
import { askEarly } from "./site/early";
import "./style/tokens.css";
import "./style/app.css";
import { startBranding } from "./style/branding";
import { locale, startLooks } from "./style/theme";

const MeetingApp = lazily(() => import("./ui/MeetingApp"), "message");
const SiteApp = lazily(() => import("./site/SiteApp"), "message");
const SetupApp = lazily(() => import("./site/SetupApp"), "message");
const AdminApp = lazily(() => import("./admin/AdminApp"), "message");

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

const { area } = placeOf(location.pathname);
if (area === "site" || area === "admin") askEarly("/api/me");
startLooks();
startBranding();
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <I18nProvider locale={locale}>
      <RouterProvider navigate={navigate}>
        <Suspense fallback={<main className="message"><p role="status">{t("app.loading")}</p></main>}>
          <Page />
        </Suspense>
      </RouterProvider>
    </I18nProvider>
  </StrictMode>,
);
