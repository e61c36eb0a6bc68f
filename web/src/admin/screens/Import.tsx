// A file of people: read here, looked at by the server line by line, then taken one by one. It may stop anywhere; who is
// there already is left alone when the file is taken once more.
import { useRef, useState } from "react";
import { Button, Label, ProgressBar } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { api, sentenceOf } from "../../site/api";
import { save } from "../../site/tables";
import { CheckIcon, DownloadIcon, WarningIcon } from "../../ui/icons";
import { type ImportLine, importLines } from "../parts/csv";
import { number } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Page } from "../parts/Page";

interface Checked extends ImportLine {
  problems: string[];
  roleId?: string;
  groupId?: string;
}
const portion = 500;
const shown = 200;

async function check(lines: ImportLine[]): Promise<Checked[]> {
  const all: Checked[] = [];
  const seen = new Set<string>();
  for (let from = 0; from < lines.length; from += portion) {
    const part = lines.slice(from, from + portion);
    const { rows } = await api.post<{ rows: { problems: string[]; role_id?: string; group_id?: string }[] }>("/api/users/import-check", { rows: part.map(({ login, name, role, group }) => ({ login, name, role, group })) });
    part.forEach((line, i) => {
      const row = rows[i]!;
      const login = line.login.toLowerCase();
      // The server sees one portion at a time.
      const problems = seen.has(login) && row.problems.length === 0 ? ["repeated"] : row.problems;
      seen.add(login);
      all.push({ ...line, problems, ...(row.role_id ? { roleId: row.role_id } : {}), ...(row.group_id ? { groupId: row.group_id } : {}) });
    });
  }
  return all;
}

export function Import() {
  const [lines, setLines] = useState<Checked[] | null>(null);
  const [problem, setProblem] = useState("");
  const [looking, setLooking] = useState(false);
  const [progress, setProgress] = useState<{ done: number; of: number; failed: { line: number; login: string; why: string }[]; over: boolean } | null>(null);
  const stopped = useRef(false);
  const { say } = useNotices();
  const good = lines?.filter((l) => l.problems.length === 0) ?? [];
  const bad = lines?.filter((l) => l.problems.length > 0) ?? [];

  const read = async (file: File | undefined) => {
    if (!file) return;
    setLines(null);
    setProgress(null);
    setProblem("");
    setLooking(true);
    try {
      const found = importLines(await file.text());
      if (found === null || found.length === 0) setProblem(at("import.noColumn"));
      else if (found.length > 5000) setProblem(at("import.tooLong"));
      else setLines(await check(found));
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setLooking(false);
    }
  };
  const take = async () => {
    stopped.current = false;
    const failed: { line: number; login: string; why: string }[] = [];
    let done = 0;
    for (const line of good) {
      if (stopped.current) break;
      try {
        await api.post("/api/invitations", { login: line.login, role: line.roleId ?? "member", ...(line.groupId ? { group_id: line.groupId } : {}) });
      } catch (error) {
        failed.push({ line: line.line, login: line.login, why: sentenceOf(error) });
      }
      ++done;
      setProgress({ done, of: good.length, failed: [...failed], over: false });
    }
    setProgress({ done, of: good.length, failed, over: true });
    say(at("import.done", { count: done - failed.length }));
  };

  return (
    <Page title={at("import.title")} text={at("import.text")} above={[{ title: at("invitations.title"), href: "/admin/invitations" }]}>
      <section className="card column" aria-labelledby="import-file">
        <h2 id="import-file">{at("import.file")}</h2>
        <p className="hint">{at("import.columns")}</p>
        <div className="row">
          <div className="grow">
            <Label htmlFor="import-input" className="only-spoken">{at("import.choose")}</Label>
            <input id="import-input" type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" disabled={progress !== null && !progress.over} onChange={(event) => void read(event.target.files?.[0])} />
          </div>
          <Button onPress={() => save("people.csv", "login,name,role,group\r\nada@example.org,Ada Lovelace,member,Sales\r\n")}><DownloadIcon />{at("import.example")}</Button>
        </div>
        {looking && <p role="status">{at("import.looking")}</p>}
        {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      </section>
      {lines !== null && (
        <section className="column" aria-labelledby="import-look">
          <div className="spread">
            <h2 id="import-look">{at("import.preview")}</h2>
            {progress === null && <Button className="primary" isDisabled={good.length === 0} onPress={() => void take()}>{at("import.take", { count: number(good.length) })}</Button>}
          </div>
          <p role="status" className="row">
            <span className="tag good"><CheckIcon />{at("import.good", { count: number(good.length) })}</span>
            {bad.length > 0 && <span className="tag bad"><WarningIcon />{at("import.bad", { count: number(bad.length) })}</span>}
          </p>
          {progress !== null && (
            <div className="card column">
              <ProgressBar value={progress.done} maxValue={Math.max(1, progress.of)} valueLabel={at("import.progress", { done: number(progress.done), of: number(progress.of) })}>
                {({ valueText }) => (
                  <>
                    <div className="spread"><Label>{progress.over ? at("import.over") : at("import.running")}</Label><span className="numbers">{valueText}</span></div>
                    <progress value={progress.done} max={Math.max(1, progress.of)} aria-hidden="true" />
                  </>
                )}
              </ProgressBar>
              {!progress.over && <Button onPress={() => { stopped.current = true; }}>{at("import.stop")}</Button>}
              {progress.failed.length > 0 && (
                <ul className="checks">
                  {progress.failed.slice(0, shown).map((f) => <li key={f.line} className="bad"><WarningIcon /><span className="grow"><bdi>{f.login}</bdi><p dir="auto">{at("import.line", { line: f.line })}: {f.why}</p></span></li>)}
                </ul>
              )}
            </div>
          )}
          <div className="table-scroll" role="region" aria-label={at("import.table")} tabIndex={0}>
            <table className="stacks">
              <thead><tr><th scope="col" className="number">{at("import.number")}</th><th scope="col">{at("login")}</th><th scope="col">{at("name")}</th><th scope="col">{at("role")}</th><th scope="col">{at("group")}</th><th scope="col">{at("import.verdict")}</th></tr></thead>
              <tbody>
                {[...bad, ...good].slice(0, shown).map((l) => (
                  <tr key={l.line}>
                    <td className="number" data-label={at("import.number")}>{l.line}</td>
                    <td data-label={at("login")}><bdi>{l.login}</bdi></td>
                    <td data-label={at("name")}><bdi>{l.name}</bdi></td>
                    <td data-label={at("role")}><bdi>{l.role}</bdi></td>
                    <td data-label={at("group")}><bdi>{l.group}</bdi></td>
                    <td data-label={at("import.verdict")}>{l.problems.length === 0 ? <span className="tag good">{at("import.ok")}</span> : l.problems.map((p) => <span key={p} className="tag bad">{atOr(`import.problem.${p}`, p)}</span>)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {lines.length > shown && <p className="hint">{at("import.more", { count: number(lines.length - shown) })}</p>}
        </section>
      )}
    </Page>
  );
}
