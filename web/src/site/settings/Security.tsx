// How the account is protected: password, authenticator app, recovery codes, passkeys.
import { useState } from "react";
import { Button } from "react-aria-components";
import { site } from "../../i18n/site";
import { KeyIcon } from "../../ui/icons";
import { api, segment } from "../api";
import { Field } from "../fields";
import { NewPassword } from "../NewPassword";
import { ConfirmButton, Shown } from "../parts";
import { makePasskey, passkeysHere } from "../passkeys";
import { lookWho, type Me } from "../session";
import { day } from "../times";
import { useLoad } from "../useLoad";
import { AskPassword } from "./AskPassword";
import { EnrolTotp, type Enrolment, RecoveryCodes } from "./Totp";

interface State {
  totp: boolean;
  recovery_codes_left: number;
  passkeys: number;
}
interface Passkey {
  id: string;
  name: string;
  backed_up: boolean;
  created_at: string;
  last_used_at?: string;
}

type Step = { at: "none" } | { at: "totp" } | { at: "enrol"; enrolment: Enrolment } | { at: "codes"; codes: string[] } | { at: "off" } | { at: "renew" } | { at: "passkey" } | { at: "password" };

function ChangePassword({ me, onClose }: { me: Me; onClose(changed: boolean): void }) {
  const [wanted, setWanted] = useState("");
  return (
    <AskPassword
      title={site("security.changePassword")}
      text={site("security.changeText")}
      button={site("security.changePassword")}
      more={<NewPassword label={site("security.newPassword")} value={wanted} onChange={setWanted} login={me.login} name={me.name} />}
      onClose={() => onClose(false)}
      act={async (password) => {
        await api.post("/api/me/password", { password, new_password: wanted });
        onClose(true);
      }}
    />
  );
}

function Passkeys({ keys, again, add }: { keys: Passkey[]; again(): void; add(): void }) {
  return (
    <section className="card column">
      <div className="spread">
        <h2>{site("passkeys.title")}</h2>
        {passkeysHere() && <Button onPress={add}>{site("passkeys.add")}</Button>}
      </div>
      <p className="hint">{site("passkeys.text")}</p>
      {keys.length > 0 && (
        <ul className="rows">
          {keys.map((key) => (
            <li key={key.id} className="meeting-row">
              <KeyIcon />
              <div className="grow">
                <b dir="auto">{key.name}</b>
                <div className="row hint">
                  <span>{site("passkeys.made", { when: day(new Date(key.created_at)) })}</span>
                  {key.last_used_at && <span>{site("passkeys.used", { when: day(new Date(key.last_used_at)) })}</span>}
                  {key.backed_up && <span className="tag">{site("passkeys.synced")}</span>}
                </div>
              </div>
              <ConfirmButton className="quiet danger" label={site("passkeys.forget")} title={site("passkeys.forgetTitle", { name: key.name })} text={<p>{site("passkeys.forgetText")}</p>} yes={site("passkeys.forget")} act={async () => { await api.delete(`/api/me/passkeys/${segment(key.id)}`); again(); }} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function Security({ me }: { me: Me }) {
  const restricted = me.second_factor_missing ?? false;
  const { loaded, again } = useLoad(`security ${restricted}`, async (signal) => {
    const state = await api.get<State>("/api/me/security", {}, signal);
    // A session that can only set a factor up may not look at the list.
    return { state, keys: restricted ? [] : (await api.get<{ passkeys: Passkey[] }>("/api/me/passkeys", {}, signal)).passkeys };
  });
  const [step, setStep] = useState<Step>({ at: "none" });
  const [notice, setNotice] = useState("");
  const [name, setName] = useState("");
  const done = () => {
    setStep({ at: "none" });
    again();
    // With its factor a session becomes a whole one.
    if (restricted) void lookWho();
  };
  return (
    <Shown of={loaded} again={again}>
      {({ state, keys }) => (
        <div className="column">
          {notice !== "" && <p className="banner good" role="status">{notice}</p>}
          {!restricted && (
            <section className="card spread">
              <div><h2>{site("signIn.password")}</h2><p className="hint">{site("security.passwordText")}</p></div>
              <Button onPress={() => setStep({ at: "password" })}>{site("security.changePassword")}</Button>
            </section>
          )}
          <section className="card column">
            <div className="spread">
              <h2>{site("totp.title")} <span className={state.totp ? "tag good" : "tag"}>{site(state.totp ? "common.on" : "common.off")}</span></h2>
              {state.totp ? <Button className="quiet danger" onPress={() => setStep({ at: "off" })}>{site("totp.stop")}</Button> : <Button onPress={() => setStep({ at: "totp" })}>{site("totp.begin")}</Button>}
            </div>
            <p className="hint">{site("totp.text")}</p>
            {state.totp && (
              <div className="spread">
                <p className={state.recovery_codes_left < 3 ? "banner warn" : "hint"}>{site("codes.left", { n: state.recovery_codes_left })}</p>
                <Button className="quiet" onPress={() => setStep({ at: "renew" })}>{site("codes.renew")}</Button>
              </div>
            )}
          </section>
          <Passkeys keys={keys} again={again} add={() => setStep({ at: "passkey" })} />
          {step.at === "password" && <ChangePassword me={me} onClose={(changed) => { setStep({ at: "none" }); if (changed) setNotice(site("security.changed")); }} />}
          {step.at === "totp" && <AskPassword title={site("totp.title")} button={site("common.next")} onClose={() => setStep({ at: "none" })} act={async (password) => setStep({ at: "enrol", enrolment: await api.post<Enrolment>("/api/me/totp", { password }) })} />}
          {step.at === "enrol" && <EnrolTotp enrolment={step.enrolment} onClose={() => setStep({ at: "none" })} onCodes={(codes) => setStep({ at: "codes", codes })} />}
          {step.at === "codes" && <RecoveryCodes codes={step.codes} onClose={done} />}
          {step.at === "renew" && <AskPassword title={site("codes.renew")} text={site("codes.renewText")} button={site("codes.renew")} onClose={() => setStep({ at: "none" })} act={async (password) => setStep({ at: "codes", codes: (await api.post<{ recovery_codes: string[] }>("/api/me/recovery-codes", { password })).recovery_codes })} />}
          {step.at === "off" && <AskPassword title={site("totp.stop")} text={site("totp.stopText")} label={site("signIn.code")} button={site("totp.stop")} onClose={() => setStep({ at: "none" })} act={async (code) => { await api.post("/api/me/totp/disable", { code }); done(); }} />}
          {step.at === "passkey" && (
            <AskPassword
              title={site("passkeys.add")}
              text={site("passkeys.addText")}
              button={site("passkeys.make")}
              more={<Field label={site("passkeys.name")} value={name} onChange={setName} maxLength={100} />}
              onClose={() => setStep({ at: "none" })}
              act={async (password) => {
                try {
                  if (await makePasskey(password, name.trim())) done();
                } catch (error) {
                  // The browser's own objections (no lock on the screen, registered already) have no sentence for people.
                  if (error instanceof DOMException) setNotice(site(error.name === "InvalidStateError" ? "passkeys.already" : "passkeys.refused"));
                  else throw error;
                  setStep({ at: "none" });
                }
                setName("");
              }}
            />
          )}
        </div>
      )}
    </Shown>
  );
}

