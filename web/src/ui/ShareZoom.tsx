// Enlarges a shared screen in its tile: a button for the next step; pointer or arrow keys choose what is seen of it.
import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { st } from "../i18n/stage";
import { closer, lookingAt, moved, whole } from "../stage/zoom";
import { ZoomIcon } from "./icons";

/** `over` lies within the tile, whose video the style sheet enlarges. */
export function ShareZoom({ over, name }: { over: HTMLElement; name: string }) {
  const [zoom, setZoom] = useState(whole);
  const enlarged = zoom.factor > 1;
  useEffect(() => {
    const tile = over.parentElement;
    if (!tile) return;
    tile.dataset["enlarged"] = String(zoom.factor > 1);
    tile.style.setProperty("--zoom", String(zoom.factor));
    tile.style.setProperty("--zoom-x", `${zoom.x}%`);
    tile.style.setProperty("--zoom-y", `${zoom.y}%`);
  }, [over, zoom]);
  useEffect(() => {
    const tile = over.parentElement;
    if (!tile || !enlarged) return;
    const look = (event: PointerEvent) => {
      const { left, top, width, height } = tile.getBoundingClientRect();
      setZoom((now) => lookingAt(now, (100 * (event.clientX - left)) / width, (100 * (event.clientY - top)) / height));
    };
    tile.addEventListener("pointermove", look);
    return () => tile.removeEventListener("pointermove", look);
  }, [over, enlarged]);
  return (
    <div
      className="tile-tools"
      onKeyDown={(event) => {
        const next = moved(zoom, event.key);
        if (!next) return;
        event.preventDefault();
        setZoom(next);
      }}
    >
      <Button className="tile-tool" aria-label={st(enlarged ? "tile.enlarged" : "tile.enlarge", { name, percent: 100 * zoom.factor })} onPress={() => setZoom(closer)}><ZoomIcon /></Button>
    </div>
  );
}
