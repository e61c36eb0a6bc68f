// The page's side of the worker: starts it, checks what it loads, and passes messages.
import { checkedWorker, fetchChecked } from "./checked";
import type { FromWorker, ToWorker } from "./messages";
import workerUrl from "./worker?worker&url";

export class CoreWorker {
  onMessage: (message: FromWorker) => void = () => undefined;

  private constructor(readonly worker: Worker) {}

  static async start(coreUrl: string): Promise<CoreWorker> {
    const [worker, wasm] = await Promise.all([checkedWorker(workerUrl), fetchChecked(coreUrl)]);
    const self = new CoreWorker(worker);
    const module = await WebAssembly.compileStreaming(wasm);
    await new Promise<void>((resolve, reject) => {
      self.worker.onerror = (event) => reject(new Error(event.message));
      self.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "ready") return resolve();
        if (data.type === "failed") return reject(new Error(data.message));
        self.onMessage(data);
      };
      self.send({ type: "load", module });
    });
    return self;
  }

  send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  /** The public parts of a new join's keys. */
  begin(): Promise<{ hpkePublicKey: string; senderNonce: string }> {
    return new Promise((resolve) => {
      const before = this.onMessage;
      this.onMessage = (message) => {
        if (message.type !== "begun") return before(message);
        this.onMessage = before;
        resolve(message);
      };
      this.send({ type: "begin", aead: "host" });
    });
  }

  stop(): void {
    this.worker.terminate();
  }
}
