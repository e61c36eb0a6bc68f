// The twelve traps that clients of the field's common API fall into, each as a test against a real server of ours.
// Named tests beside the code ("trap N: ..") look at each from nearer.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";

import { bin, Server, until } from "./harness.mjs";

const secret = "a secret of the application";
const subscriptions = "/v2/marketplace/app/event_subscription";
let server, receiver, app;
const heard = [];

/** Joins for `seconds` with a tone; ends by itself. */
function joins(link, seconds) {
  const sound = path.join(server.folder, "tone.wav");
  if (!existsSync(sound)) {
    const rate = 48000;
    const samples = Buffer.alloc(rate * 2);
    for (let i = 0; i < rate; i += 1) samples.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / rate)), i * 2);
    const header = Buffer.alloc(44);
    header.write("RIFF", 0);
    header.writeUInt32LE(36 + samples.length, 4);
    header.write("WAVEfmt ", 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(rate, 24);
    header.writeUInt32LE(rate * 2, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write("data", 36);
    header.writeUInt32LE(samples.length, 40);
    writeFileSync(sound, Buffer.concat([header, samples]));
  }
  return spawn(path.join(bin, "sealhall"), ["join", link, "--name", "Ada", "--token", server.token, "--ca", path.join(server.folder, "data/ca.pem"),
    "--audio", sound, "--loop", "--duration", String(seconds), "--no-decode"], {
    stdio: "ignore", env: { ...process.env, XDG_CONFIG_HOME: path.join(server.folder, "config") } });
}

async function meeting(more = {}) {
  const made = await server.call("POST", "/v2/users/me/meetings", { topic: "Plans", type: 2, start_time: "2199-05-01T10:00:00Z", password: "", ...more });
  assert.equal(made.status, 201, made.text);
  return made.json;
}

async function token(fields, { query = false, id = app.client_id, code = app.client_secret } = {}) {
  const form = new URLSearchParams({ grant_type: "account_credentials", account_id: app.account_id, ...fields }).toString();
  return server.call("POST", `/oauth/token${query ? `?${form}` : ""}`, query ? undefined : form, {
    token: "", headers: { Authorization: `Basic ${Buffer.from(`${id}:${code}`).toString("base64")}`, "Content-Type": "application/x-www-form-urlencoded", "Content-Length": query ? 0 : Buffer.byteLength(form) } });
}

const event = (name) => until(`the event ${name}`, () => heard.find((h) => h.json.event === name), 30);

