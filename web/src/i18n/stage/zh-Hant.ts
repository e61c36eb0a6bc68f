import type { StageKey } from "./en";

export const zhHant: Record<StageKey, string> = {
  "bar.more": "更多",
  "bar.micMore": "麥克風與喇叭",
  "bar.cameraMore": "攝影機",
  "bar.encryption": "加密資訊",
  "bar.badge": "{name}（{count}）",
};
