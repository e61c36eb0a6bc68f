// Where one is signed in.
import { site, type SiteKey } from "../../i18n/site";
import { GlobeIcon } from "../../ui/icons";
import { api, segment } from "../api";
import { ConfirmButton, Shown } from "../parts";
import { dayAndClock } from "../times";
import { useLoad } from "../useLoad";
import { clientName } from "./clientName";

interface Session {
  id: string;
  method: string;
  source: string;
  client: string;
  created_at: string;
  expires_at: string;
  current: boolean;
}

const methods: readonly [RegExp, SiteKey][] = [
  [/^password$/, "sessions.by.password"], [/totp$/, "sessions.by.totp"], [/recovery$/, "sessions.by.recovery"], [/^passkey$/, "sessions.by.passkey"], [/^oidc:/, "sessions.by.provider"],
];

export function Sessions() {
  const { loaded, again } = useLoad("sessions", (signal) => api.get<{ sessions: Session[] }>("/api/me/sessions", {}, signal));
  return (
    <Shown of={loaded} again={again}>
      {({ sessions }) => (
        <section className="card column">
          <div className="spread">
            <h2>{site("settings.sessions")}</h2>
            {sessions.length > 1 && <ConfirmButton label={site("sessions.endOthers")} title={site("sessions.endOthersTitle")} text={<p>{site("sessions.endOthersText")}</p>} yes={site("sessions.endOthers")} act={async () => { await api.post("/api/me/sessions/end-others"); again(); }} />}
          </div>
          <ul className="rows">
            {[...sessions].sort((a, b) => Number(b.current) - Number(a.current) || b.created_at.localeCompare(a.created_at)).map((session) => (
              <li key={session.id} className="meeting-row">
                <GlobeIcon />
                <div className="grow">
                  <b dir="auto">{clientName(session.client) || site("sessions.unknown")}</b> {session.current && <span className="tag good">{site("sessions.this")}</span>}
                  <div className="row hint">
                    <span>{site("sessions.since", { when: dayAndClock(new Date(session.created_at)) })}</span>
                    {methods.filter(([form]) => form.test(session.method)).map(([, key]) => <span key={key}>{site(key)}</span>)}
                  </div>
                </div>
                {!session.current && <ConfirmButton className="quiet danger" label={site("sessions.end")} title={site("sessions.endTitle")} text={<p>{site("sessions.endText")}</p>} yes={site("sessions.end")} act={async () => { await api.delete(`/api/me/sessions/${segment(session.id)}`); again(); }} />}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Shown>
  );
}
