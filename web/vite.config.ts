import { createHash } from "node:crypto";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { ariaWords } from "./ariaWords.ts";
import { runFirst, withIntegrity } from "./integrity.ts";
import { webmanifest } from "./webmanifest.ts";

const sri = (content: string | Uint8Array) => `sha384-${createHash("sha384").update(content).digest("base64")}`;

/** The one rule that react-aria adds to a page (touch-action of what can be pressed). */
const reactAriaStyle = "sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o=";

/** Every script, style, worker and the core get their SHA-384 into the page: in its tags, in an import map for bundles
 * that are loaded later, and in a list for what the page fetches by itself. The page's policy lies beside it as `csp`. */
function integrity(): Plugin {
  return {
    name: "sealhall-integrity",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const page = bundle["index.html"];
        if (page?.type !== "asset") throw new Error("no index.html");
        const hashes: Record<string, string> = {};
        for (const [name, part] of Object.entries(bundle)) {
          if (name !== "index.html") hashes[`/${name}`] = sri(part.type === "chunk" ? part.code : part.source);
        }
        const map = JSON.stringify({ integrity: Object.fromEntries(Object.entries(hashes).filter(([name]) => name.endsWith(".js"))) });
        const boot = Object.values(bundle).filter((part) => part.type === "chunk" && part.name === "boot");
        if (boot.length !== 1) throw new Error(`${boot.length} chunks are called boot`);
        page.source = withIntegrity(runFirst(String(page.source), `/${boot[0]!.fileName}`), hashes)
          .replace("<script", `<script type="importmap">${map}</script>\n    <script type="application/json" id="integrity">${JSON.stringify(hashes)}</script>\n    <script`);
        const mapHash = createHash("sha256").update(map).digest("base64");
        this.emitFile({
          type: "asset", fileName: "csp",
          source: [
            "default-src 'none'", `script-src 'self' 'wasm-unsafe-eval' 'sha256-${mapHash}'`, `style-src 'self' '${reactAriaStyle}'`, "img-src 'self' data: blob:",
            "media-src 'self' blob: mediastream:", "connect-src 'self'", "worker-src blob:", "font-src 'self'", "manifest-src 'self'",
            "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
          ].join("; "),
        });
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), ariaWords(), webmanifest(), integrity()],
  // One style sheet: a page cannot check those that a bundle asks for later.
  build: {
    outDir: "../build/web", emptyOutDir: true, target: "es2023", assetsInlineLimit: 0, cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "boot", test: /src\/(boot|place|site\/early)\.ts$|preload-helper/ }] } } },
  },
  worker: { format: "es" },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
