// What hosts decide for the whole meeting: the door, what participants may do, and the end.
import type { ChatPolicy, SetPolicy } from "@protocol/signalling";
import { useState } from "react";
import { Button, Switch } from "react-aria-components";
import { t } from "../i18n";
import { at } from "../i18n/activities";
import type { Surroundings } from "../ui/bar";
import { HandIcon, KeyIcon, MicOffIcon, PauseIcon, PlayIcon } from "../ui/icons";
import { Ask } from "./Ask";
import { RecordingControls } from "./Recording";

const chatPolicies: ChatPolicy[] = ["everyone_and_direct", "everyone", "hosts", "nobody"];

export default function HostPanel({ store, state }: Surroundings) {
  const [asked, setAsked] = useState<"suspend" | "end" | null>(null);
  const { meeting } = state;
  if (!meeting) return null;
  const inRoom = meeting.room !== 0;
  const policy = (change: Omit<SetPolicy, "type">) => store.say({ type: "set_policy", ...change });
  const off = (feature: (typeof meeting.switched_off)[number]) => meeting.switched_off.includes(feature);
  return (
    <div className="column">
      {meeting.suspended && <p className="problem" role="status">{at("host.suspended")}</p>}
      <section aria-labelledby="host-door">
        <h3 id="host-door">{at("host.door")}</h3>
        {inRoom && <p className="hint">{at("host.inRoom")}</p>}
        <Toggle on={meeting.locked} off={inRoom} onChange={(on) => store.command(on ? "lock" : "unlock")} words={at("host.lock")} hint={at("host.lockHint")} />
        <Toggle on={meeting.waiting_room} off={inRoom} onChange={(on) => store.command(on ? "waiting_room_on" : "waiting_room_off")} words={at("host.waitingRoom")} hint={at("host.waitingRoomHint")} />
      </section>
      <section aria-labelledby="host-may">
        <h3 id="host-may">{at("host.may")}</h3>
        <Toggle on={meeting.unmute} onChange={(unmute) => policy({ unmute })} words={at("host.unmute")} />
        <Toggle on={meeting.share} off={off("share_by_all")} onChange={(share) => policy({ share })} words={at("host.share")} />
        <Toggle on={meeting.draw} off={off("whiteboard")} onChange={(draw) => policy({ draw })} words={at("host.draw")} />
        <Toggle on={meeting.rename} onChange={(rename) => policy({ rename })} words={at("host.rename")} />
        <div className="host-chat">
          <label htmlFor="host-chat">{at("host.chat")}</label>
          <select id="host-chat" value={meeting.chat} disabled={off("chat")} onChange={(event) => policy({ chat: event.target.value as ChatPolicy })}>
            {chatPolicies.filter((p) => p !== "everyone_and_direct" || !off("private_chat")).map((p) => <option key={p} value={p}>{at(`host.chat.${p}`)}</option>)}
          </select>
        </div>
      </section>
      <RecordingControls store={store} state={state} />
      <section aria-labelledby="host-now">
        <h3 id="host-now">{at("host.now")}</h3>
        <div className="row">
          <Button className="small" onPress={() => store.command("mute_all")}><MicOffIcon />{t("host.muteAll")}</Button>
          <Button className="small" onPress={() => store.command("lower_all_hands")}><HandIcon />{at("people.lowerAll")}</Button>
          <Button className="small" onPress={() => store.command("new_keys") && store.tell(at("host.keysMade"))}><KeyIcon />{at("host.newKeys")}</Button>
        </div>
      </section>
      <section aria-labelledby="host-danger">
        <h3 id="host-danger">{at("host.danger")}</h3>
        <p className="hint">{at("host.suspendHint")}</p>
        <div className="row host-danger">
          {meeting.suspended
            ? <Button className="small primary" isDisabled={inRoom} onPress={() => store.command("resume")}><PlayIcon />{at("host.resume")}</Button>
            : <Button className="small danger" isDisabled={inRoom} onPress={() => setAsked("suspend")}><PauseIcon />{at("host.suspend")}</Button>}
          {state.role === "host" && <Button className="small danger" isDisabled={inRoom} onPress={() => setAsked("end")}>{t("host.end")}</Button>}
        </div>
      </section>
      {asked === "suspend" && <Ask title={at("host.suspendTitle")} yes={at("host.suspend")} danger onClose={() => setAsked(null)} onYes={() => store.command("suspend")}><p>{at("host.suspendHint")}</p></Ask>}
      {asked === "end" && <Ask title={at("host.endTitle")} yes={t("host.end")} danger onClose={() => setAsked(null)} onYes={() => store.command("end_meeting")}><p>{at("host.endHint")}</p></Ask>}
    </div>
  );
}

function Toggle({ on, off = false, words, hint, onChange }: { on: boolean; off?: boolean; words: string; hint?: string; onChange(on: boolean): void }) {
  return (
    <div className="toggle">
      <Switch isSelected={on} isDisabled={off} onChange={onChange}><span className="box" aria-hidden="true" />{words}</Switch>
      {hint && <p className="hint">{hint}</p>}
    </div>
  );
}
