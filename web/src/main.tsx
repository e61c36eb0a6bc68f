// The entry: finds out which page the address names and loads its bundle.
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { I18nProvider } from "react-aria-components";
import { t } from "./i18n";
import type { JoinLink } from "./meeting/store";
import "./style/tokens.css";
import "./style/app.css";
import { locale, startLooks } from "./style/theme";

const MeetingApp = lazy(() => import("./ui/MeetingApp"));

/** /j/MEETING?pwd=&tk= and /s/MEETING?zak=, as docs/operate describes links. */
function linkFromAddress(): JoinLink {
  const [, , id = ""] = location.pathname.split("/");
  const query = new URLSearchParams(location.search);
  const link: JoinLink = { meetingId: decodeURIComponent(id) };
  const passcode = query.get("pwd");
  const registrant = query.get("tk");
  const start = query.get("zak");
  if (passcode) link.passcode = passcode;
  if (registrant) link.registrant = registrant;
  if (start) link.start = start;
  return link;
}

startLooks();
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <I18nProvider locale={locale}>
      <Suspense fallback={<main className="message"><p role="status">{t("app.loading")}</p></main>}>
        <MeetingApp link={linkFromAddress()} />
      </Suspense>
    </I18nProvider>
  </StrictMode>,
);
