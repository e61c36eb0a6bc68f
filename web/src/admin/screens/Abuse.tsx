// What people reported in meetings, and that somebody has dealt with it.
import { useState } from "react";
import { Button } from "react-aria-components";
import { at } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { CheckIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Page } from "../parts/Page";

interface Report {
  id: string;
  meeting_id: string;
  by: string;
  about: string[];
  text: string;
  reported_at: string;
  resolved_by?: string;
  resolved_at?: string;
}

export function Abuse() {
  const [version, setVersion] = useState(0);
  const { attempt } = useNotices();
  const settle = async (report: Report, resolved: boolean) => {
    if (await attempt(() => api.patch(`/api/abuse-reports/${segment(report.id)}`, { resolved }), at("saved"))) setVersion((n) => n + 1);
  };
  return (
    <Page title={at("abuse.title")} text={at("abuse.text")}>
      <DataTable<Report>
        label={at("abuse.title")} path="/api/abuse-reports" rows="reports" file="abuse-reports" version={version} rowKey={(r) => r.id} initialFilters={{ open: "true" }}
        filters={[{ name: "open", label: at("status"), always: true, options: [["true", at("abuse.open")], ["false", at("abuse.everything")]] }]}
        columns={[
          { title: at("log.when"), cell: (r) => time(r.reported_at) },
          { title: at("abuse.by"), cell: (r) => <bdi>{r.by}</bdi> },
          { title: at("abuse.about"), cell: (r) => <bdi>{r.about.join(", ")}</bdi> },
          { title: at("abuse.words"), cell: (r) => <span dir="auto">{r.text}</span> },
          { title: at("meeting"), cell: (r) => <code>{r.meeting_id}</code> },
          { title: at("status"), cell: (r) => (r.resolved_at ? <span className="tag good" title={time(r.resolved_at)}>{at("abuse.settled")}</span> : <span className="tag warn">{at("abuse.open")}</span>) },
          { title: at("actions"), quiet: true, cell: (r) => <Button className="small" onPress={() => void settle(r, !r.resolved_at)}>{r.resolved_at ? at("abuse.reopen") : at("abuse.settle")}</Button> },
        ]}
        empty={{ Icon: CheckIcon, title: at("abuse.none"), text: at("abuse.noneText") }}
      />
    </Page>
  );
}
