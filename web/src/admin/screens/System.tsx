// How the machine is: what runs, what is full, what ends soon, and when it was last backed up.
import { at } from "../../i18n/admin";
import { CheckIcon, SignalIcon, WarningIcon } from "../../ui/icons";
import { bytes, daysUntil, number, time } from "../parts/format";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";

export interface SystemView {
  version: string;
  started_at: string;
  public_url: string;
  database: string;
  database_answers: boolean;
  blobs: string;
  disk_free: number;
  disk_size: number;
  key_service: boolean;
  recorder: boolean;
  composer: boolean;
  mail: boolean;
  mails_waiting: number;
  mails_given_up: number;
  certificate_until: string;
  meetings: number;
  participants: number;
  workers: { worker: number; transports: number; cpu_permille: number; bytes_in: number; bytes_out: number; dropped: number }[];
  data_directory: string;
  last_backup?: string;
  last_backup_bytes?: number;
  last_backup_place?: string;
}
export interface Check {
  state: "good" | "warn" | "bad";
  title: string;
  text: string;
}

const day = 86_400_000;
/** How old a backup may be before it is warned about, in days. Longer loses more with the disk. */
export const backupKeeps = 7;

/** The last backup in a sentence, and whether it will do. */
export function backupOf(s: SystemView, now: Date = new Date()): Check {
  const title = at("system.backup");
  if (!s.last_backup) return { state: "warn", title, text: at("system.backupNone") };
  const days = (now.getTime() - new Date(s.last_backup).getTime()) / day;
  if (days > backupKeeps) return { state: "warn", title, text: at("system.backupOld", { days: number(Math.floor(days)), time: time(s.last_backup) }) };
  return { state: "good", title, text: at("system.backupText", { time: time(s.last_backup) }) };
}
/** What to type on the server. The folder is named where it is not the usual one. */
export function backupCommands(folder: string): string {
  const data = folder === "" || folder === "sealhall-data" ? "" : ` --data ${/^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`}`;
  return `sealhall backup --new-key backup.key\nsealhall backup /mnt/backup --encrypt-to shb-…${data}`;
}

/** What is well and what is not, the worst first. */
export function checksOf(s: SystemView, now: Date = new Date()): Check[] {
  const days = daysUntil(s.certificate_until, now);
  const free = s.disk_size > 0 ? s.disk_free / s.disk_size : 1;
  const checks: Check[] = [
    { state: s.database_answers ? "good" : "bad", title: at("system.database", { kind: s.database }), text: at(s.database_answers ? "system.databaseGood" : "system.databaseBad") },
    { state: s.key_service ? "good" : "bad", title: at("system.keyService"), text: at(s.key_service ? "system.keyGood" : "system.keyBad") },
    { state: s.workers.length > 0 ? "good" : "bad", title: at("system.workers", { count: number(s.workers.length) }), text: at(s.workers.length > 0 ? "system.workersGood" : "system.workersBad") },
    { state: s.recorder && s.composer ? "good" : "warn", title: at("system.recorder"), text: at(s.recorder && s.composer ? "system.recorderGood" : "system.recorderBad") },
    { state: free < 0.05 ? "bad" : free < 0.15 ? "warn" : "good", title: at("system.disk"), text: at("system.diskText", { free: bytes(s.disk_free), size: bytes(s.disk_size), blobs: s.blobs }) },
    { state: days < 3 ? "bad" : days < 14 ? "warn" : "good", title: at("system.certificate"), text: days < 0 ? at("system.certificateOver") : at("system.certificateText", { days: number(days), time: time(s.certificate_until) }) },
    { state: s.mails_given_up > 0 ? "bad" : !s.mail || s.mails_waiting > 20 ? "warn" : "good", title: at("system.mail"), text: !s.mail ? at("system.mailNone", { count: number(s.mails_waiting) }) : at("system.mailText", { waiting: number(s.mails_waiting), failed: number(s.mails_given_up) }) },
    backupOf(s, now),
  ];
  const rank = { bad: 0, warn: 1, good: 2 };
  return checks.sort((a, b) => rank[a.state] - rank[b.state]);
}

function BackupFacts({ view }: { view: SystemView }) {
  const { state, text } = backupOf(view);
  return (
    <>
      {state !== "good" && <p className="banner warn" role="status"><WarningIcon />{text}</p>}
      {view.last_backup && (
        <dl>
          <dt>{at("system.backupAt")}</dt><dd>{time(view.last_backup)}</dd>
          {view.last_backup_bytes !== undefined && <><dt>{at("size")}</dt><dd>{bytes(view.last_backup_bytes)}</dd></>}
          {view.last_backup_place !== undefined && <><dt>{at("system.backupPlace")}</dt><dd><bdi>{view.last_backup_place}</bdi></dd></>}
        </dl>
      )}
    </>
  );
}

export function System() {
  const data = useData<SystemView>("/api/system", {}, 5);
  return (
    <Page title={at("system.title")} text={at("system.text")}>
      <Loaded data={data}>
        {(s) => (
          <>
            <ul className="checks" aria-label={at("system.checks")}>
              {checksOf(s).map((c) => (
                <li key={c.title} className={c.state}>{c.state === "good" ? <CheckIcon /> : <WarningIcon />}<span className="grow"><strong>{c.title}</strong><span className="only-spoken">: {at(`state.${c.state}`)}</span><p>{c.text}</p></span></li>
              ))}
            </ul>
            <div className="cards two">
              <section className="card" aria-labelledby="about-server">
                <h2 id="about-server">{at("system.server")}</h2>
                <dl>
                  <dt>{at("system.version")}</dt><dd>{s.version}</dd>
                  <dt>{at("system.started")}</dt><dd>{time(s.started_at)}</dd>
                  <dt>{at("system.address")}</dt><dd><bdi>{s.public_url}</bdi></dd>
                  <dt>{at("system.running")}</dt><dd>{number(s.meetings)}</dd>
                  <dt>{at("system.connected")}</dt><dd>{number(s.participants)}</dd>
                </dl>
              </section>
              <section className="card column" aria-labelledby="backups">
                <h2 id="backups">{at("system.backups")}</h2>
                <BackupFacts view={s} />
                <p className="hint">{at("system.backupHow")}</p>
                <pre className="body-text" tabIndex={0}>{backupCommands(s.data_directory)}</pre>
              </section>
            </div>
            <div className="column">
              <h2 id="workers">{at("system.mediaWorkers")}</h2>
              {s.workers.length === 0 ? <div className="empty card"><SignalIcon /><p>{at("system.workersBad")}</p></div> : (
                <div className="table-scroll" role="region" aria-labelledby="workers" tabIndex={0}>
                  <table className="stacks">
                    <thead><tr><th scope="col">{at("system.worker")}</th><th scope="col" className="number">{at("system.connected")}</th><th scope="col" className="number">{at("system.cpu")}</th><th scope="col" className="number">{at("system.in")}</th><th scope="col" className="number">{at("system.out")}</th><th scope="col" className="number">{at("system.dropped")}</th></tr></thead>
                    <tbody>
                      {s.workers.map((w) => (
                        <tr key={w.worker}>
                          <td data-label={at("system.worker")}>{w.worker}</td>
                          <td className="number" data-label={at("system.connected")}>{number(w.transports)}</td>
                          <td className="number" data-label={at("system.cpu")}>{number(w.cpu_permille / 10)} %</td>
                          <td className="number" data-label={at("system.in")}>{bytes(w.bytes_in)}</td>
                          <td className="number" data-label={at("system.out")}>{bytes(w.bytes_out)}</td>
                          <td className="number" data-label={at("system.dropped")}>{number(w.dropped)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}
