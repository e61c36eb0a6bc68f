// Signing in through npm `oidc-provider`, unmodified: discovery, code with PKCE, key sets, ID tokens and userinfo of somebody else.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "../support/packages.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(path.join(os.tmpdir(), "sealhall-oidc-"));
const people = {
  ada: { sub: "ada", email: "ada@example.org", email_verified: true, name: "Ada" },
  mallory: { sub: "mallory", email: "root@example.org", email_verified: false, name: "Mallory" },
};
let server, idp, issuer, base, ca;

async function freePort() {
  const socket = net.createServer().listen(0, "127.0.0.1");
  await new Promise((done) => socket.once("listening", done));
  const { port } = socket.address();
  await new Promise((done) => socket.close(done));
  return port;
}

/** One request without following anything; cookies in `jar` go along and are kept. */
function ask(url, { method = "GET", body, jar = {}, headers = {} } = {}) {
  const target = new URL(url, base);
  const library = target.protocol === "https:" ? https : http;
  const all = { ...headers };
  const cookies = Object.entries(jar).map(([name, value]) => `${name}=${value}`).join("; ");
  if (cookies) all.Cookie = cookies;
  if (body !== undefined) all["Content-Length"] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const request = library.request(target, { method, headers: all, ca }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => {
        for (const line of response.headers["set-cookie"] ?? []) {
          const [pair] = line.split(";");
          jar[pair.slice(0, pair.indexOf("="))] = pair.slice(pair.indexOf("=") + 1);
        }
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The way of a browser through the provider's own pages; gives where it is sent back to. */
async function throughProvider(start, who, jar) {
  let url = start;
  for (let step = 0; step < 20; step += 1) {
    const page = await ask(url, { jar });
    if (page.status >= 300 && page.status < 400) {
      url = new URL(page.headers.location, url).href;
      if (url.startsWith(base)) return url;
      continue;
    }
    const form = page.text.match(/<form[^>]*action="([^"]+)"/);
    assert.ok(form, `a page without a form at ${url}: ${page.status} ${page.text.slice(0, 300)}`);
    const prompt = page.text.match(/name="prompt" value="(\w+)"/)[1];
    const body = prompt === "login" ? `prompt=login&login=${who}&password=x` : "prompt=consent";
    const sent = await ask(new URL(form[1], url), { method: "POST", body, jar, headers: { "Content-Type": "application/x-www-form-urlencoded" } });
    url = new URL(sent.headers.location, url).href;
  }
  throw new Error("the provider sends the browser round and round");
}

before(async () => {
  const { default: Provider } = await load("oidc-provider");
  const [idpPort, port, udp] = [await freePort(), await freePort(), await freePort()];
  issuer = `http://127.0.0.1:${idpPort}`;
  base = `https://localhost:${port}`;
  const jwk = (type, options, more) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), use: "sig", ...more });
  const client = (id, algorithm, more = {}) => ({
    client_id: id, client_secret: "a secret & more", redirect_uris: [`${base}/oidc/callback`], response_types: ["code"],
    grant_types: ["authorization_code"], id_token_signed_response_alg: algorithm, ...more,
  });
  const provider = new Provider(issuer, {
    clients: [client("rsa", "RS256"), client("elliptic", "ES256"), client("hmac", "HS256", { client_secret: "x".repeat(40) })],
    jwks: { keys: [jwk("rsa", { modulusLength: 2048 }, { kid: "r", alg: "RS256" }), jwk("ec", { namedCurve: "P-256" }, { kid: "e", alg: "ES256" })] },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "HS256"] },
    pkce: { methods: ["S256"], required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_context, id) => (people[id] ? { accountId: id, claims: async () => people[id] } : undefined),
    cookies: { keys: ["a test"] },
  });
  idp = provider.listen(idpPort, "127.0.0.1");
  await new Promise((done) => idp.once("listening", done));
  const entry = (id, client_id, more = {}) => ({ id, issuer, client_id, client_secret: "a secret & more", allow_clear_text: true, ...more });
  writeFileSync(path.join(folder, "identity.json"), JSON.stringify({
    providers: [entry("rsa", "rsa"), entry("elliptic", "elliptic"), entry("hmac", "hmac", { client_secret: "x".repeat(40) }),
                entry("wrong-secret", "rsa", { client_secret: "guessed" })],
  }));
  server = spawn(path.join(root, "build/dev/bin/sealhall"),
                 ["serve", "--data", folder, "--listen", `127.0.0.1:${port}`, "--udp-port", String(udp), "--workers", "1", "--public-url", base],
                 { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (piece) => (said += piece));
  for (let tries = 0; ; tries += 1) {
    try {
      ca = readFileSync(path.join(folder, "ca.pem"));
      if ((await ask("/healthz")).status === 200) break;
    } catch { /* not yet */ }
    assert.ok(tries < 200 && server.exitCode === null, `the server does not come up: ${said}`);
    await new Promise((done) => setTimeout(done, 100));
  }
});

