// The page's side of the worker: starts it, checks what it loads, and passes messages.
import { checkedWorker, fetchChecked } from "./checked";
import type { FromWorker, ToWorker } from "./messages";
import workerUrl from "./worker?worker&url";

export interface BeginKeys {
  hpkePublicKey: string;
  senderNonce: string;
}

export class CoreWorker {
  onMessage: (message: FromWorker) => void = () => undefined;

  private begins = 0;
  private begun: { resolve(keys: BeginKeys | undefined): void; reject(why: Error): void } | undefined;

  /** `worker` has loaded the core: `start` makes one. */
  constructor(readonly worker: Worker) {}

  static async start(coreUrl: string): Promise<CoreWorker> {
    const [worker, wasm] = await Promise.all([checkedWorker(workerUrl), fetchChecked(coreUrl)]);
    const self = new CoreWorker(worker);
    const module = await WebAssembly.compileStreaming(wasm);
    await new Promise<void>((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "ready") resolve();
        else if (data.type === "failed") reject(new Error(data.message));
      };
      self.send({ type: "load", module });
    });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => self.receive(data);
    worker.onerror = (event) => self.receive({ type: "failed", message: event.message });
    return self;
  }

  send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  /** What the worker says after it is ready. */
  receive(message: FromWorker): void {
    if (message.type === "failed" && this.begun) {
      // Perhaps it is something else that failed; then the keys come too late, and are gone with the next join.
      const { reject } = this.begun;
      this.begun = undefined;
      return reject(new Error(message.message));
    }
    if (message.type !== "begun") return this.onMessage(message);
    if (message.number !== this.begins) return;
    this.begun?.resolve(message);
    this.begun = undefined;
  }

  /** The public parts of a new join's keys; undefined when another join has begun meanwhile: these keys are gone then. Fails
   * with what the worker says when it cannot. */
  begin(): Promise<BeginKeys | undefined> {
    this.begun?.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.begun = { resolve, reject };
      this.send({ type: "begin", number: ++this.begins });
    });
  }

  stop(): void {
    this.begun?.resolve(undefined);
    this.begun = undefined;
    this.worker.terminate();
  }
}
