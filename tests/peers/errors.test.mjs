// Every endpoint that /openapi.json declares is walked with everything that can be wrong with a request: unknown ids, broken JSON, wrong
// types, huge bodies, no token, a token without the scope. A new endpoint is walked without anybody thinking of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server } from "./harness.mjs";

let server, description, poor;
const calls = [];
/** Of things that are really there, by the names that paths have for them. */
const ids = {};

before(async () => {
  server = await (await Server.start("errors", { rate: 100000 })).setUp();
  description = (await server.call("GET", "/openapi.json")).json;
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, declared] of Object.entries(methods)) calls.push({ path, method: method.toUpperCase(), declared });
  }
  assert.ok(calls.length > 150, `${calls.length} endpoints`);
  // An application that may do one thing only.
  const made = await server.call("POST", "/api/applications", { name: "Poor", kind: "server_to_server", scopes: ["tracking_field:read:nothing:admin"] });
  assert.equal(made.status, 201, made.text);
  const got = await server.call("POST", "/oauth/token", `grant_type=account_credentials&account_id=${made.json.account_id}`, {
    token: "", headers: { "Content-Type": "application/x-www-form-urlencoded", Authorization: `Basic ${Buffer.from(`${made.json.client_id}:${made.json.client_secret}`).toString("base64")}` } });
  assert.equal(got.status, 200, got.text);
  poor = got.json.access_token;

  const make = async (name, path, body, field = "id") => {
    const made = await server.call("POST", path, body);
    assert.equal(made.status, 201, `${path}: ${made.text}`);
    ids[name] = `${made.json[field]}`;
  };
  await make("user_id", "/v2/users", { action: "create", user_info: { email: "carol@example.org", type: 1 } });
  await make("group_id", "/v2/groups", { name: "Sales" });
  await make("role_id", "/api/roles", { name: "Desk", permissions: ["users_read"] });
  await make("field_id", "/v2/tracking_fields", { field: "Department" });
  await make("client_id", "/api/applications", { name: "Rich", kind: "server_to_server", scopes: ["user:read:admin"] }, "client_id");
  await make("meeting_id", "/v2/users/me/meetings", { topic: "Plans", type: 2, start_time: "2030-01-01T10:00:00Z", settings: { approval_type: 0 } });
  await make("poll_id", `/v2/meetings/${ids.meeting_id}/polls`, { title: "Lunch", questions: [{ name: "When?", type: "single", answers: ["12", "13"] }] });
});
after(async () => server?.stop());

const filled = (path) => path.replaceAll(/\{[^}]+\}/g, "nothing");
const real = (path) => path.replaceAll(/\{([^}]+)\}/g, (_, name) => ids[name]);
const isReal = (path) => [...path.matchAll(/\{([^}]+)\}/g)].every(([, name]) => ids[name]);
const named = ({ method, path }) => `${method} ${path}`;

/** Waits as long as the server says when it was too often. */
async function ask({ method, path }, body, options) {
  for (;;) {
    const got = await server.call(method, (options?.at ?? filled)(path), body, options);
    if (got.status !== 429) return got;
    const after = got.headers["retry-after"];
    const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
    if (seconds > 5) return got;
    await new Promise((resolve) => setTimeout(resolve, Math.max(50, seconds * 1000)));
  }
}

function isError(call, got, ...statuses) {
  assert.ok(statuses.includes(got.status), `${named(call)}: ${got.status} ${got.text.slice(0, 200)}`);
  if (call.path.startsWith("/oauth/")) return;
  assert.equal(typeof got.json?.code, "number", `${named(call)}: ${got.text.slice(0, 200)}`);
  assert.equal(typeof got.json.message, "string", named(call));
  assert.ok(Array.isArray(got.json.errors), named(call));
}

function schemaOf(declared) {
  let schema = declared.requestBody?.content?.["application/json"]?.schema;
  while (schema?.$ref) schema = description.components.schemas[schema.$ref.split("/").pop()];
  return schema;
}
function resolved(schema) {
  while (schema?.$ref) schema = description.components.schemas[schema.$ref.split("/").pop()];
  return schema;
}
// A call that ends the session that the walk uses, or that is limited by attempts of its own.
const apart = (call) => /bigbluebutton|^\/oauth|sign-in|password|setup|invitations|passkey/.test(call.path);
const withBody = () => calls.filter((c) => schemaOf(c.declared) && !apart(c));

// These say of what is not there that it is away, which is true.
const away = ["DELETE /api/policies/account/{name}", "DELETE /api/me/policies/{name}"];

