// One shape of the whiteboard. The board's units are turned into 1600 by 900.
import type { BoardItem } from "@protocol/signalling";
import { boardUnits } from "../../meeting/activities/board";
import { harmless } from "../text";

const x = (units: number): number => (units / boardUnits) * 1600;
const y = (units: number): number => (units / boardUnits) * 900;

export const hex = (color: number): string => `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;

export function Shape({ item, onErase }: { item: BoardItem; onErase(): void }) {
  const { points: p, kind } = item;
  const color = hex(item.color);
  const line = { fill: "none", stroke: color, strokeWidth: Math.min(Math.max(x(item.width), 1.5), 60), strokeLinecap: "round", strokeLinejoin: "round", onPointerDown: onErase } as const;
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = [x(p[0] ?? 0), y(p[1] ?? 0), x(p[2] ?? 0), y(p[3] ?? 0)];
  switch (kind) {
    case "stroke": {
      const pairs: string[] = [];
      for (let k = 0; k + 1 < p.length; k += 2) pairs.push(`${x(p[k]!).toFixed(1)},${y(p[k + 1]!).toFixed(1)}`);
      return <polyline points={pairs.join(" ")} {...line} />;
    }
    case "line":
      return <line x1={x1} y1={y1} x2={x2} y2={y2} {...line} />;
    case "rectangle":
      return <rect x={Math.min(x1, x2)} y={Math.min(y1, y2)} width={Math.abs(x2 - x1)} height={Math.abs(y2 - y1)} {...line} />;
    case "ellipse":
      return <ellipse cx={(x1 + x2) / 2} cy={(y1 + y2) / 2} rx={Math.abs(x2 - x1) / 2} ry={Math.abs(y2 - y1) / 2} {...line} />;
    case "text":
      return <text x={x1} y={y1} fill={color} fontSize={Math.min(Math.max(y(item.width), 24), 200)} onPointerDown={onErase}>{harmless(item.text)}</text>;
    default:
      return null;
  }
}
