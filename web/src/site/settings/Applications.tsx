// Programs that may act for this person, and taking that back.
import { site } from "../../i18n/site";
import { LinkIcon } from "../../ui/icons";
import { api, segment } from "../api";
import { ConfirmButton, Shown } from "../parts";
import { day } from "../times";
import { useLoad } from "../useLoad";

interface Grant {
  client_id: string;
  name: string;
  scopes: string[];
  created_at: string;
}

export function Applications() {
  const { loaded, again } = useLoad("grants", (signal) => api.get<{ grants: Grant[] }>("/api/me/grants", {}, signal));
  return (
    <Shown of={loaded} again={again}>
      {({ grants }) => grants.length === 0 ? (
        <div className="empty"><LinkIcon /><h2>{site("apps.none")}</h2><p>{site("apps.noneText")}</p></div>
      ) : (
        <section className="card column">
          <h2>{site("settings.applications")}</h2>
          <ul className="rows">
            {grants.map((grant) => (
              <li key={grant.client_id} className="meeting-row">
                <div className="grow">
                  <b dir="auto">{grant.name}</b>
                  <p className="hint">{site("apps.since", { when: day(new Date(grant.created_at)) })}</p>
                  <div className="row">{grant.scopes.map((scope) => <code key={scope} className="tag">{scope}</code>)}</div>
                </div>
                <ConfirmButton className="quiet danger" label={site("apps.end")} title={site("apps.endTitle", { name: grant.name })} text={<p>{site("apps.endText")}</p>} yes={site("apps.end")} act={async () => { await api.delete(`/api/me/grants/${segment(grant.client_id)}`); again(); }} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </Shown>
  );
}