before(async () => {
  server = await (await Server.start("traps", { options: ["--webhooks-anywhere"] })).setUp();
  const made = await server.call("POST", "/api/applications", { name: "Bridge", kind: "server_to_server", scopes: ["meeting:read:admin", "meeting:write:admin", "user:read:admin"] });
  assert.equal(made.status, 201, made.text);
  app = made.json;
  receiver = http.createServer((request, response) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString();
      const json = JSON.parse(body);
      if (json.event !== "endpoint.url_validation") heard.push({ body, json, headers: request.headers });
      const { plainToken } = json.payload;
      response.end(plainToken ? JSON.stringify({ plainToken, encryptedToken: createHmac("sha256", secret).update(plainToken).digest("hex") }) : "{}");
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const hook = await server.call("POST", subscriptions, {
    events: ["meeting.created", "meeting.started", "meeting.participant_joined", "meeting.ended"],
    event_webhook_url: `http://127.0.0.1:${receiver.address().port}/`, secret_token: secret });
  assert.equal(hook.json?.status, "active", hook.text);
});
after(async () => {
  receiver?.close();
  receiver?.closeAllConnections();
  await server?.stop();
});

test("trap 1: a meeting's id is a number in REST and in meeting.created, text in meeting.started and of participants", async () => {
  const m = await meeting();
  assert.equal(typeof m.id, "number");
  assert.ok(Number.isSafeInteger(m.id) && /^\d{10,11}$/.test(String(m.id)));
  assert.equal(typeof (await server.call("GET", `/v2/meetings/${m.id}`)).json.id, "number");
  assert.equal((await event("meeting.created")).json.payload.object.id, m.id);
  const client = joins(m.join_url, 20);
  try {
    assert.equal((await event("meeting.started")).json.payload.object.id, String(m.id));
    assert.equal((await event("meeting.participant_joined")).json.payload.object.id, String(m.id));
    await server.call("PUT", `/v2/meetings/${m.id}/status`, { action: "end" });
    assert.equal((await event("meeting.ended")).json.payload.object.id, String(m.id));
  } finally {
    client.kill();
  }
  // And what was held is known by the uuid that the event has told.
  const { uuid } = (await event("meeting.started")).json.payload.object;
  const past = await until("the meeting to be history", async () => {
    const got = await server.call("GET", `/v2/past_meetings/${encodeURIComponent(uuid)}`);
    return got.status === 200 && got.json;
  });
  assert.equal(past.id, m.id);
  assert.equal(past.participants_count, 1);
});

test("trap 2: a uuid has no slash, and is taken raw, encoded once and encoded twice", async () => {
  const m = await meeting();
  assert.ok(!m.uuid.includes("/"));
  assert.equal(Buffer.from(m.uuid, "base64").length, 16);
  for (const name of [m.uuid, encodeURIComponent(m.uuid), encodeURIComponent(encodeURIComponent(m.uuid))]) {
    const got = await server.call("GET", `/v2/meetings/${name}`);
    assert.equal(got.status, 200, name);
    assert.equal(got.json.id, m.id);
  }
});

test("trap 3: the answer to a token request has api_url, a number expires_in, and scopes as text with the classic names", async () => {
  for (const query of [false, true]) {
    const { status, json } = await token({}, { query });
    assert.equal(status, 200);
    assert.equal(typeof json.access_token, "string");
    assert.equal(json.token_type, "bearer");
    assert.equal(typeof json.expires_in, "number");
    assert.equal(json.api_url, server.url);
    for (const scope of ["meeting:read:admin", "meeting:write:admin", "user:read:admin"]) assert.ok(json.scope.split(" ").includes(scope), scope);
  }
});

test("trap 4: pmi is a number in a user, text in a list, absent in a meeting; no time is an empty text", async () => {
  const personal = await meeting({ settings: { use_pmi: true } });
  const user = (await server.call("GET", "/v2/users/me")).json;
  assert.equal(typeof user.pmi, "number");
  assert.equal(user.pmi, personal.id);
  const one = (await server.call("GET", `/v2/meetings/${personal.id}`)).json;
  assert.ok(!("pmi" in one));
  const listed = (await server.call("GET", "/v2/users/me/meetings?page_size=300")).json.meetings.find((m) => m.id === personal.id);
  assert.equal(listed.pmi, String(personal.id));
  const made = await server.call("POST", "/v2/users", { action: "create", user_info: { email: "new@example.org", type: 1 } });
  const fresh = (await server.call("GET", `/v2/users/${made.json.id}`)).json;
  assert.ok(!("last_login_time" in fresh));
  for (const time of [fresh.created_at, user.created_at, user.last_login_time, one.created_at]) assert.ok(!Number.isNaN(Date.parse(time)), time);
});

test("trap 5: an empty list is page 1 of 1; paging goes by token and by number, and page 0 is page 1", async () => {
  const empty = (await server.call("GET", "/v2/users/new@example.org/meetings")).json;
  assert.deepEqual([empty.page_count, empty.page_number, empty.total_records, empty.next_page_token], [1, 1, 0, ""]);
  // As n8n does it: until page_count === page_number.
  const seen = new Set();
  for (let page = 0, count = -1; page !== count; ) {
    const got = (await server.call("GET", `/v2/users/me/meetings?page_size=1&page_number=${page}`)).json;
    got.meetings.forEach((m) => seen.add(m.id));
    count = got.page_count;
    page = page === count ? page : got.page_number === count ? count : got.page_number + 1;
    if (page === count) (await server.call("GET", `/v2/users/me/meetings?page_size=1&page_number=${page}`)).json.meetings.forEach((m) => seen.add(m.id));
  }
  let next = "";
  const along = new Set();
  do {
    const got = (await server.call("GET", `/v2/users/me/meetings?page_size=1&next_page_token=${next}`)).json;
    got.meetings.forEach((m) => along.add(m.id));
    next = got.next_page_token;
  } while (next);
  assert.ok(along.size >= 3);
  assert.deepEqual([...seen].sort(), [...along].sort());
});

test("trap 6: an occurrence is named by milliseconds and by YYYYMMDDTHHmmssZ", async () => {
  const series = await meeting({ type: 8, recurrence: { type: 1, repeat_interval: 1, end_times: 3 } });
  assert.equal(series.occurrences.length, 3);
  const [first, second] = series.occurrences;
  assert.equal(first.occurrence_id, String(Date.parse(first.start_time)));
  const basic = second.start_time.replace(/[-:]/g, "");
  assert.equal((await server.call("PATCH", `/v2/meetings/${series.id}?occurrence_id=${basic}`, { duration: 15 })).status, 204);
  assert.equal((await server.call("DELETE", `/v2/meetings/${series.id}?occurrence_id=${first.occurrence_id}`)).status, 204);
  const left = (await server.call("GET", `/v2/meetings/${series.id}`)).json.occurrences.filter((o) => o.status === "available");
  assert.deepEqual(left.map((o) => o.occurrence_id), series.occurrences.slice(1).map((o) => o.occurrence_id));
  assert.equal(left[0].duration, 15);
});

test("trap 7: errors have the codes and the shape that clients look at", async () => {
  const code = async (status, number, method, target, body, options) => {
    const got = await server.call(method, target, body, options);
    assert.equal(got.status, status, `${method} ${target}: ${got.text}`);
    assert.equal(got.json.code, number, got.text);
    assert.equal(typeof got.json.message, "string");
    return got.json;
  };
  await code(401, 124, "GET", "/v2/users", undefined, { token: "expired" });
  await code(401, 124, "GET", "/v2/users", undefined, { token: "" });
  const wrong = await code(400, 300, "POST", "/v2/users/me/meetings", { type: 8, start_time: "2199-05-01T10:00:00Z" });
  assert.equal(wrong.errors[0].field, "recurrence.type");
  assert.equal(typeof wrong.errors[0].message, "string");
  await code(404, 1001, "GET", "/v2/users/nobody@example.org");
  await code(409, 1005, "POST", "/v2/users", { action: "create", user_info: { email: "new@example.org", type: 1 } });
  await code(404, 3001, "GET", "/v2/meetings/12345678901");
  await code(404, 3001, "GET", "/v2/past_meetings/12345678901");
  await code(404, 3301, "GET", `/v2/meetings/${(await meeting()).id}/recordings`);
  await code(404, 2300, "GET", "/v2/nothing/here");
  const { json } = await token({});
  await code(403, 4700, "POST", "/v2/users", { action: "create", user_info: { email: "x@example.org", type: 1 } }, { token: json.access_token });
  // OAuth says it in its own way; a grant that is no longer one makes clients ask the person again.
  const grant = await token({ grant_type: "refresh_token", refresh_token: "gone" });
  assert.equal(grant.status, 400);
  assert.equal(grant.json.error, "invalid_grant");
  assert.equal(typeof grant.json.reason, "string");
});

test("trap 8: 429 has its four headers, and Retry-After as a date", async () => {
  const limited = await (await Server.start("traps-limited", { rate: 2 })).setUp();
  try {
    let refused;
    for (let i = 0; i < 400 && !refused; i += 20) {
      const all = await Promise.all(Array.from({ length: 20 }, () => limited.call("GET", "/v2/users/me")));
      refused = all.find((answer) => answer.status === 429);
    }
    assert.ok(refused, "nobody was slowed down");
    assert.equal(refused.headers["x-ratelimit-type"], "QPS");
    assert.match(refused.headers["x-ratelimit-category"], /^(Light|Medium|Heavy)$/);
    assert.ok(Number(refused.headers["x-ratelimit-limit"]) > 0);
    assert.equal(refused.headers["x-ratelimit-remaining"], "0");
    const again = Date.parse(refused.headers["retry-after"]);
    assert.ok(/\D/.test(refused.headers["retry-after"]) && Math.abs(again - Date.now()) < 120_000, refused.headers["retry-after"]);
  } finally {
    await limited.stop();
  }
});

test("trap 9: a recording's download_url is https on our host, answers 200 itself, to a bearer token and to ?access_token=",
  { skip: existsSync(path.join(bin, "sealhall-recorder")) && existsSync(path.join(bin, "sealhall-composer")) ? false : "the recorder is not built" }, async () => {
    const m = await meeting();
    const client = joins(m.join_url, 60);
    try {
      await until("the recorder", async () => (await server.call("PATCH", `/v2/live_meetings/${m.id}/events`, { method: "recording.start" })).status === 202, 30);
      await until("the recording", async () => (await server.call("GET", `/api/live/${m.id}/recording`)).json?.state === "on", 30);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await server.call("PATCH", `/v2/live_meetings/${m.id}/events`, { method: "recording.stop" });
      await server.call("PUT", `/v2/meetings/${m.id}/status`, { action: "end" });
    } finally {
      client.kill();
    }
    const recording = await until("the recording to be composed", async () => {
      const got = await server.call("GET", `/v2/meetings/${m.id}/recordings`);
      return got.status === 200 && got.json.recording_files.some((f) => f.file_type === "MP4" && f.status === "completed") && got.json;
    }, 100);
    const file = recording.recording_files.find((f) => f.file_type === "MP4");
    const url = new URL(file.download_url);
    assert.equal(url.origin, server.url);
    const size = async (target, options) => {
      const got = await server.call("GET", target, undefined, options);
      return [got.status, Number(got.headers["content-length"])];
    };
    const { token: bearer } = server;
    assert.deepEqual(await size(url.pathname + url.search, { token: bearer }), [200, file.file_size]);
    const separator = url.search ? "&" : "?";
    assert.deepEqual(await size(`${url.pathname}${url.search}${separator}access_token=${bearer}`, { token: "" }), [200, file.file_size]);
    assert.notEqual((await server.call("GET", url.pathname, undefined, { token: "" })).status, 200);
  });

test("trap 10: /v2 and /oauth/token are on one and the same host", async () => {
  const { json } = await token({});
  assert.equal(new URL(json.api_url).origin, server.url);
  const users = await server.call("GET", "/v2/users", undefined, { token: json.access_token });
  assert.equal(users.status, 200);
});

test("trap 11: a webhook's bytes are as JSON.stringify writes them, and signed so", async () => {
  await meeting({ topic: 'Ünïcode / "quotes" \u2028 \\ 漢字' });
  const { body, json, headers } = await until("the event", () => heard.find((h) => h.json.payload.object.topic?.startsWith("Ünïcode")), 20);
  assert.equal(JSON.stringify(JSON.parse(body)), body);
  const sign = (text) => `v0=${createHmac("sha256", secret).update(`v0:${headers["x-zm-request-timestamp"]}:${text}`).digest("hex")}`;
  assert.equal(headers["x-zm-signature"], sign(body));
  assert.equal(headers["x-zm-signature"], sign(JSON.stringify(json)));
  assert.equal(headers["content-type"], "application/json");
});

test("trap 12: join links are HOST/j/ID?pwd=TOKEN, start links HOST/s/ID?zak=TOKEN, and both lead somewhere", async () => {
  const m = await meeting({ password: "a b" });
  assert.match(m.join_url, new RegExp(`^${server.url}/j/${m.id}\\?pwd=[A-Za-z0-9_.-]+$`));
  assert.match(m.start_url, new RegExp(`^${server.url}/s/${m.id}\\?zak=[A-Za-z0-9_.-]+$`));
  for (const link of [m.join_url, m.start_url]) {
    const url = new URL(link);
    assert.equal((await server.call("GET", url.pathname + url.search, undefined, { token: "" })).status, 200);
  }
});
