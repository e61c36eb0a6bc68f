// The receiver of @zoom/rivet and the verifier of zoomapi as independent judges of our webhooks.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { load, need } from "../support/packages.mjs";
import { freePort, Server } from "./harness.mjs";

const { HttpReceiver } = await load("@zoom/rivet/meetings");
const path = "/v2/marketplace/app/event_subscription";
const secret = "a secret of the application";
let server;
const opened = [];

/** A receiver that knows `secretToken`, on a port of its own; gives its address. */
async function receiver(secretToken) {
  const port = await freePort();
  const http = new HttpReceiver({ port, webhooksSecretToken: secretToken, endpoints: "/hooks" });
  http.init({ eventEmitter: { emit: async () => {} }, interactiveAuth: undefined });
  await http.start(port);
  opened.push(() => http.stop());
  return `http://127.0.0.1:${port}/hooks`;
}

before(async () => {
  server = await (await Server.start("webhooks", { options: ["--webhooks-anywhere"] })).setUp();
});
after(async () => {
  for (const close of opened) await close();
  await server?.stop();
});

test("rivet's receiver answers our challenge, which it takes for the original's", async () => {
  const address = await receiver(secret);
  const made = await server.call("POST", path, { events: ["meeting.started"], event_webhook_url: address, secret_token: secret });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.status, "active");
});

test("rivet's receiver refuses a challenge under another secret, and nothing is sent there", async () => {
  const address = await receiver("another secret of another application");
  const made = await server.call("POST", path, { events: ["meeting.started"], event_webhook_url: address, secret_token: secret });
  assert.equal(made.status, 201);
  assert.equal(made.json.status, "pending");
});

test("zoomapi's verifier takes the bytes and headers that we send", async () => {
  const seen = [];
  const http = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(http, "listening");
  opened.push(() => http.close());
  const made = await server.call("POST", path, {
    events: ["meeting.started"], event_webhook_url: `http://127.0.0.1:${http.address().port}/`, secret_token: secret });
  assert.equal(made.json.status, "pending");
  assert.equal(seen.length, 1);
  const { headers, body } = seen[0];
  assert.equal(headers["content-type"], "application/json");
  assert.equal(JSON.stringify(JSON.parse(body)), body, "canonical as JSON.stringify writes it");
  const judge = need("zoomapi").default({ webhookSecretToken: secret }).webhooks;
  assert.equal(judge.VerifyWebhookEvent({ webhook: JSON.parse(body), headers }), true);
  assert.equal(judge.VerifyWebhookEvent({ webhook: { ...JSON.parse(body), more: 1 }, headers }), false);
  // Its answer to our challenge is the one that we take.
  const answer = judge.GetEndpointValidationResponse(JSON.parse(body));
  assert.equal(answer.plainToken, JSON.parse(body).payload.plainToken);
});

test("without --webhooks-anywhere nothing goes into the operator's own network", async () => {
  const strict = await (await Server.start("webhooks-strict")).setUp();
  try {
    for (const address of ["https://127.0.0.1/", "http://example.org/", "https://[::1]/", "https://169.254.169.254/", "https://localhost/"]) {
      const refused = await strict.call("POST", path, { events: ["meeting.started"], event_webhook_url: address });
      assert.equal(refused.status, 400, address);
      assert.equal(refused.json.errors[0].field, "event_webhook_url");
    }
  } finally {
    await strict.stop();
  }
});

test("subscriptions survive kill -9 of everything", async () => {
  const before_kill = (await server.call("GET", path)).json;
  await server.killAndRestart();
  const deadline = Date.now() + 15_000;
  let again;
  do again = (await server.call("GET", path)).json; while (again.total_records !== before_kill.total_records && Date.now() < deadline);
  assert.deepEqual(again.event_subscriptions.map((s) => s.event_subscription_id).sort(),
    before_kill.event_subscriptions.map((s) => s.event_subscription_id).sort());
});
