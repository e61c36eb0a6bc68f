// Before the meeting: name, passcode, a look at oneself, and whether to come in muted.
import { useEffect, useRef, useState } from "react";
import { Button, Checkbox, Form, Input, Label, TextField } from "react-aria-components";
import { t } from "../i18n";
import { cameraWanted, type Devices, type JoinLink } from "../meeting/store";

interface Props {
  link: JoinLink;
  problem: string;
  onJoin(link: JoinLink, name: string, devices: Devices): void;
}

const nameKey = "name";

export function PreJoin({ link, problem, onJoin }: Props) {
  const [name, setName] = useState(() => localStorage.getItem(nameKey) ?? "");
  const [passcode, setPasscode] = useState(link.passcode ?? "");
  const [muted, setMuted] = useState(false);
  const [camera, setCamera] = useState(true);
  const [devices, setDevices] = useState<Devices>({ audio: null, video: null });
  const [refused, setRefused] = useState(false);
  const preview = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    let gone = false;
    const ask = async () => {
      const both = await navigator.mediaDevices.getUserMedia({ audio: true, video: cameraWanted }).catch(() => null);
      const sound = both ?? (await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null));
      if (gone) {
        sound?.getTracks().forEach((track) => track.stop());
        return;
      }
      if (!both) setCamera(false);
      setRefused(!sound);
      setDevices({ audio: sound?.getAudioTracks()[0] ?? null, video: both?.getVideoTracks()[0] ?? null });
    };
    void ask();
    return () => {
      gone = true;
    };
  }, []);

  useEffect(() => {
    if (preview.current) preview.current.srcObject = camera && devices.video ? new MediaStream([devices.video]) : null;
  }, [camera, devices.video]);

  const submit = () => {
    if (name.trim() === "") return;
    localStorage.setItem(nameKey, name.trim());
    if (devices.audio) devices.audio.enabled = !muted;
    if (!camera) devices.video?.stop();
    onJoin({ ...link, ...(passcode !== "" ? { passcode } : {}) }, name.trim(), { audio: devices.audio, video: camera ? devices.video : null });
  };

  return (
    <main className="prejoin">
      <h1>{t("join.title")}</h1>
      <div className="preview">
        <video ref={preview} autoPlay playsInline muted aria-label={t("join.preview")} />
        {(!camera || !devices.video) && <p>{t("join.noPicture")}</p>}
      </div>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {problem !== "" && <p role="alert" className="problem" dir="auto">{problem}</p>}
        {refused && <p role="status" className="hint">{t("join.refused")}</p>}
        <TextField value={name} onChange={setName} isRequired maxLength={64} name="name" autoComplete="name">
          <Label>{t("join.name")}</Label>
          <Input />
        </TextField>
        {!link.start && (
          <TextField value={passcode} onChange={setPasscode} maxLength={64} name="passcode" autoComplete="off">
            <Label>{t("join.passcode")}</Label>
            <Input />
          </TextField>
        )}
        <Checkbox isSelected={muted} onChange={setMuted}><span className="box" aria-hidden="true" />{t("join.muted")}</Checkbox>
        <Checkbox isSelected={camera} onChange={setCamera} isDisabled={!devices.video}><span className="box" aria-hidden="true" />{t("join.camera")}</Checkbox>
        <Button type="submit" className="primary">{t("join.button")}</Button>
      </Form>
    </main>
  );
}
