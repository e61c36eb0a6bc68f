// From one colour of an organisation to all that the design makes of its accent, each readable where it stands.
// Contrast is that of WCAG 2.2. The server decides what may be chosen (server/branding/accent.h).

export type Rgb = readonly [red: number, green: number, blue: number];

/** "#1757b5"; null for every other form. */
export function rgbOf(text: string): Rgb | null {
  if (!/^#[0-9a-f]{6}$/i.test(text)) return null;
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)) as unknown as Rgb;
}
export const hexOf = (rgb: Rgb): string => `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
/** From 1 to 21, whichever is upon which. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => from.map((c, i) => c + (to[i]! - c) * share) as unknown as Rgb;
/** As few steps towards black or white as it takes to be read on every ground. */
function readable(colour: Rgb, towards: Rgb, least: number, grounds: readonly Rgb[]): Rgb {
  for (let step = 0; step <= 50; ++step) {
    // Rounded first: that is what will be seen.
    const tried = rgbOf(hexOf(mix(colour, towards, step / 50)))!;
    if (grounds.every((ground) => contrast(tried, ground) >= least)) return tried;
  }
  return towards;
}

export const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];
/** Of style/tokens.css: upon what links and icons stand in the worst case, and what stands upon the accent. */
export const grounds = { hoverLight: "#dfe5ed", hoverDark: "#333d4a", surfaceDark: "#1a2028", onAccentDark: "#0a1a31" } as const;
const { hoverLight, hoverDark, surfaceDark, onAccentDark } = Object.fromEntries(Object.entries(grounds).map(([name, text]) => [name, rgbOf(text)!])) as Record<keyof typeof grounds, Rgb>;

/** What takes the place of a token: in the light, in the dark. */
export type Palette = Readonly<Record<"accent" | "accent-soft" | "on-accent-soft", readonly [light: string, dark: string]>>;

export function paletteOf(accent: string): Palette | null {
  const own = rgbOf(accent);
  if (!own) return null;
  const softLight = mix(own, white, 0.88);
  const softDark = mix(own, surfaceDark, 0.7);
  return {
    accent: [hexOf(readable(own, black, 4.5, [white, hoverLight])), hexOf(readable(own, white, 4.5, [hoverDark, onAccentDark]))],
    "accent-soft": [hexOf(softLight), hexOf(softDark)],
    "on-accent-soft": [hexOf(readable(own, black, 7, [softLight])), hexOf(readable(own, white, 7, [softDark]))],
  };
}

/** Through the object model: the page's policy allows no styles in its text. Without a colour the design's own comes back. */
export function paint(element: HTMLElement, accent: string | undefined, prefix = "--"): void {
  const palette = accent === undefined ? null : paletteOf(accent);
  for (const name of ["accent", "accent-soft", "on-accent-soft"] as const) {
    if (palette) element.style.setProperty(`${prefix}${name}`, `light-dark(${palette[name].join(", ")})`);
    else element.style.removeProperty(`${prefix}${name}`);
  }
}
