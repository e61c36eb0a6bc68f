// Who has registered for a meeting, and whom the host still has to answer.
import { useState } from "react";
import { Button } from "react-aria-components";
import { site } from "../../i18n/site";
import { api, sentenceOf } from "../api";
import { Shown } from "../parts";
import { dayAndClock } from "../times";
import { useLoad } from "../useLoad";

interface Registrant {
  id: string;
  email: string;
  first_name: string;
  last_name: string;
  status: string;
  create_time: string;
}
interface List {
  total_records: number;
  registrants: Registrant[];
}

export function Registrants({ id, approves }: { id: number; approves: boolean }) {
  const path = `/v2/meetings/${id}/registrants`;
  const { loaded, again } = useLoad(`registrants ${id}`, async (signal) => {
    const [pending, approved] = await Promise.all(["pending", "approved"].map((status) => api.get<List>(path, { status, page_size: 300 }, signal)));
    return { pending: pending!, approved: approved! };
  });
  const [problem, setProblem] = useState("");
  const decide = async (action: string, who: Registrant[]) => {
    setProblem("");
    try {
      await api.put(`${path}/status`, { action, registrants: who.map(({ id: number, email }) => ({ id: number, email })) });
      again();
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  const name = (r: Registrant) => [r.first_name, r.last_name].filter((n) => n !== "").join(" ");
  return (
    <section className="card">
      <h2>{site("registrants.title")}</h2>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <Shown of={loaded} again={again}>
        {({ pending, approved }) => pending.registrants.length + approved.registrants.length === 0 ? <p className="hint">{site("registrants.none")}</p> : (
          <div className="table-scroll">
            <table>
              <thead><tr><th>{site("registrants.name")}</th><th>{site("registrants.email")}</th><th>{site("registrants.when")}</th><th>{site("registrants.state")}</th></tr></thead>
              <tbody>
                {[...pending.registrants, ...approved.registrants].map((r) => (
                  <tr key={r.id}>
                    <td dir="auto">{name(r)}</td>
                    <td dir="auto">{r.email}</td>
                    <td>{dayAndClock(new Date(r.create_time))}</td>
                    <td>
                      {r.status === "pending" ? (
                        <div className="row">
                          <Button className="small" onPress={() => void decide("approve", [r])}>{site("registrants.approve")}</Button>
                          <Button className="small quiet" onPress={() => void decide("deny", [r])}>{site("registrants.deny")}</Button>
                        </div>
                      ) : (
                        <div className="row">
                          <span className="tag good">{site("registrants.approved")}</span>
                          <Button className="small quiet" onPress={() => void decide("cancel", [r])}>{site("registrants.cancel")}</Button>
                        </div>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Shown>
      {approves && <p className="hint">{site("registrants.approvesText")}</p>}
    </section>
  );
}
