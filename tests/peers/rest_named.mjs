// Runs inside the namespace of rest.test.mjs: @zoom/rivet and zoomapi, unmodified, by the names that they have hard-coded.
// Prints a line of JSON for every step: {name, ok, error}.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import https from "node:https";

import { load, need } from "../support/packages.mjs";
import { frontDoor } from "./namespace.mjs";
import { Server } from "./harness.mjs";

async function step(name, body) {
  try {
    await body();
    console.log(JSON.stringify({ name, ok: true }));
  } catch (error) {
    console.log(JSON.stringify({ name, ok: false, error: String(error?.stack ?? error) }));
  }
}

const server = await (await Server.start("rest-named")).setUp();
const door = await frontDoor(server);
https.globalAgent.options.ca = readFileSync(process.env.PEER_CA);
const account = (await server.call("GET", "/v2/users/me")).json.account_id;
const made = await server.call("POST", "/api/applications", {
  name: "Bridge", kind: "server_to_server",
  scopes: ["user:read:admin", "user:write:admin", "meeting:read:admin", "meeting:write:admin", "report:read:admin", "dashboard_meetings:read:admin"],
});
assert.equal(made.status, 201, made.text);
const { client_id: clientId, client_secret: clientSecret } = made.json;
for (let i = 0; i < 4; i += 1) {
  const user = await server.call("POST", "/v2/users", { action: "create", user_info: { email: `user${i}@example.org`, type: 1 } });
  assert.equal(user.status, 201, user.text);
}

const zoomapi = need("zoomapi").default({ accountId: account, oauthClientId: clientId, oauthClientSecret: clientSecret });
await step("zoomapi: account credentials, users, settings, start token", async () => {
  const users = await zoomapi.users.ListUsers({ page_size: 2 });
  assert.equal(users.total_records, 5);
  assert.equal(users.users.length, 2);
  assert.ok(users.next_page_token);
  const one = await zoomapi.users.GetUser("user0@example.org");
  assert.equal(one.email, "user0@example.org");
  const settings = await zoomapi.users.GetUserSettings(one.id);
  assert.equal(typeof settings.in_meeting.waiting_room, "boolean");
  assert.equal(typeof settings.schedule_meeting.join_before_host, "boolean");
  const { token } = await zoomapi.users.GetUserToken(one.id, { type: "zak" });
  assert.match(token, /^zak_/);
});
await step("zoomapi: a meeting is made, read, changed, listed, ended and deleted; then it is not there", async () => {
  const meeting = await zoomapi.meetings.CreateMeeting("user0@example.org", {
    topic: "Plans", type: 2, start_time: "2199-05-01T10:00:00Z", duration: 45, timezone: "Europe/Berlin",
    settings: { waiting_room: true }, tracking_fields: [{ field: "Cost centre", value: "17" }],
  });
  assert.equal(typeof meeting.id, "number");
  const id = String(meeting.id);
  assert.equal((await zoomapi.meetings.GetMeeting(id)).topic, "Plans");
  await zoomapi.meetings.UpdateMeeting(id, { topic: "Other plans" });
  const again = await zoomapi.meetings.GetMeeting(id);
  assert.equal(again.topic, "Other plans");
  assert.equal(again.tracking_fields[0].value, "17");
  const listed = await zoomapi.meetings.ListMeetings("user0@example.org");
  assert.deepEqual(listed.meetings.map((m) => m.id), [meeting.id]);
  assert.match((await zoomapi.meetings.GetMeetingInvitation(id)).invitation, /Other plans/);
  await zoomapi.meetings.UpdateMeetingStatus(id, { action: "end" });
  assert.deepEqual((await zoomapi.metrics.GetMeetings({ type: "live" })).meetings, []);
  await assert.rejects(zoomapi.reports.GetMeetingParticipantReports(id), (error) => /404|3001/.test(`${error.httpStatusCode} ${error.errorCode} ${error.message} ${JSON.stringify(error)}`));
  await zoomapi.meetings.DeleteMeeting(id);
  await assert.rejects(zoomapi.meetings.GetMeeting(id), (error) => /404|3001/.test(`${error.httpStatusCode} ${error.errorCode} ${error.message} ${JSON.stringify(error)}`));
});
await step("zoomapi: somebody registers and is approved", async () => {
  const meeting = await zoomapi.meetings.CreateMeeting("user1@example.org", {
    topic: "Class", type: 2, start_time: "2199-05-01T10:00:00Z", duration: 45, settings: { approval_type: 1 } });
  const id = String(meeting.id);
  const added = await zoomapi.meetings.AddRegistrant(id, { email: "dora@example.org", first_name: "Dora", last_name: "D" });
  assert.ok(added.registrant_id);
  await zoomapi.meetings.UpdateRegistrantStatus(id, { action: "approve", registrants: [{ id: added.registrant_id, email: "dora@example.org" }] });
  const list = await zoomapi.meetings.ListRegistrants(id, { status: "approved" });
  assert.equal(list.registrants[0].email, "dora@example.org");
});

const { MeetingsS2SAuthClient } = await load("@zoom/rivet/meetings");
const { UsersS2SAuthClient } = await load("@zoom/rivet/users");
const options = { clientId, clientSecret, accountId: account, disableReceiver: true };
const users = new UsersS2SAuthClient(options);
const meetings = new MeetingsS2SAuthClient(options);
await step("rivet without any override: its token, users along the token to the last page", async () => {
  const first = await users.endpoints.users.listUsers({ query: { page_size: 3 } });
  assert.equal(first.statusCode, 200);
  assert.equal(first.data.users.length, 3);
  const second = await users.endpoints.users.listUsers({ query: { page_size: 3, next_page_token: first.data.next_page_token } });
  assert.equal(second.data.users.length, 2);
  assert.equal(second.data.next_page_token, "");
});
await step("rivet: a meeting is made, read, changed, ended and deleted; then 404 with 3001", async () => {
  const made = await meetings.endpoints.meetings.createMeeting({ path: { userId: "user2@example.org" }, body: { topic: "Rivet", type: 2, start_time: "2199-05-01T10:00:00Z" } });
  assert.equal(made.statusCode, 201);
  const path = { meetingId: made.data.id };
  assert.equal((await meetings.endpoints.meetings.getMeeting({ path })).data.topic, "Rivet");
  assert.equal((await meetings.endpoints.meetings.updateMeeting({ path, body: { topic: "Changed" } })).statusCode, 204);
  assert.equal((await meetings.endpoints.meetings.getMeeting({ path })).data.topic, "Changed");
  const poll = await meetings.endpoints.meetings.createMeetingPoll({ path, body: { title: "Lunch", questions: [{ name: "What?", type: "single", answers: ["Soup", "Salad"] }] } });
  assert.equal(poll.statusCode, 201);
  const polls = await meetings.endpoints.meetings.listMeetingPolls({ path });
  assert.equal(polls.data.polls[0].id, poll.data.id);
  assert.equal((await meetings.endpoints.meetings.updateMeetingStatus({ path, body: { action: "end" } })).statusCode, 204);
  assert.equal((await meetings.endpoints.meetings.deleteMeeting({ path })).statusCode, 204);
  await assert.rejects(meetings.endpoints.meetings.getMeeting({ path }), /3001/);
});
await step("rivet: a secret that is wrong gives no token", async () => {
  const wrong = new MeetingsS2SAuthClient({ ...options, clientSecret: "wrong" });
  await assert.rejects(wrong.endpoints.meetings.getMeeting({ path: { meetingId: 81234567890 } }));
});

door.close();
await server.stop();
process.exit(0);
