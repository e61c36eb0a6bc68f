// Reports: day by day, who held meetings, and the room that recordings take.
import { useState } from "react";
import { Button, Link, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { at } from "../../i18n/admin";
import { segment } from "../../site/api";
import { save } from "../../site/tables";
import { locale } from "../../style/theme";
import { BackIcon, DownloadIcon, NextIcon, PersonIcon, SignalIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { bytes, number, time } from "../parts/format";
import { Loaded, Page } from "../parts/Page";
import { Plot } from "../parts/Plot";
import { useData } from "../parts/useData";

interface Daily {
  year: number;
  month: number;
  dates: { date: string; new_users: number; meetings: number; participants: number; meeting_minutes: number }[];
}
interface ReportUser {
  id: string;
  email: string;
  user_name: string;
  meetings: number;
  participants: number;
  meeting_minutes: number;
  last_login_time?: string;
}

export function Reports() {
  return (
    <Page title={at("reports.title")} text={at("reports.text")}>
      <Tabs>
        <TabList aria-label={at("reports.title")}>
          <Tab id="daily">{at("reports.daily")}</Tab>
          <Tab id="hosts">{at("reports.hosts")}</Tab>
          <Tab id="room">{at("reports.room")}</Tab>
        </TabList>
        <TabPanel id="daily"><DailyReport /></TabPanel>
        <TabPanel id="hosts"><Hosts /></TabPanel>
        <TabPanel id="room"><Room /></TabPanel>
      </Tabs>
    </Page>
  );
}

function DailyReport() {
  const now = new Date();
  const [{ year, month }, setMonth] = useState({ year: now.getUTCFullYear(), month: now.getUTCMonth() + 1 });
  const data = useData<Daily>("/v2/report/daily", { year, month });
  const step = (by: number) => {
    const then = new Date(Date.UTC(year, month - 1 + by, 1));
    setMonth({ year: then.getUTCFullYear(), month: then.getUTCMonth() + 1 });
  };
  const title = new Intl.DateTimeFormat(locale, { year: "numeric", month: "long", timeZone: "UTC" }).format(new Date(Date.UTC(year, month - 1, 1)));
  const isNow = year === now.getUTCFullYear() && month === now.getUTCMonth() + 1;
  return (
    <div className="column">
      <div className="row" role="group" aria-label={at("reports.month")}>
        <Button className="small icon-only" aria-label={at("reports.before")} onPress={() => step(-1)}><BackIcon /></Button>
        <strong aria-live="polite">{title}</strong>
        <Button className="small icon-only" aria-label={at("reports.after")} isDisabled={isNow} onPress={() => step(1)}><NextIcon /></Button>
        <span className="grow" />
        <Button
          className="small" isDisabled={!data.value}
          onPress={() => data.value && save(`daily-${year}-${month}.csv`, ["date,new_users,meetings,participants,meeting_minutes", ...data.value.dates.map((d) => [d.date, d.new_users, d.meetings, d.participants, d.meeting_minutes].join(","))].join("\r\n") + "\r\n")}
        ><DownloadIcon />{at("table.export")}</Button>
      </div>
      <Loaded data={data}>
        {({ dates }) => {
          const sum = (key: "new_users" | "meetings" | "participants" | "meeting_minutes") => dates.reduce((all, d) => all + d[key], 0);
          const names = dates.map((d) => String(Number(d.date.slice(8, 10))));
          return (
            <>
              <div className="cards">
                <div className="card figure"><span>{at("reports.meetings")}</span><strong>{number(sum("meetings"))}</strong></div>
                <div className="card figure"><span>{at("reports.participants")}</span><strong>{number(sum("participants"))}</strong></div>
                <div className="card figure"><span>{at("reports.minutes")}</span><strong>{number(sum("meeting_minutes"))}</strong></div>
                <div className="card figure"><span>{at("reports.newUsers")}</span><strong>{number(sum("new_users"))}</strong></div>
              </div>
              <div className="cards two">
                <Plot kind="bars" title={at("reports.meetings")} column={at("day")} names={names} series={[{ name: at("reports.meetings"), values: dates.map((d) => d.meetings) }]} format={number} />
                <Plot kind="bars" title={at("reports.participants")} column={at("day")} names={names} series={[{ name: at("reports.participants"), values: dates.map((d) => d.participants) }]} format={number} />
                <Plot kind="lines" title={at("reports.minutes")} column={at("day")} names={names} series={[{ name: at("reports.minutes"), values: dates.map((d) => d.meeting_minutes) }]} format={number} />
                <Plot kind="bars" title={at("reports.newUsers")} column={at("day")} names={names} series={[{ name: at("reports.newUsers"), values: dates.map((d) => d.new_users) }]} format={number} />
              </div>
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function Hosts() {
  const from = new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10);
  const top = useData<{ users: ReportUser[] }>("/v2/report/users", { type: "active", from, page_size: 300 });
  const best = [...(top.value?.users ?? [])].sort((a, b) => b.meeting_minutes - a.meeting_minutes).slice(0, 10);
  return (
    <div className="column">
      {best.length > 0 && <Plot kind="bars" title={at("reports.topHosts")} unit={at("reports.minutesUnit")} column={at("host")} names={best.map((u) => u.user_name)} series={[{ name: at("reports.minutes"), values: best.map((u) => u.meeting_minutes) }]} format={number} />}
      <DataTable<ReportUser>
        label={at("reports.hosts")} path="/v2/report/users" rows="users" file="hosts" rowKey={(u) => u.id} initialFilters={{ type: "active", from }}
        filters={[{ name: "type", label: at("status"), always: true, options: [["active", at("reports.active")], ["inactive", at("reports.inactive")]] }, { name: "from", label: at("from") }, { name: "to", label: at("to") }]}
        columns={[
          { title: at("name"), cell: (u) => <><Link href={`/admin/users/${segment(u.id)}`}><bdi>{u.user_name}</bdi></Link><bdi className="login">{u.email}</bdi></> },
          { title: at("reports.meetings"), number: true, cell: (u) => number(u.meetings) },
          { title: at("reports.participants"), number: true, cell: (u) => number(u.participants) },
          { title: at("reports.minutes"), number: true, cell: (u) => number(u.meeting_minutes) },
          { title: at("user.lastSignIn"), cell: (u) => time(u.last_login_time) || at("never") },
        ]}
        empty={{ Icon: PersonIcon, title: at("reports.noHosts") }}
      />
    </div>
  );
}

/** "1.50 MB" as bytes; the server counts in 1024. */
export function usageBytes(text: string): number {
  const parts = /^([\d.]+)\s*([kKMGT]?)i?B?$/.exec(text.trim());
  if (!parts) return 0;
  return Math.round(Number(parts[1]) * 1024 ** " KMGT".indexOf(parts[2] === "" ? " " : parts[2]!.toUpperCase()));
}

function Room() {
  const data = useData<{ cloud_recording_storage: { date: string; usage: string }[] }>("/v2/report/cloud_recording");
  return (
    <Loaded data={data}>
      {({ cloud_recording_storage: days }) => (days.every((d) => usageBytes(d.usage) === 0)
        ? <div className="empty card"><SignalIcon /><h2>{at("reports.noRoom")}</h2></div>
        : <Plot kind="lines" title={at("reports.room")} column={at("day")} names={days.map((d) => d.date.slice(5))} series={[{ name: at("reports.room"), values: days.map((d) => usageBytes(d.usage)) }]} format={bytes} />)}
    </Loaded>
  );
}
