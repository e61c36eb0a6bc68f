// Before the meeting: a look at oneself, the devices, the name, and whether to come in muted or without picture.
import { useEffect, useRef, useState } from "react";
import { Button, Form, Input, Label, Switch, TextField } from "react-aria-components";
import { t } from "../i18n";
import { st } from "../i18n/stage";
import { browserFamily } from "../stage/browserHelp";
import { type DeviceProblem, devices } from "../stage/devices";
import { memory } from "../stage/memory";
import { problemWords } from "../stage/problems";
import type { Devices, JoinLink } from "../meeting/store";
import { nameOf, useBranding } from "../style/branding";
import { Brand } from "./Brand";
import { BlurSwitch, DeviceSelect, LevelMeter, SpeakerTest, useDevices } from "./DeviceSelect";
import { CameraOffIcon, LockIcon, MicOffIcon } from "./icons";

interface Props {
  link: JoinLink;
  problem: string;
  onJoin(link: JoinLink, name: string, devices: Devices): void;
}

export function PreJoin({ link, problem, onJoin }: Props) {
  const [name, setName] = useState(() => memory.getItem("name") ?? "");
  const [passcode, setPasscode] = useState(link.passcode ?? "");
  const [muted, setMuted] = useState(() => memory.getItem("join.muted") === "yes");
  const [camera, setCamera] = useState(() => memory.getItem("join.camera") !== "no");
  const { audio, video, problems, asking } = useDevices();
  const preview = useRef<HTMLVideoElement>(null);
  const branding = useBranding();
  const branded = branding.organisation !== undefined || branding.logo !== undefined;
  const host = nameOf(branding);

  useEffect(() => {
    document.title = `${t("join.title")} · ${host}`;
    // Whoever is in is not about to join any more.
    return () => {
      document.title = host;
    };
  }, [host]);

  useEffect(() => {
    const store = devices();
    void store.watch();
    void (memory.getItem("join.camera") === "no" ? store.open("microphone") : store.openBoth());
  }, []);

  useEffect(() => {
    if (preview.current) preview.current.srcObject = video ? new MediaStream([video]) : null;
  }, [video]);

  const showCamera = (on: boolean) => {
    setCamera(on);
    if (on) void devices().open("camera");
    else devices().close("camera");
  };

  const submit = () => {
    if (name.trim() === "") return;
    memory.setItem("name", name.trim());
    memory.setItem("join.muted", muted ? "yes" : "no");
    memory.setItem("join.camera", camera ? "yes" : "no");
    if (audio) audio.enabled = !muted;
    // Neither does a camera that has not opened yet open while one waits.
    if (!camera || !video) devices().close("camera");
    onJoin({ ...link, ...(passcode !== "" ? { passcode } : {}) }, name.trim(), { audio, video: camera ? video : null });
  };

  return (
    <main className="prejoin">
      <header>
        {branded && <p className="brand"><Brand /></p>}
        <h1>{t("join.title")}</h1>
        <p className="hint"><LockIcon />{st("join.encrypted")}</p>
      </header>
      <section className="prejoin-look" aria-label={st("join.look")}>
        <div className="preview" data-picture={video !== null}>
          <video ref={preview} autoPlay playsInline muted aria-label={t("join.preview")} />
          {!video && <p><CameraOffIcon />{asking ? st("join.asking") : t("join.noPicture")}</p>}
          {muted && <span className="preview-mark"><MicOffIcon />{st("join.mutedMark")}</span>}
        </div>
        <LevelMeter track={muted ? null : audio} />
        <div className="prejoin-switches">
          <Switch isSelected={muted} onChange={setMuted}><span className="box" aria-hidden="true" />{t("join.muted")}</Switch>
          <BlurSwitch />
          <Switch isSelected={camera && video !== null} isDisabled={asking} onChange={showCamera}><span className="box" aria-hidden="true" />{t("join.camera")}</Switch>
        </div>
        <Problem problems={problems} />
      </section>
      <Form
        className="card"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {problem !== "" && <p role="alert" className="problem" dir="auto">{problem}</p>}
        {link.start && problem !== "" && <p className="hint">{t("join.noStart")}</p>}
        <TextField value={name} onChange={setName} isRequired maxLength={64} name="name" autoComplete="name">
          <Label>{t("join.name")}</Label>
          <Input />
        </TextField>
        {(!link.start || problem !== "") && (
          <TextField value={passcode} onChange={setPasscode} maxLength={64} name="passcode" autoComplete="off">
            <Label>{t("join.passcode")}</Label>
            <Input placeholder={st("join.passcodeHint")} />
          </TextField>
        )}
        <Button type="submit" className="primary join">{t("join.button")}</Button>
      </Form>
      <section className="prejoin-devices" aria-label={st("devices.title")}>
        <DeviceSelect kind="microphone" />
        <DeviceSelect kind="camera" />
        <DeviceSelect kind="speaker" />
        <SpeakerTest />
      </section>
    </main>
  );
}

/** What is wrong with camera and microphone, and where this browser lets one put it right. */
function Problem({ problems }: { problems: { microphone?: DeviceProblem; camera?: DeviceProblem } }) {
  const { microphone, camera } = problems;
  if (!microphone && !camera) return null;
  const [what, why] = problemWords(problems);
  const refused = microphone === "refused" || camera === "refused";
  return (
    <div role="status" className="problem calm">
      <p><strong>{what}</strong> {why}</p>
      {refused && <p>{st(`problem.help.${browserFamily(navigator.userAgent, navigator.maxTouchPoints)}`)}</p>}
      <div className="row">
        <Button className="small" onPress={() => void devices().openBoth()}>{st("problem.again")}</Button>
        <span className="hint">{st("problem.without")}</span>
      </div>
    </div>
  );
}
