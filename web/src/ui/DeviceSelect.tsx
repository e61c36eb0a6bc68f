// Choosing a camera, a microphone or a speaker; the microphone's meter and the speaker's test.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, Switch } from "react-aria-components";
import { st } from "../i18n/stage";
import { type DeviceKind, devices, inUse } from "../stage/devices";
import { canChooseSpeaker, testTone, watchLevel } from "../stage/level";
import { CameraIcon, DownIcon, MicIcon, SpeakerIcon } from "./icons";

export function useDevices() {
  const store = devices();
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

const parts = { microphone: { icon: MicIcon, list: "microphones" }, camera: { icon: CameraIcon, list: "cameras" }, speaker: { icon: SpeakerIcon, list: "speakers" } } as const;
/** React keys of a list may not be empty. */
const system = "system";

export function DeviceSelect({ kind }: { kind: DeviceKind }) {
  const state = useDevices();
  const present = state[parts[kind].list];
  const Icon = parts[kind].icon;
  if (kind === "speaker" && !canChooseSpeaker()) return null;
  const items = [{ id: system, label: st("devices.system") }, ...present.map((d, k) => ({ id: d.id, label: d.label || st("devices.nameless", { number: k + 1 }) }))];
  return (
    <Select
      className="react-aria-Select device" value={inUse(state.chosen[kind], present) || system}
      onChange={(key) => void devices().choose(kind, key === system ? "" : String(key))}
    >
      <Label>{st(`devices.${kind}`)}</Label>
      <Button><Icon /><SelectValue /><DownIcon /></Button>
      <Popover><ListBox items={items}>{(item) => <ListBoxItem id={item.id} textValue={item.label}><span dir="auto">{item.label}</span></ListBoxItem>}</ListBox></Popover>
    </Select>
  );
}

export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const meter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = meter.current;
    if (!element || !track) return;
    let said = -1;
    const stop = watchLevel(track, (level) => {
      element.style.setProperty("--level", level.toFixed(3));
      const tenths = Math.round(level * 10) * 10;
      if (tenths !== said) element.setAttribute("aria-valuenow", String((said = tenths)));
    });
    return () => {
      stop();
      element.style.setProperty("--level", "0");
    };
  }, [track]);
  return <div ref={meter} className="meter" role="meter" aria-label={st("devices.level")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={0} />;
}

export function SpeakerTest() {
  const { chosen, speakers } = useDevices();
  const [playing, setPlaying] = useState(false);
  return (
    <Button
      className="small" isDisabled={playing}
      onPress={() => {
        setPlaying(true);
        void testTone(inUse(chosen.speaker, speakers)).catch(() => undefined).finally(() => setPlaying(false));
      }}
    >
      <SpeakerIcon />{st(playing ? "devices.testing" : "devices.test")}
    </Button>
  );
}

/** There only where system or page can do it; `explain` says so where they cannot. */
export function BlurSwitch({ explain = false }: { explain?: boolean }) {
  const { blur, blurLost, video } = useDevices();
  if (blur === "absent") return explain && video ? <p className="hint">{st("devices.blurAbsent")}</p> : null;
  return (
    <>
      <Switch isSelected={blur !== "off"} onChange={(on) => void devices().setBlur(on)}><span className="box" aria-hidden="true" />{st("devices.blur")}</Switch>
      {blur === "starting" && <p role="status" className="hint">{st("devices.blurStarting")}</p>}
      {blurLost && <p role="status" className="problem">{st(`devices.blurLost.${blurLost}`)}</p>}
    </>
  );
}
