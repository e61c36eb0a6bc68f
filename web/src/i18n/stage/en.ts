export const en = {
  "bar.more": "More",
  "bar.micMore": "Microphone and speaker",
  "bar.cameraMore": "Camera",
  "bar.encryption": "Encryption",
  "bar.badge": "{name} ({count})",
} as const;
export type StageKey = keyof typeof en;
