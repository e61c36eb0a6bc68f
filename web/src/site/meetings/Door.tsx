// Who else may come in, and who may not: links for one guest each, and bans that can be lifted.
import { useState } from "react";
import { Button, Form } from "react-aria-components";
import { site } from "../../i18n/site";
import { api, segment, sentenceOf } from "../api";
import { Choice, Field } from "../fields";
import { ConfirmButton, CopyButton, Failed } from "../parts";
import { dayAndClock, span } from "../times";
import { useLoad } from "../useLoad";
import { ifThere } from "./held";

interface Guest {
  id: string;
  name: string;
  join_url: string;
  expires_at?: string;
}

interface Ban {
  ban: string;
  /** "account" or "device". */
  kind: string;
}

/** Hours; 0: as long as the meeting is there. */
const lasts = [2, 24, 24 * 7, 24 * 30, 0];

function wordsOf(hours: number): string {
  return hours === 0 ? site("guests.always") : span(hours < 24 ? hours : hours / 24, hours < 24 ? "hour" : "day");
}

function NewGuest({ path, again }: { path: string; again(): void }) {
  const [name, setName] = useState("");
  const [hours, setHours] = useState(24);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setProblem("");
    try {
      await api.post(path, { name: name.trim(), ...(hours === 0 ? {} : { expires_in_hours: hours }) });
      setName("");
      again();
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form className="column" validationBehavior="aria" onSubmit={(event) => { event.preventDefault(); if (name.trim() !== "") void make(); }}>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <div className="fields">
        <Field label={site("guests.name")} value={name} onChange={setName} maxLength={200} autoComplete="off" />
        <Choice<number> label={site("guests.lasts")} value={hours} onChange={setHours} options={lasts.map((value) => ({ value, label: wordsOf(value) }))} />
      </div>
      <div className="row"><Button type="submit" className="small" isPending={busy} isDisabled={name.trim() === ""}>{site("guests.make")}</Button></div>
    </Form>
  );
}

export function Guests({ meeting }: { meeting: number }) {
  const path = `/api/meetings/${meeting}/guests`;
  const { loaded, again } = useLoad(`guests ${meeting}`, (signal) => ifThere(api.get<{ guests: Guest[] }>(path, {}, signal)));
  if (loaded.state === "failed") return <Failed sentence={loaded.sentence} again={again} />;
  if (loaded.state !== "here" || loaded.value === undefined) return null;
  const { guests } = loaded.value;
  return (
    <section className="card column">
      <h2>{site("guests.title")}</h2>
      <p className="hint">{site("guests.text")}</p>
      {guests.length > 0 && (
        <ul className="rows">
          {guests.map((guest) => (
            <li key={guest.id} className="meeting-row">
              <span className="grow"><bdi>{guest.name}</bdi>{guest.expires_at !== undefined && <span className="hint"> {site("guests.until", { when: dayAndClock(new Date(guest.expires_at)) })}</span>}</span>
              <div className="row">
                <CopyButton className="quiet small" label={site("guests.copy")} text={() => guest.join_url} />
                <ConfirmButton
                  className="quiet small danger"
                  label={site("guests.takeBack")}
                  spoken={site("guests.takeBackOf", { name: guest.name })}
                  title={site("guests.takeBackTitle")}
                  text={<p>{site("guests.takeBackText")} <bdi>{guest.name}</bdi></p>}
                  yes={site("guests.takeBackYes")}
                  act={async () => {
                    await api.delete(`${path}/${segment(guest.id)}`);
                    again();
                  }}
                />
              </div>
            </li>
          ))}
        </ul>
      )}
      <NewGuest path={path} again={again} />
    </section>
  );
}

/** Nothing where nobody is banned. Names are not kept with a ban. */
export function Bans({ meeting }: { meeting: number }) {
  const path = `/api/meetings/${meeting}/bans`;
  const { loaded, again } = useLoad(`bans ${meeting}`, (signal) => ifThere(api.get<{ bans: Ban[] }>(path, {}, signal)));
  if (loaded.state === "failed") return <Failed sentence={loaded.sentence} again={again} />;
  if (loaded.state !== "here" || !loaded.value || loaded.value.bans.length === 0) return null;
  return (
    <section className="card">
      <h2>{site("bans.title", { count: loaded.value.bans.length })}</h2>
      <p className="hint">{site("bans.text")}</p>
      <ul className="rows">
        {loaded.value.bans.map(({ ban, kind }, i) => (
          <li key={ban} className="meeting-row">
            <span className="grow">{site(kind === "account" ? "bans.account" : "bans.device")}</span>
            <ConfirmButton
              className="quiet small"
              label={site("bans.lift")}
              spoken={site("bans.liftOf", { n: i + 1 })}
              title={site("bans.liftTitle")}
              text={<p>{site("bans.liftText")}</p>}
              yes={site("bans.lift")}
              act={async () => {
                await api.delete(`${path}/${segment(ban)}`);
                again();
              }}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
