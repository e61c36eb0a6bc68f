// The keys of the account: which there are, what is under them, new versions, and the end of one.
import { useEffect, useState } from "react";
import { Button, Label, Link, ProgressBar } from "react-aria-components";
import { at } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { LockIcon, ShieldIcon } from "../../ui/icons";
import { ConfirmSheet, FormSheet } from "../parts/dialogs";
import { Tick } from "../parts/fields";
import { number, time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";

interface Version {
  version: number;
  created_at: string;
  destroyed: boolean;
  data_keys: number;
}
interface AccountKey {
  key_id: string;
  period: string;
  versions: Version[];
}
interface Report {
  root: string;
  keys: AccountKey[];
  rewrapping: boolean;
  rewrapped: number;
  to_rewrap: number;
  shredded: number;
}
const under = (key: AccountKey): number => key.versions.reduce((sum, v) => sum + v.data_keys, 0);
const newest = (key: AccountKey): number => Math.max(0, ...key.versions.filter((v) => !v.destroyed).map((v) => v.version));

export function Keys() {
  const data = useData<Report>("/api/keys");
  const [rotating, setRotating] = useState(false);
  const [destroying, setDestroying] = useState<AccountKey | null>(null);
  const busy = data.value !== undefined && (data.value.rewrapping || data.value.to_rewrap > 0);
  const { again } = data;
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(again, 1000);
    return () => clearInterval(timer);
  }, [busy, again]);
  return (
    <Page
      title={at("keys.title")} text={at("keys.text")}
      actions={<>
        <Link className="button" href="/admin/audit">{at("audit.title")}</Link>
        <Button className="primary" isDisabled={!data.value} onPress={() => setRotating(true)}>{at("keys.rotate")}</Button>
      </>}
    >
      <Loaded data={data}>
        {(report) => (
          <>
            {busy && (
              <div className="card column" data-rewrap={report.to_rewrap}>
                <ProgressBar value={report.rewrapped} maxValue={Math.max(1, report.rewrapped + report.to_rewrap)} valueLabel={at("keys.progress", { done: number(report.rewrapped), all: number(report.rewrapped + report.to_rewrap) })}>
                  {({ valueText }) => (
                    <>
                      <div className="spread"><Label>{at("keys.rewrapping")}</Label><span className="numbers">{valueText}</span></div>
                      <progress value={report.rewrapped} max={Math.max(1, report.rewrapped + report.to_rewrap)} aria-hidden="true" />
                    </>
                  )}
                </ProgressBar>
                <p className="hint">{at("keys.rewrapText")}</p>
              </div>
            )}
            <section className="card" aria-labelledby="hierarchy">
              <h2 id="hierarchy">{at("keys.hierarchy")}</h2>
              <ul className="checks">
                <li><ShieldIcon /><span className="grow"><strong>{at("keys.root")}</strong> <code>{report.root}</code><p>{at("keys.rootText")}</p></span></li>
                <li><LockIcon /><span className="grow"><strong>{at("keys.account", { count: number(report.keys.length) })}</strong><p>{at("keys.accountText")}</p></span></li>
                <li><LockIcon /><span className="grow"><strong>{at("keys.data", { count: number(report.keys.reduce((sum, k) => sum + under(k), 0)) })}</strong><p>{at("keys.dataText", { shredded: number(report.shredded) })}</p></span></li>
              </ul>
            </section>
            {report.keys.length === 0 ? (
              <div className="empty card"><LockIcon /><h3>{at("keys.none")}</h3><p>{at("keys.noneText")}</p></div>
            ) : (
              <div className="table-scroll" role="region" aria-label={at("keys.title")} tabIndex={0}>
                <table className="stacks" data-keys>
                  <thead><tr><th scope="col">{at("keys.id")}</th><th scope="col">{at("keys.period")}</th><th scope="col">{at("keys.version")}</th><th scope="col">{at("keys.since")}</th><th scope="col" className="number">{at("keys.under")}</th><th scope="col"><span className="only-spoken">{at("actions")}</span></th></tr></thead>
                  <tbody>
                    {report.keys.flatMap((key) => key.versions.map((v, i) => (
                      <tr key={`${key.key_id}${v.version}`}>
                        <td data-label={at("keys.id")}>{i === 0 ? <code>{key.key_id.slice(0, 12)}…</code> : <span className="only-spoken">{key.key_id.slice(0, 12)}</span>}</td>
                        <td data-label={at("keys.period")}>{i === 0 ? (key.period || at("keys.forever")) : ""}</td>
                        <td data-label={at("keys.version")}>{v.version} {v.destroyed ? <span className="tag bad">{at("keys.destroyed")}</span> : v.version === newest(key) ? <span className="tag good">{at("keys.inUse")}</span> : <span className="tag">{at("keys.old")}</span>}</td>
                        <td data-label={at("keys.since")}>{time(v.created_at)}</td>
                        <td className="number" data-label={at("keys.under")}>{number(v.data_keys)}</td>
                        <td className="cell-actions">{i === 0 && key.versions.some((w) => !w.destroyed) && <Button className="small quiet danger" onPress={() => setDestroying(key)}>{at("keys.destroy")}</Button>}</td>
                      </tr>
                    )))}
                  </tbody>
                </table>
              </div>
            )}
          </>
        )}
      </Loaded>
      {rotating && <Rotate onClose={() => setRotating(false)} onDone={again} />}
      {destroying && <Destroy accountKey={destroying} onClose={() => setDestroying(null)} onDone={again} />}
    </Page>
  );
}

function Rotate({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [retire, setRetire] = useState(false);
  const { say } = useNotices();
  return (
    <FormSheet
      title={at("keys.rotate")} action={at("keys.rotate")} onClose={onClose}
      onSubmit={async () => {
        await api.post("/api/keys/rotate", { retire });
        say(at("keys.rotated"));
        onDone();
      }}
    >
      <p>{at("keys.rotateText")}</p>
      <Tick label={at("keys.retire")} value={retire} onChange={setRetire} />
      <p className="hint">{at("keys.rootByCommand")} <code>sealhall keys rotate --root</code></p>
    </FormSheet>
  );
}

function Destroy({ accountKey, onClose, onDone }: { accountKey: AccountKey; onClose(): void; onDone(): void }) {
  const [withContent, setWithContent] = useState(false);
  const { say } = useNotices();
  return (
    <ConfirmSheet
      title={at("keys.destroy")} text={at("keys.destroyText", { count: number(under(accountKey)) })} action={at("keys.destroy")} type={accountKey.key_id} typeLabel={at("keys.typeId")} onClose={onClose}
      onConfirm={async () => {
        await api.post(`/api/keys/${segment(accountKey.key_id)}/destroy`, { confirm: accountKey.key_id, with_content: withContent });
        say(at("keys.destroyed.done"));
        onDone();
      }}
    >
      {under(accountKey) > 0 && <Tick label={at("keys.withContent", { count: number(under(accountKey)) })} value={withContent} onChange={setWithContent} />}
      <p className="hint">{at("keys.recent")}</p>
    </ConfirmSheet>
  );
}
