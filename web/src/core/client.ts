// The page's side of the worker: starts it, checks what it loads, and passes messages.
import type { FromWorker, ToWorker } from "./messages";
import workerUrl from "./worker?worker&url";

/** SHA-384 of what a page cannot name in its own tags: the worker's script and the core. In the page as built. */
function integrityOf(url: string): string | undefined {
  const list = document.getElementById("integrity")?.textContent;
  return list ? (JSON.parse(list) as Record<string, string>)[new URL(url, location.href).pathname] : undefined;
}

async function fetchChecked(url: string): Promise<Response> {
  const integrity = integrityOf(url);
  const response = await fetch(url, integrity ? { integrity } : {});
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}

export interface BeginKeys {
  hpkePublicKey: string;
  senderNonce: string;
}

export class CoreWorker {
  onMessage: (message: FromWorker) => void = () => undefined;

  private begins = 0;
  private begun: ((keys: BeginKeys | undefined) => void) | undefined;

  /** `worker` has loaded the core: `start` makes one. */
  constructor(readonly worker: Worker) {}

  static async start(coreUrl: string): Promise<CoreWorker> {
    const [script, wasm] = await Promise.all([fetchChecked(workerUrl), fetchChecked(coreUrl)]);
    const blob = URL.createObjectURL(new Blob([await script.text()], { type: "text/javascript" }));
    const self = new CoreWorker(new Worker(blob, { type: "module" }));
    URL.revokeObjectURL(blob);
    const module = await WebAssembly.compileStreaming(wasm);
    await new Promise<void>((resolve, reject) => {
      self.worker.onerror = (event) => reject(new Error(event.message));
      self.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "ready") return resolve();
        if (data.type === "failed") return reject(new Error(data.message));
        self.receive(data);
      };
      self.send({ type: "load", module });
    });
    return self;
  }

  send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  /** What the worker says after it is ready. */
  receive(message: FromWorker): void {
    if (message.type !== "begun") return this.onMessage(message);
    if (message.number !== this.begins) return;
    this.begun?.(message);
    this.begun = undefined;
  }

  /** The public parts of a new join's keys; undefined when another join has begun meanwhile: these keys are gone then. */
  begin(): Promise<BeginKeys | undefined> {
    this.begun?.(undefined);
    return new Promise((resolve) => {
      this.begun = resolve;
      this.send({ type: "begin", number: ++this.begins, aead: "host" });
    });
  }

  stop(): void {
    this.worker.terminate();
  }
}
