// Captions in the settings: on or off, language, size, read aloud; and why there are none where there are none.
import { Button, Label, ListBox, ListBoxItem, Popover, Radio, RadioGroup, Select, SelectValue, Switch } from "react-aria-components";
import { language as pageLanguage } from "../../i18n";
import { at } from "../../i18n/activities";
import { useStage } from "../../stage/room";
import { DownIcon } from "../../ui/icons";
import { useCaptions } from "./Captions";
import type { CaptionSize } from "./store";

function nameOfLanguage(tag: string): string {
  try {
    return new Intl.DisplayNames([pageLanguage], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function CaptionSettings() {
  const { captions } = useStage();
  const { languages, language, on, size, spoken, fetching, problem } = useCaptions();
  if (languages.size === 0) return <p className="hint">{at("captions.absent")}</p>;
  const ready = languages.get(language) === "ready";
  return (
    <>
      <p className="hint">{at("captions.truth")}</p>
      <Switch isSelected={on} isDisabled={!ready} onChange={(wanted) => captions.setOn(wanted)}><span className="box" aria-hidden="true" />{at("captions.show")}</Switch>
      {problem !== "" && <p role="alert" className="problem">{at(`captions.problem.${problem}`)}</p>}
      <Select className="react-aria-Select device" value={language} onChange={(key) => captions.choose(String(key))}>
        <Label>{at("captions.language")}</Label>
        <Button><SelectValue /><DownIcon /></Button>
        <Popover>
          <ListBox items={[...languages.keys()].map((id) => ({ id }))}>{({ id }) => <ListBoxItem id={id} textValue={nameOfLanguage(id)}>{nameOfLanguage(id)}</ListBoxItem>}</ListBox>
        </Popover>
      </Select>
      {!ready && (
        <div className="column">
          <p className="hint">{at("captions.fetchHint")}</p>
          <div><Button className="small" isDisabled={fetching} onPress={() => void captions.fetch()}>{at(fetching ? "captions.fetching" : "captions.fetch")}</Button></div>
        </div>
      )}
      <RadioGroup value={size} onChange={(value) => captions.show({ size: value as CaptionSize })}>
        <Label>{at("captions.size")}</Label>
        {(["small", "middle", "large"] as const).map((value) => <Radio key={value} value={value}><span className="box" aria-hidden="true" />{at(`captions.size.${value}`)}</Radio>)}
      </RadioGroup>
      <Switch isSelected={spoken} onChange={(wanted) => captions.show({ spoken: wanted })}><span className="box" aria-hidden="true" />{at("captions.spoken")}</Switch>
    </>
  );
}
