// The first screen: what runs now, what needs looking at, and the last days at a glance.
import { Link } from "react-aria-components";
import { at } from "../../i18n/admin";
import { CheckIcon, WarningIcon } from "../../ui/icons";
import { offeredAreas } from "../areas";
import { number } from "../parts/format";
import { Page } from "../parts/Page";
import { Plot } from "../parts/Plot";
import { useData } from "../parts/useData";
import { useMay, useViewer } from "../rights";
import type { LiveMeeting } from "./Live";
import { checksOf, type SystemView } from "./System";

interface Daily {
  dates: { date: string; meetings: number; participants: number }[];
}

export function Overview() {
  const viewer = useViewer();
  const sees = { live: useMay("meetings_read"), users: useMay("users_read"), reports: useMay("reports_read"), system: useMay("server"), abuse: useMay("audit_read") };
  const live = useData<{ total_records: number; meetings: LiveMeeting[] }>(sees.live ? "/api/live-meetings" : null, {}, 10);
  const users = useData<{ total_records: number }>(sees.users ? "/v2/users" : null, { page_size: 1 });
  const now = new Date();
  const daily = useData<Daily>(sees.reports ? "/v2/report/daily" : null, { year: now.getUTCFullYear(), month: now.getUTCMonth() + 1 });
  const system = useData<SystemView>(sees.system ? "/api/system" : null, {}, 10);
  const abuse = useData<{ total_records: number }>(sees.abuse ? "/api/abuse-reports" : null, { open: true, page_size: 1 });
  const problems = system.value ? checksOf(system.value).filter((c) => c.state !== "good") : [];
  return (
    <Page title={at("overview.title")} text={at("overview.text", { name: viewer.name })}>
      <div className="cards">
        {live.value && <Link className="card figure" href="/admin/live"><span>{at("overview.live")}</span><strong>{number(live.value.total_records)}</strong><span>{at("overview.inside", { count: number(live.value.meetings.reduce((sum, m) => sum + m.participants, 0)) })}</span></Link>}
        {users.value && <Link className="card figure" href="/admin/users"><span>{at("overview.users")}</span><strong>{number(users.value.total_records)}</strong></Link>}
        {daily.value && <Link className="card figure" href="/admin/reports"><span>{at("overview.month")}</span><strong>{number(daily.value.dates.reduce((sum, d) => sum + d.meetings, 0))}</strong></Link>}
        {abuse.value && <Link className="card figure" href="/admin/abuse"><span>{at("overview.abuse")}</span><strong>{number(abuse.value.total_records)}</strong></Link>}
      </div>
      {system.value && (
        <section className="column" aria-labelledby="needs">
          <h2 id="needs">{at("overview.system")}</h2>
          <ul className="checks">
            {problems.length === 0
              ? <li className="good"><CheckIcon /><span className="grow"><strong>{at("overview.allGood")}</strong></span></li>
              : problems.map((c) => <li key={c.title} className={c.state}><WarningIcon /><span className="grow"><strong>{c.title}</strong><span className="only-spoken">: {at(`state.${c.state}`)}</span><p>{c.text}</p></span></li>)}
          </ul>
        </section>
      )}
      {daily.value && <Plot kind="bars" title={at("overview.perDay")} column={at("day")} names={daily.value.dates.map((d) => String(Number(d.date.slice(8, 10))))} series={[{ name: at("reports.meetings"), values: daily.value.dates.map((d) => d.meetings) }, { name: at("reports.participants"), values: daily.value.dates.map((d) => d.participants) }]} format={number} />}
      {!live.value && !users.value && !daily.value && !system.value && (
        <div className="cards">
          {offeredAreas(viewer).flatMap((g) => g.items).map(({ page, title, Icon }) => <Link key={page} className="card figure" href={`/admin/${page}`}><Icon /><strong>{at(title)}</strong></Link>)}
        </div>
      )}
    </Page>
  );
}
