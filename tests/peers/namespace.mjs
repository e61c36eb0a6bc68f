// A network and an /etc/hosts of its own: clients with hard-coded host names, unmodified, reach a server of ours there.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import tls from "node:tls";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Why there can be no namespace here; undefined when there can. */
export function noNamespace() {
  try {
    execFileSync("unshare", ["-m", "-n", "sh", "-c", "ip link set lo up && mount --bind /etc/hosts /etc/hosts"], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `unshare -m -n is not permitted: ${String(error.stderr ?? error).trim().split("\n")[0]}`;
  }
}

/** A throw-away authority in `folder` and a certificate of it for `names`. */
export function certificateFor(folder, names) {
  mkdirSync(folder, { recursive: true });
  const at = (name) => path.join(folder, name);
  const run = (...args) => execFileSync("openssl", args, { stdio: "pipe" });
  writeFileSync(at("names"), `subjectAltName=${names.map((n) => `DNS:${n}`).join(",")}\n`);
  run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=throw-away",
    "-keyout", at("ca.key"), "-out", at("ca.pem"));
  run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${names[0]}`,
    "-keyout", at("key.pem"), "-out", at("request.pem"));
  run("x509", "-req", "-in", at("request.pem"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2",
    "-extfile", at("names"), "-out", at("certificate.pem"));
  return { ca: at("ca.pem"), key: at("key.pem"), certificate: at("certificate.pem") };
}

/** Runs `script` with Node where `names` are this machine; gives the lines of JSON that it prints. */
export async function runNamed(script, folder, names) {
  mkdirSync(folder, { recursive: true });
  const files = certificateFor(folder, names);
  const hosts = path.join(folder, "hosts");
  writeFileSync(hosts, `127.0.0.1 localhost ${names.join(" ")}\n`);
  const child = spawn("unshare", ["-m", "-n", "sh", "-c", `ip link set lo up && mount --bind "$1" /etc/hosts && exec "$2" "$3"`, "sh",
    hosts, process.execPath, script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: files.ca, PEER_KEY: files.key, PEER_CERTIFICATE: files.certificate, PEER_CA: files.ca },
  });
  const lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    try { lines.push(JSON.parse(line)); } catch { process.stderr.write(`${line}\n`); }
  });
  const [code] = await once(child, "close");
  return { code, lines };
}

/** Answers on 443 under the certificate of the names and passes every byte on to the server. */
export async function frontDoor(server) {
  const door = tls.createServer({ key: readFileSync(process.env.PEER_KEY), cert: readFileSync(process.env.PEER_CERTIFICATE) }, (socket) => {
    const inner = tls.connect({ host: "127.0.0.1", port: server.port, servername: "localhost", ca: server.ca });
    socket.pipe(inner).pipe(socket);
    const end = () => { socket.destroy(); inner.destroy(); };
    socket.on("error", end);
    inner.on("error", end);
  });
  door.listen(443, "127.0.0.1");
  await once(door, "listening");
  return door;
}