test("unknown ids: what is not there is 404, in the right shape, for every endpoint that names something", async () => {
  let walked = 0;
  const wrong = [];
  for (const call of calls.filter((c) => c.path.includes("{") && !apart(c) && !away.includes(named(c)))) {
    const required = (call.declared.parameters ?? []).some((p) => p.in === "query" && p.required);
    const got = await ask(call, ["PUT", "PATCH", "POST"].includes(call.method) && schemaOf(call.declared) ? {} : undefined);
    try {
      isError(call, got, 404, ...(required || schemaOf(call.declared) || call.path.includes("/files/") ? [400, 403] : []));
    } catch (error) {
      wrong.push(error.message);
    }
    walked += 1;
  }
  assert.deepEqual(wrong, []);
  assert.ok(walked > 90, `${walked}`);
});

test("broken JSON, and JSON that is no object, is 400 for every endpoint that takes a body", async () => {
  let walked = 0;
  for (const call of withBody()) {
    // What the path names is looked up first.
    const missing = call.path.includes("{") ? [404] : [];
    for (const body of ["{", "[]", "7", '{"a":', "\u0000"]) isError(call, await ask(call, body), 400, ...missing, ...(call.path.includes("/files/") ? [403] : []));
    walked += 1;
  }
  assert.ok(walked > 40, `${walked}`);
});

test("wrong types are 400 and name the field, for every field of every body", async () => {
  let fields = 0;
  let within = 0;
  for (const call of withBody().filter((c) => isReal(c.path))) {
    for (const [name, schema] of Object.entries(schemaOf(call.declared).properties ?? {})) {
      const { type } = resolved(schema) ?? {};
      const wrong = { string: 7, integer: "many", number: "many", boolean: "perhaps", array: "none", object: "none" }[type];
      if (wrong === undefined) continue;
      const got = await ask(call, { [name]: wrong }, { at: real });
      isError(call, got, 400);
      assert.ok(got.json.errors.some((e) => e.field === name || e.field.startsWith(`${name}.`)), `${named(call)} ${name}: ${got.text}`);
      fields += 1;
      within += call.path.includes("{") ? 1 : 0;
    }
  }
  assert.ok(fields > 100 && within > 50, `${fields}, of things that are there ${within}`);
  // And none of it changed anything.
  const meeting = await server.call("GET", `/v2/meetings/${ids.meeting_id}`);
  assert.deepEqual([meeting.status, meeting.json.topic, meeting.json.settings.approval_type], [200, "Plans", 0]);
  assert.equal((await server.call("GET", `/v2/users/${ids.user_id}`)).json.status, "active");
});

test("a huge body is 413 for every endpoint, and the server goes on", async () => {
  const huge = JSON.stringify({ more: "x".repeat(3 << 20) });
  let refused = 0;
  let cut = 0;
  for (const call of withBody()) {
    try {
      const got = await ask(call, huge);
      assert.equal(got.status, 413, `${named(call)}: ${got.status}`);
      refused += 1;
    } catch (error) {
      // The connection may be closed while the rest is still being sent.
      assert.match(String(error?.code), /ECONNRESET|EPIPE/, `${named(call)}: ${error}`);
      cut += 1;
    }
    assert.equal((await server.call("GET", "/healthz")).status, 200, `after ${named(call)}`);
  }
  assert.ok(refused > 10 && refused + cut === withBody().length, `${refused} answered, ${cut} cut off`);
});

test("without a token 401, with a wrong one too, for every endpoint that is not for everybody", async () => {
  const open = (call) => call.declared.security !== undefined && (call.declared.security.length === 0 || call.declared.security.some((s) => Object.keys(s).length === 0));
  let walked = 0;
  for (const call of calls.filter((c) => !open(c))) {
    for (const token of ["", "wrong"]) {
      const got = await ask(call, undefined, { token });
      assert.equal(got.status, 401, `${named(call)}: ${got.status} ${got.text.slice(0, 100)}`);
      if (call.path.startsWith("/v2/")) assert.equal(got.json.code, 124, named(call));
    }
    walked += 1;
  }
  assert.ok(walked > 120, `${walked}`);
});

test("an application without the scope is 403 with 4700 on every endpoint that has one, and on all of /v2", async () => {
  const scopedAt = (call) => call.declared.security?.some((s) => s.oauth);
  let walked = 0;
  let beside = 0;
  for (const call of calls.filter((c) => c.path.startsWith("/v2/") || scopedAt(c))) {
    beside += call.path.startsWith("/v2/") ? 0 : 1;
    const got = await ask(call, undefined, { token: poor });
    isError(call, got, 403);
    // Where applications are kept out altogether no scope would help, and none is named.
    assert.equal(got.json.code, scopedAt(call) ? 4700 : 200, `${named(call)}: ${got.text}`);
    walked += 1;
  }
  assert.ok(walked > 80 && beside >= 4, `${walked}, ${beside} of them beside /v2`);
});
