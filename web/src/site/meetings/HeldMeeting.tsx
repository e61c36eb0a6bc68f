// What a host finds at a meeting that was held: who was there each time, what was voted and asked, and what was written to everybody.
import { useState } from "react";
import { Button, Form } from "react-aria-components";
import { site } from "../../i18n/site";
import { DownloadIcon } from "../../ui/icons";
import { sentenceOf } from "../api";
import { Choice, Field } from "../fields";
import { Failed, Shown } from "../parts";
import { save, tableOf } from "../tables";
import { clock, clockOf, dayAndClock } from "../times";
import { useLoad } from "../useLoad";
import { type Held, type Line, loadChat, loadGiven, loadHeld, loadVisits, mostLines, mostVisits, visitsPath } from "./held";

/** What was voted, or asked and answered, at one time; nothing where there was none of it. */
function Answers({ uuid, kind }: { uuid: string; kind: "polls" | "qa" }) {
  const { loaded, again } = useLoad(`${kind} ${uuid}`, (signal) => loadGiven(uuid, kind, signal));
  const title = site(kind === "polls" ? "held.polls" : "held.questions");
  // Not to be read is not the same as none (the key service is away).
  if (loaded.state === "failed") return <><h3>{title}</h3><Failed sentence={loaded.sentence} again={again} /></>;
  if (loaded.state === "loading" || loaded.value.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <div className="table-scroll" role="region" tabIndex={0} aria-label={title}>
        <table>
          <thead><tr><th scope="col">{site("held.name")}</th><th scope="col">{site("held.question")}</th><th scope="col">{site("held.answer")}</th></tr></thead>
          <tbody>{loaded.value.map((one, i) => <tr key={i}><td><bdi>{one.name}</bdi></td><td dir="auto">{one.question}</td><td dir="auto">{one.answer}</td></tr>)}</tbody>
        </table>
      </div>
    </>
  );
}

/** All of them, however many pages of the server's they are. */
function Export({ uuid }: { uuid: string }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const take = async () => {
    setBusy(true);
    setProblem("");
    try {
      save("participants.csv", await tableOf(visitsPath(uuid), {}));
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="row">
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <Button className="small" onPress={() => void take()} isPending={busy}><DownloadIcon />{site("held.export")}</Button>
    </div>
  );
}

function Visits({ times }: { times: readonly Held[] }) {
  const [chosen, setChosen] = useState(times[0]!.uuid);
  const { loaded, again } = useLoad(`visits ${chosen}`, (signal) => loadVisits(chosen, signal));
  return (
    <section className="card column">
      <div className="spread">
        <h2>{site("held.who")}</h2>
        <Export uuid={chosen} />
      </div>
      <Choice<string> label={site("held.time")} value={chosen} onChange={setChosen} options={times.map((one) => ({ value: one.uuid, label: dayAndClock(new Date(one.start_time)) }))} />
      <Shown of={loaded} again={again}>
        {(visits) => (<>
          {visits.length >= mostVisits && <p className="hint">{site("held.firstVisits", { count: visits.length })}</p>}
          <div className="table-scroll" role="region" tabIndex={0} aria-label={site("held.who")}>
            <table>
              <thead><tr><th scope="col">{site("held.name")}</th><th scope="col">{site("held.came")}</th><th scope="col">{site("held.left")}</th><th scope="col">{site("held.stayed")}</th></tr></thead>
              <tbody>
                {visits.map((v) => (
                  <tr key={`${v.user_id} ${v.join_time}`}>
                    <td><bdi>{v.name}</bdi>{v.user_email !== "" && <div className="hint"><bdi>{v.user_email}</bdi></div>}</td>
                    <td className="numbers">{clock(new Date(v.join_time))}</td>
                    <td className="numbers">{v.leave_time === undefined ? "" : clock(new Date(v.leave_time))}</td>
                    <td className="numbers">{clockOf(v.duration)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>)}
      </Shown>
      <Answers uuid={chosen} kind="polls" />
      <Answers uuid={chosen} kind="qa" />
    </section>
  );
}

function Said({ line }: { line: Line }) {
  return (
    <li>
      <div className="grow">
        <b dir="auto">{line.name}</b> <span className="hint numbers">{dayAndClock(new Date(line.sent_at))}</span>
        {line.text !== "" && <p dir="auto">{line.text}</p>}
        {line.files.length > 0 && <p className="hint">{site("held.files")} <bdi>{line.files.join(site("common.listComma"))}</bdi></p>}
      </div>
    </li>
  );
}

function Chat({ meeting }: { meeting: number }) {
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  const { loaded, again } = useLoad(`chat ${meeting} ${query}`, (signal) => loadChat(meeting, query, signal));
  return (
    <section className="card column">
      <h2>{site("held.chat")}</h2>
      <p className="hint">{site("held.chatText")}</p>
      <Form className="row" role="search" onSubmit={(event) => { event.preventDefault(); setQuery(typed.trim()); }}>
        <Field label={site("held.search")} type="search" value={typed} onChange={setTyped} maxLength={200} autoComplete="off" />
        <Button type="submit" className="small">{site("held.find")}</Button>
      </Form>
      <Shown of={loaded} again={again}>
        {(lines) => (lines.length === 0 ? <p role="status" className="hint">{site(query === "" ? "held.silent" : "held.notFound")}</p> : (<>
          {lines.length >= mostLines && <p className="hint">{site("held.newestLines", { count: lines.length })}</p>}
          <ol className="chapters said" tabIndex={0} aria-label={site("held.chat")}>{lines.map((line) => <Said key={`${line.sent_at} ${line.message}`} line={line} />)}</ol>
        </>))}
      </Shown>
    </section>
  );
}

/** Nothing where it was never held. */
export function HeldMeeting({ meeting }: { meeting: number }) {
  const { loaded, again } = useLoad(`held ${meeting}`, (signal) => loadHeld(meeting, signal));
  if (loaded.state === "failed") return <section className="card"><h2>{site("held.who")}</h2><Failed sentence={loaded.sentence} again={again} /></section>;
  if (loaded.state === "loading" || loaded.value.length === 0) return null;
  return (
    <>
      <Visits times={loaded.value} />
      <Chat meeting={meeting} />
    </>
  );
}
