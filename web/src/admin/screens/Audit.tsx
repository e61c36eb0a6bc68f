// The log of every use of a key, and the proof that nothing in it was changed.
import { useState } from "react";
import { Button } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { api, sentenceOf } from "../../site/api";
import { CheckIcon, LockIcon, WarningIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { Field } from "../parts/fields";
import { number } from "../parts/format";
import { time } from "../parts/format";
import { Page } from "../parts/Page";

interface Line {
  n: number;
  at: string;
  who?: string;
  what: string;
  key?: string;
  version?: number;
  data_key?: string;
  outcome?: string;
}
interface Proof {
  whole: boolean;
  problem?: string;
  entries: number;
  checkpoints: number;
  unsigned_entries: number;
  position?: string;
}
const who = ["control", "recorder", "administrator", "kms"];
const what = ["make_data_key", "open_data_key", "rewrap_data_key", "shred_data_key", "list_keys", "rotate_keys", "destroy_key", "show_recovery_kit", "read_audit_head", "checkpoint"];

export function Audit() {
  return (
    <Page title={at("audit.title")} text={at("audit.text")} above={[{ title: at("keys.title"), href: "/admin/keys" }]}>
      <Verify />
      <DataTable<Line>
        label={at("audit.title")} path="/api/keys/audit" rows="lines" file="audit" searchable={at("audit.search")} rowKey={(l) => String(l.n)}
        filters={[
          { name: "who", label: at("log.who"), options: who.map((w) => [w, atOr(`audit.who.${w}`, w)] as const) },
          { name: "what", label: at("log.what"), options: what.map((w) => [w, atOr(`audit.what.${w}`, w)] as const) },
        ]}
        columns={[
          { title: at("audit.number"), number: true, cell: (l) => number(l.n) },
          { title: at("log.when"), cell: (l) => time(l.at) },
          { title: at("log.who"), cell: (l) => (l.who ? atOr(`audit.who.${l.who}`, l.who) : "") },
          { title: at("log.what"), cell: (l) => atOr(`audit.what.${l.what}`, l.what) },
          { title: at("audit.key"), cell: (l) => (l.key ? <code title={l.key}>{l.key.slice(0, 12)}… v{l.version}</code> : "") },
          { title: at("audit.dataKey"), cell: (l) => (l.data_key ? <code title={l.data_key}>{l.data_key.slice(0, 12)}…</code> : "") },
          { title: at("audit.outcome"), cell: (l) => (l.outcome ? <span className={l.outcome === "done" ? "tag good" : "tag bad"}>{atOr(`audit.outcome.${l.outcome}`, l.outcome)}</span> : "") },
        ]}
        empty={{ Icon: LockIcon, title: at("audit.none") }}
      />
    </Page>
  );
}

function Verify() {
  const [expect, setExpect] = useState("");
  const [proof, setProof] = useState<Proof | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    setProblem("");
    try {
      setProof(await api.post<Proof>("/api/keys/audit/verify", expect.trim() === "" ? {} : { expect: expect.trim() }));
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="card column"
      onSubmit={(event) => {
        event.preventDefault();
        void verify();
      }}
    >
      <h2>{at("audit.verify")}</h2>
      <Field label={at("audit.expect")} hint={at("audit.expectHint")} value={expect} onChange={setExpect} max={100} />
      <div className="row"><Button type="submit" className="primary" isDisabled={busy}>{busy ? at("audit.verifying") : at("audit.verifyNow")}</Button></div>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      {proof && (
        <div role="status" className="column" data-proof={proof.whole ? "whole" : "broken"}>
          {proof.whole ? (
            <>
              <p className="banner good"><CheckIcon />{at("audit.whole", { entries: number(proof.entries), checkpoints: number(proof.checkpoints), unsigned: number(proof.unsigned_entries) })}</p>
              <p className="hint">{at("audit.position")}</p>
              <code className="secret">{proof.position}</code>
            </>
          ) : <p className="banner bad"><WarningIcon />{at("audit.broken")} <span dir="auto" lang="en">{proof.problem}</span></p>}
        </div>
      )}
    </form>
  );
}
