// Who has registered for a meeting, what they answered, and whom the host still has to answer.
import { useState } from "react";
import { Button } from "react-aria-components";
import { site } from "../../i18n/site";
import { api, sentenceOf } from "../api";
import { ConfirmButton, CopyButton, Shown } from "../parts";
import { dayAndClock } from "../times";
import { useLoad } from "../useLoad";
import { answersOf, chosenOf, loadRegistrants, nameOf, type Registrant } from "./registrants";
import type { Meeting } from "./types";

/** The most that one request decides about. */
const atOnce = 30;

function Person({ r, meeting }: { r: Registrant; meeting: Meeting }) {
  const answers = answersOf(r);
  const chosen = chosenOf(r, meeting);
  return (
    <>
      <div dir="auto">{nameOf(r)}</div>
      {chosen.length > 0 && <div className="hint">{chosen.map((moment) => dayAndClock(moment)).join(site("common.listComma"))}</div>}
      {answers.length > 0 && (
        <details>
          <summary>{site("registrants.answers", { count: answers.length })}</summary>
          <dl className="answers">{answers.map(([question, answer], i) => [<dt key={`q${i}`} dir="auto">{question}</dt>, <dd key={`a${i}`} dir="auto">{answer}</dd>])}</dl>
        </details>
      )}
    </>
  );
}

export function Registrants({ meeting }: { meeting: Meeting }) {
  const { loaded, again } = useLoad(`registrants ${meeting.id}`, (signal) => loadRegistrants(meeting.id, signal));
  const [problem, setProblem] = useState("");
  const decide = async (action: "approve" | "deny" | "cancel", who: Registrant[]) => {
    for (let from = 0; from < who.length; from += atOnce) {
      await api.put(`/v2/meetings/${meeting.id}/registrants/status`, { action, registrants: who.slice(from, from + atOnce).map(({ id, email }) => ({ id, email })) });
    }
  };
  const tried = async (work: Promise<void>) => {
    setProblem("");
    await work.catch((error: unknown) => setProblem(sentenceOf(error)));
    again();
  };
  const approve = (r: Registrant) => <Button className="small" onPress={() => void tried(decide("approve", [r]))} aria-label={site("registrants.approveOf", { name: nameOf(r) })}>{site("registrants.approve")}</Button>;
  const state = (r: Registrant) => {
    if (r.status === "pending") {
      return (
        <>
          {approve(r)}
          <Button className="small quiet" onPress={() => void tried(decide("deny", [r]))} aria-label={site("registrants.denyOf", { name: nameOf(r) })}>{site("registrants.deny")}</Button>
        </>
      );
    }
    if (r.status === "denied") return <><span className="tag bad">{site("registrants.denied")}</span>{approve(r)}</>;
    return (
      <>
        <span className="tag good">{site("registrants.approved")}</span>
        {r.join_url !== undefined && <CopyButton className="small quiet" label={site("registrants.copyLink")} text={() => r.join_url!} />}
        <ConfirmButton
          className="small quiet"
          label={site("registrants.cancel")}
          spoken={site("registrants.cancelOf", { name: nameOf(r) })}
          title={site("registrants.cancelTitle")}
          text={<p>{site("registrants.cancelText")} <bdi>{nameOf(r)}</bdi></p>}
          yes={site("registrants.cancelYes")}
          act={async () => {
            await decide("cancel", [r]);
            again();
          }}
        />
      </>
    );
  };
  return (
    <section className="card column">
      <Shown of={loaded} again={again}>
        {(people) => {
          const waiting = people.filter((r) => r.status === "pending");
          return (
            <>
              <div className="spread">
                <h2>{site("registrants.title")}{people.length > 0 && ` (${people.length})`}</h2>
                {waiting.length > 1 && <Button className="small" onPress={() => void tried(decide("approve", waiting))}>{site("registrants.approveAll", { count: waiting.length })}</Button>}
              </div>
              {problem !== "" && <p role="alert" className="problem">{problem}</p>}
              {people.length === 0 ? <p className="hint">{site("registrants.none")}</p> : (
                <div className="table-scroll" role="region" tabIndex={0} aria-label={site("registrants.title")}>
                  <table>
                    <thead><tr><th>{site("registrants.name")}</th><th>{site("registrants.email")}</th><th>{site("registrants.when")}</th><th>{site("registrants.state")}</th></tr></thead>
                    <tbody>
                      {people.map((r) => (
                        <tr key={r.id}>
                          <td><Person r={r} meeting={meeting} /></td>
                          <td dir="auto">{r.email}</td>
                          <td>{dayAndClock(new Date(r.create_time))}</td>
                          <td><div className="row">{state(r)}</div></td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
              {meeting.settings.approval_type === 1 && <p className="hint">{site("registrants.approvesText")}</p>}
            </>
          );
        }}
      </Shown>
    </section>
  );
}