after(async () => {
  idp?.close();
  idp?.closeAllConnections();
  if (server && server.exitCode === null) {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

async function signIn(provider, who, jar = {}) {
  const start = await ask(`/oidc/${provider}/start`, { jar });
  assert.equal(start.status, 302, start.text);
  const back = await throughProvider(start.headers.location, who, jar);
  return { back, jar, answer: await ask(back, { jar }) };
}
const me = (jar) => ask("/api/me", { headers: { Authorization: `Bearer ${jar["__Host-sealhall"]}` } });

test("oidc: somebody signs in, with RS256 and with ES256, and is the same person", async () => {
  const ids = [];
  for (const provider of ["rsa", "elliptic"]) {
    const { answer, jar } = await signIn(provider, "ada");
    assert.equal(answer.status, 303, answer.text);
    assert.equal(answer.headers.location, "/");
    const session = answer.headers["set-cookie"].find((line) => line.startsWith("__Host-sealhall="));
    for (const word of ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"]) assert.ok(session.includes(word), session);
    const who = JSON.parse((await me(jar)).text);
    assert.equal(who.login, "ada@example.org");
    assert.equal(who.name, "Ada");
    ids.push(who.id);
  }
  assert.equal(ids[0], ids[1]);
});

test("oidc: an answer works once, and only in the browser that began", async () => {
  const jar = {};
  const start = await ask("/oidc/rsa/start", { jar });
  const back = await throughProvider(start.headers.location, "ada", jar);
  assert.equal((await ask(back)).status, 401);
  assert.equal((await ask(back, { jar })).status, 401);
  const good = await signIn("rsa", "ada");
  assert.equal(good.answer.status, 303);
  assert.equal((await ask(good.back, { jar: good.jar })).status, 401);
});

test("oidc: an address that the provider has not verified lets nobody in", async () => {
  const { answer, jar } = await signIn("rsa", "mallory");
  assert.equal(answer.status, 403, answer.text);
  assert.equal(jar["__Host-sealhall"], undefined);
});

test("oidc: an ID token with HS256 is refused though its signature is right", async () => {
  assert.equal((await signIn("hmac", "ada")).answer.status, 401);
});

test("oidc: a wrong client secret, a changed code, a cancelled sign-in, a provider that there is not", async () => {
  assert.equal((await signIn("wrong-secret", "ada")).answer.status, 401);
  const jar = {};
  const start = await ask("/oidc/rsa/start", { jar });
  const back = new URL(await throughProvider(start.headers.location, "ada", jar));
  back.searchParams.set("code", "changed");
  assert.equal((await ask(back, { jar })).status, 401);
  const other = {};
  const again = new URL((await ask("/oidc/rsa/start", { jar: other })).headers.location);
  const cancelled = `/oidc/callback?error=access_denied&state=${again.searchParams.get("state")}&iss=${encodeURIComponent(issuer)}`;
  assert.equal((await ask(cancelled, { jar: other })).status, 401);
  assert.equal((await ask("/oidc/nothing/start")).status, 404);
});

test("oidc: an answer that says it is of another provider is refused", async () => {
  const jar = {};
  const start = await ask("/oidc/rsa/start", { jar });
  const back = new URL(await throughProvider(start.headers.location, "ada", jar));
  assert.equal(back.searchParams.get("iss"), issuer);  // RFC 9207
  back.searchParams.set("iss", "https://evil.example");
  assert.equal((await ask(back, { jar })).status, 401);
});
