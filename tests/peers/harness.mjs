// Starts servers of ours for the tests and speaks to them as an administrator.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, rmSync, createWriteStream } from "node:fs";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const bin = path.resolve(process.env.SEALHALL_BIN ?? path.join(root, "build/dev/bin"));
export const password = "correct horse battery staple";

/** A TCP port on 127.0.0.1 that is free now. */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Asks `condition` until it gives something true, and returns that. */
export async function until(what, condition, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export class Server {
  /** `options`: more arguments of `sealhall serve`; `rate`: its --api-rate. Its data and logs are in build/peers/NAME. */
  static async start(name, { options = [], port, keep = false, rate = 2000 } = {}) {
    const self = new Server();
    self.name = name;
    self.folder = path.join(root, "build/peers", name);
    if (!keep) rmSync(self.folder, { recursive: true, force: true });
    mkdirSync(self.folder, { recursive: true });
    self.port = port ?? (await freePort());
    self.options = options;
    self.rate = rate;
    self.token = "";
    await self.run();
    return self;
  }

  get url() {
    return `https://localhost:${this.port}`;
  }

  async run() {
    const data = path.join(this.folder, "data");
    this.lines = [];
    this.child = spawn(path.join(bin, "sealhall"), ["serve", "--data", data, "--listen", `127.0.0.1:${this.port}`,
      "--udp-port", String(20000 + (this.port % 20000)), "--workers", "1", "--public-url", this.url, "--api-rate", String(this.rate), ...this.options],
      { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stderr.pipe(createWriteStream(path.join(this.folder, "server.log"), { flags: "a" }));
    createInterface({ input: this.child.stdout }).on("line", (line) => this.lines.push(line));
    await until("the server to answer", async () => {
      if (this.child.exitCode !== null) throw new Error(`the server ended: see ${this.folder}/server.log`);
      try {
        this.ca = readFileSync(path.join(data, "ca.pem"));
        // Clients of others use the agent that every Node program has: it trusts the server that was started last.
        https.globalAgent.options.ca = this.ca;
        this.agent = new https.Agent({ ca: this.ca });
        return (await this.call("GET", "/healthz")).status === 200;
      } catch {
        return false;
      }
    }, 30);
  }

  /** Makes the administrator "admin"; from then on `call` speaks as it. */
  async setUp() {
    const line = await until("the set-up link", () => this.lines.find((l) => l.includes("/setup?token=")));
    const token = line.split("token=")[1].split(/\s/)[0];
    const answer = await this.call("POST", "/api/setup", { token, login: "admin", name: "Ada Admin", password });
    if (answer.status !== 201) throw new Error(`set-up: ${answer.status} ${answer.text}`);
    this.token = answer.json.token;
    return this;
  }

  /** {status, headers, text, json}; a body that is no text is sent as JSON. */
  call(method, target, body, { token = this.token, headers = {} } = {}) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
      const request = https.request(`${this.url}${target}`, {
        method, agent: this.agent,
        headers: {
          ...(text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
          ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers,
        },
      }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => {
          const all = Buffer.concat(chunks).toString();
          if (process.env.SEALHALL_RESPONSES) {  // for tools/check_responses.py
            appendFileSync(process.env.SEALHALL_RESPONSES, `${JSON.stringify({ method, path: target.split("?")[0], status: response.statusCode,
              type: response.headers["content-type"] ?? "", body: all })}\n`);
          }
          let json;
          try { json = JSON.parse(all); } catch { json = undefined; }
          resolve({ status: response.statusCode, headers: response.headers, text: all, json });
        });
      });
      request.on("error", reject);
      request.end(text);
    });
  }

  async stop(signal = "SIGTERM") {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await once(this.child, "exit");
    }
  }

  /** Ends it as a power cut would, and starts it again on the same data. */
  async killAndRestart() {
    const { execSync } = await import("node:child_process");
    const children = execSync(`ps -o pid= --ppid ${this.child.pid}`).toString().split("\n").map(Number).filter(Boolean);
    this.child.kill("SIGKILL");
    for (const pid of children) {
      try { process.kill(pid, "SIGKILL"); } catch { /* it went with its parent */ }
    }
    await once(this.child, "exit");
    await this.run();
  }
}
