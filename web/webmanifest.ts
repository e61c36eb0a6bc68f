// What makes the site installable: a manifest with its icons, under names that change with their content. There is no
// service worker: a page from its cache would not be the page that the server sends now, and its hashes would be as old.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const folder = new URL("src/pwa/", import.meta.url);
const icons = [
  { file: "icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
  { file: "icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
  { file: "icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
  { file: "maskable.svg", sizes: "any", type: "image/svg+xml", purpose: "maskable" },
] as const;

export function webmanifest(): Plugin {
  return {
    name: "sealhall-webmanifest",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const page = bundle["index.html"];
        if (page?.type !== "asset") throw new Error("no index.html");
        const emit = (name: string, source: string | Uint8Array): string => {
          const dot = name.lastIndexOf(".");
          const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
          const fileName = `assets/${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
          this.emitFile({ type: "asset", fileName, source });
          return `/${fileName}`;
        };
        const urls = icons.map(({ file, ...rest }) => ({ src: emit(file, readFileSync(new URL(file, folder))), ...rest }));
        const manifest = emit("sealhall.webmanifest", JSON.stringify({
          name: "Sealhall", short_name: "Sealhall", description: "Encrypted meetings", id: "/", start_url: "/", scope: "/", display: "standalone",
          background_color: "#f4f6f9", theme_color: "#1757b5", icons: urls,
        }));
        const touch = emit("touch-180.png", readFileSync(new URL("touch-180.png", folder)));
        page.source = String(page.source).replace(
          '<link rel="icon" href="data:,">',
          `<link rel="icon" type="image/svg+xml" href="${urls[0]!.src}">\n    <link rel="apple-touch-icon" href="${touch}">\n    <link rel="manifest" href="${manifest}">`,
        );
      },
    },
  };
}
