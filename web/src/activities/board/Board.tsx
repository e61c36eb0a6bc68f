// Drawing together. The board is vector graphics: texts stay texts, and everything scales.
import type { BoardItem, ShapeKind } from "@protocol/signalling";
import { type PointerEvent, useRef, useState } from "react";
import { Button, ToggleButton } from "react-aria-components";
import { at } from "../../i18n/activities";
import { boardUnits, thinned } from "../../meeting/activities/board";
import { isHost } from "../../meeting/state";
import type { Surroundings } from "../../ui/bar";
import { TrashIcon } from "../../ui/icons";
import { Ask } from "../Ask";
import { hex, Shape } from "./Shape";

type Tool = "stroke" | "line" | "rectangle" | "ellipse" | "text" | "erase";
const tools: Tool[] = ["stroke", "line", "rectangle", "ellipse", "text", "erase"];
/** What everybody sees is drawn in these; they are part of the drawing, not of the page's looks. */
const colours = [["ink", 0x1a1a1a], ["blue", 0x1757b5], ["red", 0xb8202f], ["green", 0x17663a], ["orange", 0xb35900]] as const;
const lineWidth = 260;
const letterHeight = 2600;
/** Closer points of a stroke say nothing that can be seen. */
const leastStep = 220;
const mostPoints = 900;

export default function Board({ store, state }: Surroundings) {
  const [tool, setTool] = useState<Tool>("stroke");
  const [color, setColor] = useState<number>(colours[0][1]);
  const [text, setText] = useState("");
  const [drawing, setDrawing] = useState<[number, number][]>([]);
  const [asked, setAsked] = useState(false);
  const surface = useRef<SVGSVGElement>(null);
  const host = isHost(state);
  const may = !state.meeting?.suspended && !state.meeting?.switched_off.includes("whiteboard") && (host || (state.meeting?.draw ?? false));
  const items = [...state.board.values()].sort((a, b) => a.item - b.item);

  const place = (event: PointerEvent): [number, number] => {
    const box = surface.current!.getBoundingClientRect();
    const unit = (value: number) => Math.round(Math.min(Math.max(value, 0), 1) * (boardUnits - 1));
    return [unit((event.clientX - box.left) / box.width), unit((event.clientY - box.top) / box.height)];
  };
  const draw = (kind: ShapeKind, points: [number, number][]) =>
    void store.act({ type: "draw", kind, points: points.flat(), color, width: kind === "text" ? letterHeight : lineWidth, text: kind === "text" ? text.trim() : "" });
  const write = (at: [number, number]) => {
    if (text.trim() === "") return;
    draw("text", [at]);
    setText("");
  };
  const begin = (event: PointerEvent<SVGSVGElement>) => {
    if (!may || tool === "erase" || event.button !== 0) return;
    if (tool === "text") return write(place(event));
    surface.current?.setPointerCapture(event.pointerId);
    setDrawing([place(event)]);
  };
  const go = (event: PointerEvent) => {
    const [first] = drawing;
    if (!first) return;
    setDrawing(tool === "stroke" ? [...drawing, place(event)] : [first, place(event)]);
  };
  const end = () => {
    const points = tool === "stroke" ? thinned(drawing, leastStep, mostPoints) : drawing;
    setDrawing([]);
    if (points.length >= 2) draw(tool as ShapeKind, points);
  };
  const erase = (item: BoardItem) => {
    if (may && tool === "erase" && (host || item.from === state.self)) void store.act({ type: "erase", item: item.item });
  };
  const shown: BoardItem[] = drawing.length >= 2 ? [...items, { item: 0, from: state.self, kind: tool as ShapeKind, points: drawing.flat(), color, width: lineWidth, text: "" }] : items;
  return (
    <div className="board">
      {may ? (
        <div className="row board-tools" role="toolbar" aria-label={at("board.tools")}>
          {tools.map((one) => <ToggleButton key={one} className="small" isSelected={tool === one} onChange={() => setTool(one)}>{at(`board.tool.${one}`)}</ToggleButton>)}
          <span className="row" role="group" aria-label={at("board.color")}>
            {colours.map(([name, value]) => (
              <ToggleButton key={name} className="small icon-only board-color" aria-label={at(`board.color.${name}`)} isSelected={color === value} onChange={() => setColor(value)}>
                <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="7" fill={hex(value)} /></svg>
              </ToggleButton>
            ))}
          </span>
          {host && items.length > 0 && <Button className="small quiet danger" onPress={() => setAsked(true)}><TrashIcon />{at("board.clear")}</Button>}
        </div>
      ) : (
        <p className="hint">{at("board.look")}</p>
      )}
      {may && tool === "text" && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            write([boardUnits / 4, boardUnits / 2]);
          }}
        >
          <input className="grow" aria-label={at("board.textHint")} placeholder={at("board.textHint")} value={text} maxLength={200} dir="auto" onChange={(event) => setText(event.target.value)} />
          <Button type="submit" className="small" isDisabled={text.trim() === ""}>{at("board.textPlace")}</Button>
        </form>
      )}
      <svg
        ref={surface} className="board-surface" data-tool={may ? tool : "look"} viewBox="0 0 1600 900" role="img" aria-label={at("board.surface", { count: items.length })}
        onPointerDown={begin} onPointerMove={go} onPointerUp={end} onPointerCancel={() => setDrawing([])}
      >
        {shown.map((item) => <Shape key={item.item} item={item} onErase={() => erase(item)} />)}
      </svg>
      {asked && <Ask title={at("board.clearTitle")} yes={at("board.clear")} danger onClose={() => setAsked(false)} onYes={() => void store.act({ type: "erase" })} />}
    </div>
  );
}
