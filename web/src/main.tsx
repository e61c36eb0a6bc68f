// The entry: finds out which page the address names and loads its bundle.
import { lazy, StrictMode, Suspense } from "react";
import { RouterProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { language, t } from "./i18n";
import type { JoinLink } from "./meeting/store";
import { navigate, type Place, usePlace } from "./router";
import "./style/tokens.css";
import "./style/app.css";

const MeetingApp = lazy(() => import("./ui/MeetingApp"));
const SiteApp = lazy(() => import("./site/SiteApp"));
const SetupApp = lazy(() => import("./site/SetupApp"));
const AdminApp = lazy(() => import("./admin/AdminApp"));

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

document.documentElement.lang = language;
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <RouterProvider navigate={navigate}>
      <Suspense fallback={<main className="message"><p role="status">{t("app.loading")}</p></main>}>
        <Page />
      </Suspense>
    </RouterProvider>
  </StrictMode>,
);
