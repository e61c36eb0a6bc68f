// Clients that others wrote, unmodified, against our /v2 and /oauth: by the names that they have hard-coded where they cannot be told
// another address, and through passport where they can.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { need } from "../support/packages.mjs";
import { password, Server } from "./harness.mjs";
import { noNamespace, runNamed } from "./namespace.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");

test("zoomapi and rivet by their hard-coded names", { skip: noNamespace() ?? false }, async (t) => {
  const { code, lines } = await runNamed(path.join(here, "rest_named.mjs"), path.join(root, "build/peers/rest-names"), ["zoom.us", "api.zoom.us"]);
  for (const line of lines) await t.test(line.name, () => assert.ok(line.ok, line.error));
  assert.equal(code, 0);
  assert.equal(lines.length, 6);
});

let server, app;
const callback = "https://cal.example.org/back";
before(async () => {
  server = await (await Server.start("rest-passport")).setUp();
  const made = await server.call("POST", "/api/applications", { name: "Calendar", kind: "people", scopes: ["user:read", "meeting:read", "meeting:write"], redirect_uris: [callback] });
  assert.equal(made.status, 201, made.text);
  app = made.json;
});
after(async () => server?.stop());

/** What passport does with a strategy in a request: {redirect}, {user, info} or {error}. */
function attempt(strategy, query, session) {
  return new Promise((resolve) => {
    const one = Object.create(strategy);
    one.redirect = (url) => resolve({ redirect: url });
    one.success = (user, info) => resolve({ user, info });
    one.fail = (challenge) => resolve({ error: challenge });
    one.error = (error) => resolve({ error });
    one.authenticate({ query, session, headers: {} }, {});
  });
}

test("passport: a person allows a calendar, which then knows who it is and schedules for them", async () => {
  const { Strategy } = need("@giorgosavgeris/passport-zoom-oauth2");
  let tokens;
  const strategy = new Strategy({
    clientID: app.client_id, clientSecret: app.client_secret, callbackURL: callback, state: true,
    authorizationURL: `${server.url}/oauth/authorize`, tokenURL: `${server.url}/oauth/token`, profileUrl: `${server.url}/v2/users/me`,
  }, (access, refresh, profile, done) => {
    tokens = { access, refresh };
    done(null, profile);
  });
  const session = {};
  const { redirect } = await attempt(strategy, {}, session);
  const asked = new URL(redirect);
  assert.equal(asked.origin, server.url);

  // The person's browser: the page with the sign-in, the question, the way back.
  const form = (more) => {
    const body = new URLSearchParams(asked.searchParams);
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    return body.toString();
  };
  const page = await server.call("GET", asked.pathname + asked.search, undefined, { token: "" });
  assert.match(page.text, /name="password"/);
  const headers = { "Content-Type": "application/x-www-form-urlencoded", Origin: server.url };
  const signedIn = await server.call("POST", "/oauth/authorize", form({ login: "admin", password }), { token: "", headers });
  assert.equal(signedIn.status, 200, signedIn.text);
  const cookie = signedIn.headers["set-cookie"][0].split(";")[0];
  const allowed = await server.call("POST", "/oauth/authorize", form({ decision: "allow" }), { token: "", headers: { ...headers, Cookie: cookie } });
  assert.equal(allowed.status, 302, allowed.text);
  const back = new URL(allowed.headers.location);
  assert.equal(back.origin + back.pathname, callback);

  const query = Object.fromEntries(back.searchParams);
  const outcome = await attempt(strategy, query, session);
  assert.ok(outcome.user, String(outcome.error));
  assert.equal(outcome.user.provider, "zoom");
  assert.equal(outcome.user._json.display_name, "Ada Admin");
  const me = await server.call("GET", "/v2/users/me", undefined, { token: tokens.access });
  assert.equal(me.status, 200);
  const made = await server.call("POST", "/v2/users/me/meetings", { topic: "From a calendar", type: 2, start_time: "2199-05-01T10:00:00Z" }, { token: tokens.access });
  assert.equal(made.status, 201, made.text);
  // Only what was allowed, and only for this person.
  assert.equal((await server.call("GET", "/v2/users", undefined, { token: tokens.access })).status, 403);

  // Renewal, as passport-oauth2's users do it; the code is used up, and whoever uses it again ends the grant.
  const renewed = await new Promise((resolve, reject) => strategy._oauth2.getOAuthAccessToken(tokens.refresh, { grant_type: "refresh_token" },
    (error, access, refresh) => (error ? reject(new Error(JSON.stringify(error))) : resolve({ access, refresh }))));
  assert.equal((await server.call("GET", "/v2/users/me", undefined, { token: renewed.access })).status, 200);
  const again = await attempt(strategy, query, { ...session });
  assert.ok(again.error);
});
