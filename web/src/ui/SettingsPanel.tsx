// Settings during a meeting: devices, how sharp pictures may be, captions, and how the page looks.
import { useState, useSyncExternalStore } from "react";
import { Label, Radio, RadioGroup, Switch } from "react-aria-components";
import { CaptionSettings } from "../activities/captions/CaptionSettings";
import type { VideoCodec } from "../core/codecs";
import { at } from "../i18n/activities";
import { st } from "../i18n/stage";
import { codecChoice, otherCodecs } from "../media/codec_choice";
import { useStage, useView } from "../stage/room";
import type { ViewState } from "../stage/view";
import { looksStore, setLooks, type Theme } from "../style/theme";
import { BlurSwitch, DeviceSelect, LevelMeter, SpeakerTest, useDevices } from "./DeviceSelect";

export function SettingsPanel() {
  const { view } = useStage();
  const { sharpness, audioOnly } = useView();
  const { audio } = useDevices();
  const codec = useSyncExternalStore(codecChoice.subscribe, codecChoice.snapshot);
  const [others] = useState(otherCodecs);
  const looks = useSyncExternalStore(looksStore.subscribe, looksStore.snapshot);
  return (
    <div className="column settings">
      <section className="column" aria-labelledby="settings-devices">
        <h3 id="settings-devices">{st("devices.title")}</h3>
        <DeviceSelect kind="microphone" />
        <LevelMeter track={audio} />
        <DeviceSelect kind="camera" />
        <BlurSwitch explain />
        {others.takes.length > 0 && (
          <>
            <RadioGroup value={others.takes.includes(codec) ? codec : "vp8"} onChange={(value) => codecChoice.choose(value as VideoCodec)}>
              <Label>{st("settings.codec")}</Label>
              {(["vp8", ...others.takes] as const).map((name) => <Radio key={name} value={name}><span className="box" aria-hidden="true" />{st(`settings.codec.${name}`)}</Radio>)}
            </RadioGroup>
            <p className="hint">{st("settings.codecHint")}</p>
          </>
        )}
        {others.encodes.length > 0 && others.takes.length === 0 && <p className="hint">{st("settings.codecFixed")}</p>}
        <DeviceSelect kind="speaker" />
        <div><SpeakerTest /></div>
      </section>
      <section className="column" aria-labelledby="settings-network">
        <h3 id="settings-network">{st("settings.network")}</h3>
        <RadioGroup value={sharpness} isDisabled={audioOnly} onChange={(value) => view.set({ sharpness: value as ViewState["sharpness"] })}>
          <Label>{st("settings.sharpness")}</Label>
          {(["auto", "high", "low"] as const).map((value) => <Radio key={value} value={value}><span className="box" aria-hidden="true" />{st(`settings.sharpness.${value}`)}</Radio>)}
        </RadioGroup>
        <Switch isSelected={audioOnly} onChange={(on) => view.set({ audioOnly: on })}><span className="box" aria-hidden="true" />{st("view.audioOnly")}</Switch>
      </section>
      <section className="column" aria-labelledby="settings-captions">
        <h3 id="settings-captions">{at("captions.title")}</h3>
        <CaptionSettings />
      </section>
      <section className="column" aria-labelledby="settings-looks">
        <h3 id="settings-looks">{st("settings.looks")}</h3>
        <RadioGroup value={looks.theme} onChange={(theme) => setLooks({ theme: theme as Theme })}>
          <Label>{st("settings.theme")}</Label>
          {(["system", "light", "dark"] as const).map((theme) => <Radio key={theme} value={theme}><span className="box" aria-hidden="true" />{st(`settings.theme.${theme}`)}</Radio>)}
        </RadioGroup>
        <Switch isSelected={looks.contrast === "more"} onChange={(more) => setLooks({ contrast: more ? "more" : "system" })}><span className="box" aria-hidden="true" />{st("settings.contrast")}</Switch>
      </section>
    </div>
  );
}
