// How the meeting is looked at: gallery or speaker, who is left out, only sound, small window, full screen.
import { Button, DialogTrigger, Label, Radio, RadioGroup, Switch } from "react-aria-components";
import { st } from "../i18n/stage";
import type { ViewMode } from "../stage/layout";
import { useStage, useView } from "../stage/room";
import { Bubble } from "./Bubble";
import { FullScreenIcon, GalleryIcon, PinOffIcon, PopOutIcon, SpeakerViewIcon } from "./icons";
import type { TileManager } from "./tiles";

const canPopOut = "documentPictureInPicture" in window;
const canFill = document.fullscreenEnabled;

export function ViewMenu({ tiles }: { tiles: TileManager | null }) {
  const { view } = useStage();
  const state = useView();
  const Icon = state.mode === "gallery" ? GalleryIcon : SpeakerViewIcon;
  return (
    <DialogTrigger>
      <Button className="small quiet"><Icon />{st("view.button")}</Button>
      <Bubble label={st("view.title")} placement="bottom end">
        {(close) => (
          <div className="column">
            <RadioGroup className="react-aria-RadioGroup view-modes" value={state.mode} onChange={(mode) => view.set({ mode: mode as ViewMode, page: 0 })}>
              <Label>{st("view.title")}</Label>
              <Radio value="gallery"><span className="box" aria-hidden="true" /><GalleryIcon />{st("view.gallery")}</Radio>
              <Radio value="speaker"><span className="box" aria-hidden="true" /><SpeakerViewIcon />{st("view.speaker")}</Radio>
            </RadioGroup>
            <Switch isSelected={state.hideSelf} onChange={(hideSelf) => view.set({ hideSelf })}><span className="box" aria-hidden="true" />{st("view.hideSelf")}</Switch>
            <Switch isSelected={state.hideWithoutVideo} onChange={(hideWithoutVideo) => view.set({ hideWithoutVideo })}><span className="box" aria-hidden="true" />{st("view.hideWithoutVideo")}</Switch>
            <Switch isSelected={state.audioOnly} onChange={(audioOnly) => view.set({ audioOnly })}><span className="box" aria-hidden="true" />{st("view.audioOnly")}</Switch>
            <div className="row">
              {state.pinned.length > 0 && <Button className="small" onPress={() => view.set({ pinned: [] })}><PinOffIcon />{st("view.unpinAll")}</Button>}
              {canPopOut && tiles && (
                <Button className="small" onPress={() => { close(); void tiles.popOut(); }}><PopOutIcon />{st("view.popOut")}</Button>
              )}
              {canFill && (
                <Button
                  className="small"
                  onPress={() => {
                    close();
                    void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => undefined);
                  }}
                >
                  <FullScreenIcon />{st(document.fullscreenElement ? "view.fullScreenEnd" : "view.fullScreen")}
                </Button>
              )}
            </div>
          </div>
        )}
      </Bubble>
    </DialogTrigger>
  );
}
