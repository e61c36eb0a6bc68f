// The checks of the core in a worker of a browser; tests/web/core_in_chromium.mjs bundles and starts it.
import { loadCore } from "../src/core/core";
import { coreChecks } from "./core_checks";

self.onmessage = async () => {
  const results: { name: string; error?: string }[] = [];
  try {
    const module = await WebAssembly.compileStreaming(fetch("/sealhall_core.wasm"));
    const core = await loadCore(module);
    for (const { name, run } of coreChecks) results.push(await run(core, module).then(() => ({ name }), (e: unknown) => ({ name, error: String(e) })));
  } catch (error) {
    results.push({ name: "load the core", error: String(error) });
  }
  self.postMessage(results);
};
