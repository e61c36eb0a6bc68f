// Every row of the table of endpoints that integrations of the field call, against a real server of ours: the status that they
// check, and the fields that they read. What a row's own client does is in rest.test.mjs; what they fall into in traps.test.mjs.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";

import { bin, Server, until } from "./harness.mjs";

let server, app, me, ada, meeting, series;
const say = (got) => `${got.status} ${got.text.slice(0, 300)}`;

/** The call, which must end with `status`. */
async function ask(status, method, target, body, options) {
  const got = await server.call(method, target, body, options);
  assert.equal(got.status, status, `${method} ${target}: ${say(got)}`);
  return got.json;
}
/** Every one of these fields is there, of the type of the example. */
function has(object, example) {
  for (const [field, value] of Object.entries(example)) {
    assert.ok(field in object, `${field} is missing: ${JSON.stringify(object).slice(0, 400)}`);
    assert.equal(Array.isArray(object[field]) ? "array" : typeof object[field], Array.isArray(value) ? "array" : typeof value, field);
  }
}
const page = { page_count: 1, page_number: 1, page_size: 30, total_records: 0, next_page_token: "" };
const basic = () => ({ Authorization: `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString("base64")}` });
const form = { "Content-Type": "application/x-www-form-urlencoded" };

before(async () => {
  server = await (await Server.start("rows")).setUp();
  app = await ask(201, "POST", "/api/applications", { name: "Rows", kind: "server_to_server", scopes: ["meeting:read:admin", "meeting:write:admin", "user:read:admin"] });
  me = await ask(200, "GET", "/v2/users/me");
});
after(async () => server?.stop());

test("rows 1 to 4: tokens in the query and in the form, the consent page, revoking, the compliance call", async () => {
  const fields = `grant_type=account_credentials&account_id=${app.account_id}`;
  const inForm = await ask(200, "POST", "/oauth/token", fields, { token: "", headers: { ...basic(), ...form } });
  has(inForm, { access_token: "", token_type: "bearer", expires_in: 1, scope: "", api_url: "" });
  const inQuery = await ask(200, "POST", `/oauth/token?${fields}`, undefined, { token: "", headers: { ...basic(), "Content-Length": 0 } });
  const token = inQuery.access_token;
  await ask(200, "GET", "/v2/users", undefined, { token });
  const people = await ask(201, "POST", "/api/applications", { name: "People", kind: "people", scopes: ["user:read"], redirect_uris: ["https://cal.example/back"] });
  await ask(200, "GET", `/oauth/authorize?response_type=code&client_id=${people.client_id}&redirect_uri=https%3A%2F%2Fcal.example%2Fback&state=s`, undefined, { token: "" });
  await ask(200, "POST", "/oauth/revoke", `token=${token}`, { token: "", headers: { ...basic(), ...form } });
  await ask(401, "GET", "/v2/users", undefined, { token });
  await ask(200, "POST", "/oauth/data/compliance", {}, { token: "", headers: basic() });
});

test("rows 5 to 10 and 15: users are made, listed, read, changed, deactivated and deleted", async () => {
  for (const name of ["ada", "bob", "cid"]) {
    const made = await ask(201, "POST", "/v2/users", { action: "create", user_info: { email: `${name}@example.org`, type: 1, first_name: name, last_name: "Test" } });
    has(made, { id: "", email: "", first_name: "", last_name: "", type: 1 });
    if (name === "ada") ada = made.id;
  }
  assert.equal((await server.call("POST", "/v2/users", { action: "create", user_info: { email: "ada@example.org", type: 1 } })).json.code, 1005);
  const list = await ask(200, "GET", "/v2/users?status=active&page_size=300");
  has(list, { ...page, users: [] });
  has(list.users.find((u) => u.id === ada), { id: "", email: "", first_name: "", last_name: "", display_name: "", type: 1, status: "", created_at: "", role_id: "" });
  assert.equal((await ask(200, "GET", "/v2/users?role_id=0")).users.length, 1);
  for (const name of [ada, "ada@example.org"]) has(await ask(200, "GET", `/v2/users/${name}`), { id: "", email: "", account_id: "", role_name: "", status: "", type: 1 });
  assert.equal((await server.call("GET", "/v2/users/nobody@example.org")).json.code, 1001);
  await ask(204, "PATCH", `/v2/users/${ada}`, { dept: "Maths", type: 2 });
  assert.equal((await ask(200, "GET", `/v2/users/${ada}`)).dept, "Maths");
  await ask(204, "PUT", "/v2/users/cid@example.org/status", { action: "deactivate" });
  await ask(204, "PUT", "/v2/users/cid@example.org/status", { action: "activate" });
  assert.equal((await ask(200, "GET", "/v2/users/email?email=ada@example.org")).existed_email, true);
  await ask(204, "DELETE", "/v2/users/cid@example.org?action=delete");
  await ask(404, "GET", "/v2/users/cid@example.org");
});

test("rows 11, 12 and 14: a person's settings in all their forms, and a token that starts meetings", async () => {
  const settings = await ask(200, "GET", `/v2/users/${ada}/settings`);
  has(settings, { schedule_meeting: {}, in_meeting: {}, recording: {}, feature: {} });
  assert.equal(typeof settings.feature.meeting_capacity, "number");
  has((await ask(200, "GET", `/v2/users/${ada}/settings?option=meeting_security`)).meeting_security, { end_to_end_encrypted_meetings: false, encryption_type: "", meeting_password_requirement: {} });
  await ask(204, "PATCH", `/v2/users/${ada}/settings`, { in_meeting: { waiting_room: true } });
  assert.equal((await ask(200, "GET", `/v2/users/${ada}/settings`)).in_meeting.waiting_room, true);
  await ask(204, "PATCH", `/v2/users/${ada}/settings`, { in_meeting: { waiting_room: false } });
  for (const target of [`${ada}/token?type=zak`, "me/zak"]) has(await ask(200, "GET", `/v2/users/${target}`), { token: "" });
});

test("row 13: assistants and whom they schedule for are added, listed and taken back", async () => {
  const added = await ask(201, "POST", `/v2/users/${ada}/assistants`, { assistants: [{ email: "bob@example.org" }] });
  has(added, { ids: "", add_at: "" });
  const { assistants } = await ask(200, "GET", `/v2/users/${ada}/assistants`);
  assert.deepEqual(assistants.map((a) => a.email), ["bob@example.org"]);
  const { schedulers } = await ask(200, "GET", "/v2/users/bob@example.org/schedulers");
  assert.deepEqual(schedulers.map((s) => s.id), [ada]);
  await ask(404, "DELETE", `/v2/users/${ada}/assistants/nobody`);
  await ask(204, "DELETE", `/v2/users/${ada}/assistants/${assistants[0].id}`);
  await ask(201, "POST", `/v2/users/${ada}/assistants`, { assistants: [{ id: assistants[0].id }] });
  await ask(204, "DELETE", `/v2/users/bob@example.org/schedulers/${ada}`);
  await ask(204, "DELETE", `/v2/users/${ada}/assistants`);
  await ask(204, "DELETE", "/v2/users/bob@example.org/schedulers");
  assert.deepEqual((await ask(200, "GET", `/v2/users/${ada}/assistants`)).assistants, []);
});

test("rows 16 and 17: groups and roles with their members; what is not there is 404", async () => {
  const group = await ask(201, "POST", "/v2/groups", { name: "Choir" });
  has(group, { id: "", name: "", total_members: 0 });
  has(await ask(200, "GET", "/v2/groups"), { total_records: 1, groups: [] });
  await ask(201, "POST", `/v2/groups/${group.id}/members`, { members: [{ email: "ada@example.org" }] });
  assert.equal((await ask(200, "GET", `/v2/groups/${group.id}/members`)).members.length, 1);
  assert.equal((await ask(200, "GET", `/v2/groups/${group.id}`)).total_members, 1);
  await ask(204, "PATCH", `/v2/groups/${group.id}`, { name: "Orchestra" });
  await ask(404, "DELETE", `/v2/groups/${group.id}/members/nobody`);
  await ask(204, "DELETE", `/v2/groups/${group.id}/members/${ada}`);
  await ask(204, "DELETE", `/v2/groups/${group.id}`);
  await ask(404, "GET", `/v2/groups/${group.id}/members`);
  const roles = await ask(200, "GET", "/v2/roles");
  has(roles.roles[0], { id: "", name: "", total_members: 1 });
  has(await ask(200, "GET", `/v2/roles/${roles.roles[0].id}/members`), { ...page, members: [] });
  await ask(404, "GET", "/v2/roles/nothing/members");
});

test("row 45: tracking fields; one that is required is asked for when a meeting is made", async () => {
  const field = await ask(201, "POST", "/v2/tracking_fields", { field: "Cost centre", required: true, recommended_values: ["17"] });
  has(field, { id: "", field: "", required: true, visible: true, recommended_values: [] });
  assert.equal((await ask(200, "GET", "/v2/tracking_fields")).total_records, 1);
  const refused = await ask(400, "POST", "/v2/users/me/meetings", { topic: "Plans", type: 2 });
  assert.equal(refused.code, 300);
  assert.equal(refused.errors[0].field, "tracking_fields");
  const made = await ask(201, "POST", "/v2/users/me/meetings", { topic: "Plans", type: 2, tracking_fields: [{ field: "Cost centre", value: "17" }] });
  assert.equal(made.tracking_fields[0].value, "17");
  await ask(204, "DELETE", `/v2/meetings/${made.id}`);
  await ask(204, "PATCH", `/v2/tracking_fields/${field.id}`, { required: false });
  await ask(204, "DELETE", `/v2/tracking_fields/${field.id}`);
  await ask(404, "GET", `/v2/tracking_fields/${field.id}`);
});

test("rows 18 to 23: meetings and series are made, listed, read, changed, ended, deleted and had back", async () => {
  const settings = {
    host_video: false, participant_video: true, join_before_host: true, jbh_time: 0, mute_upon_entry: true, watermark: true, approval_type: 2,
    audio: "both", auto_recording: "none", alternative_hosts: "ada@example.org", waiting_room: false, meeting_authentication: false,
    encryption_type: "enhanced_encryption", breakout_room: { enable: true, rooms: [{ name: "North", participants: ["ada@example.org"] }] },
    meeting_invitees: [{ email: "guest@example.org" }], a_setting_of_tomorrow: 1,
  };
  meeting = await ask(201, "POST", "/v2/users/me/meetings", { topic: "Plans", type: 2, start_time: "2199-05-01T10:00:00Z", duration: 45, timezone: "Europe/Berlin", password: "123456", agenda: "All", settings });
  has(meeting, { uuid: "", id: 1, host_id: "", topic: "", type: 2, status: "", start_time: "", duration: 1, timezone: "", agenda: "", created_at: "", join_url: "",
    start_url: "", password: "", encrypted_password: "", h323_password: "", pstn_password: "", settings: {} });
  // What an answer says is what is so.
  assert.equal(meeting.settings.audio, "voip");
  assert.equal(meeting.settings.watermark, false);
  assert.equal(meeting.settings.host_video, false);
  assert.equal(meeting.settings.mute_upon_entry, true);
  assert.equal(meeting.settings.breakout_room.rooms[0].name, "North");
  series = await ask(201, "POST", `/v2/users/${ada}/meetings`, { topic: "Course", type: 8, start_time: "2199-05-02T10:00:00Z", duration: 60, recurrence: { type: 2, repeat_interval: 1, weekly_days: "3,5", end_times: 4 } });
  assert.equal(series.occurrences.length, 4);
  has(series.occurrences[0], { occurrence_id: "", start_time: "", duration: 1, status: "available" });
  const instant = await ask(201, "POST", "/v2/users/me/meetings", { topic: "Now", type: 1 });
  await ask(201, "POST", "/v2/users/me/meetings", { topic: "Any time", type: 3 });
  for (const type of ["scheduled", "live", "upcoming", "previous_meetings"]) {
    const list = await ask(200, "GET", `/v2/users/me/meetings?type=${type}`);
    has(list, { ...page, meetings: [] });
    for (const m of list.meetings) has(m, { uuid: "", id: 1, host_id: "", topic: "", type: 2, duration: 1, timezone: "", created_at: "", join_url: "" });
  }
  await ask(200, "GET", `/v2/meetings/${series.id}?show_previous_occurrences=true`);
  const { occurrence_id: second } = series.occurrences[1];
  await ask(204, "PATCH", `/v2/meetings/${series.id}?occurrence_id=${second}`, { topic: "Another topic" });
  assert.equal((await ask(200, "GET", `/v2/meetings/${series.id}?occurrence_id=${second}`)).topic, "Another topic");
  for (const method of ["GET", "DELETE", "PATCH"]) {
    const got = await server.call(method, `/v2/meetings/${series.id}?occurrence_id=17`, method === "PATCH" ? { topic: "x" } : undefined);
    assert.equal(got.status, 404, `${method} of a time that there is not: ${say(got)}`);
    assert.equal(got.json.code, 3001);
  }
  await ask(204, "DELETE", `/v2/meetings/${series.id}?occurrence_id=${second}&schedule_for_reminder=false&cancel_meeting_reminder=false`);
  assert.equal((await ask(200, "GET", `/v2/meetings/${series.id}`)).occurrences.find((o) => o.occurrence_id === second).status, "deleted");
  await ask(204, "PUT", `/v2/meetings/${instant.id}/status`, { action: "end" });
  await ask(204, "DELETE", `/v2/meetings/${series.id}`);
  await ask(404, "GET", `/v2/meetings/${series.id}`);
  await ask(204, "PUT", `/v2/meetings/${series.id}/status`, { action: "recover" });
  await ask(200, "GET", `/v2/meetings/${series.id}`);
});

test("rows 24 and 25: the invitation as text, and links by name", async () => {
  const invitation = await ask(200, "GET", `/v2/meetings/${meeting.id}/invitation`);
  has(invitation, { invitation: "", sip_links: [] });
  assert.ok(invitation.invitation.includes(meeting.join_url));
  const { attendees } = await ask(201, "POST", `/v2/meetings/${meeting.id}/invite_links`, { attendees: [{ name: "Gil" }], ttl: 3600 });
  has(attendees[0], { name: "", join_url: "" });
});

test("rows 26 to 30: registrants by themselves, in a batch, decided, removed; questions; for single times of a series", async () => {
  await ask(204, "PATCH", `/v2/meetings/${meeting.id}`, { settings: { approval_type: 1 } });
  const one = await ask(201, "POST", `/v2/meetings/${meeting.id}/registrants`, { first_name: "Dora", last_name: "D", email: "dora@example.org", custom_questions: [], auto_approve: true });
  has(one, { id: 1, registrant_id: "", topic: "", start_time: "", join_url: "" });
  const batch = await ask(201, "POST", `/v2/meetings/${meeting.id}/batch_registrants`, { auto_approve: true, registrants: [{ first_name: "Eve", email: "eve@example.org" }] });
  has(batch.registrants[0], { registrant_id: "", join_url: "", email: "" });
  const list = await ask(200, "GET", `/v2/meetings/${meeting.id}/registrants?status=approved`);
  has(list, { ...page, registrants: [] });
  assert.equal(list.registrants.length, 2);
  has(await ask(200, "GET", `/v2/meetings/${meeting.id}/registrants/${one.registrant_id}`), { id: "", email: "", first_name: "", last_name: "", status: "", create_time: "", join_url: "" });
  await ask(204, "PUT", `/v2/meetings/${meeting.id}/registrants/status`, { action: "deny", registrants: [{ id: one.registrant_id, email: "dora@example.org" }] });
  assert.equal((await ask(200, "GET", `/v2/meetings/${meeting.id}/registrants?status=denied`)).registrants.length, 1);
  await ask(204, "DELETE", `/v2/meetings/${meeting.id}/registrants/${one.registrant_id}`);
  await ask(404, "GET", `/v2/meetings/${meeting.id}/registrants/${one.registrant_id}`);
  await ask(404, "DELETE", `/v2/meetings/${meeting.id}/registrants/nobody`);
  await ask(204, "PATCH", `/v2/meetings/${meeting.id}/registrants/questions`, { questions: [{ field_name: "org", required: true }], custom_questions: [{ title: "Diet", type: "single", answers: ["None", "Vegan"] }] });
  const asked = await ask(200, "GET", `/v2/meetings/${meeting.id}/registrants/questions`);
  assert.equal(asked.questions[0].field_name, "org");
  assert.equal((await server.call("POST", `/v2/meetings/${meeting.id}/registrants`, { first_name: "Fay", email: "fay@example.org" })).json.errors[0].field, "org");

  await ask(204, "PATCH", `/v2/meetings/${series.id}`, { settings: { approval_type: 0, registration_type: 2 } });
  const times = (await ask(200, "GET", `/v2/meetings/${series.id}`)).occurrences.filter((o) => o.status === "available").map((o) => o.occurrence_id);
  const gil = { first_name: "Gil", email: "gil@example.org" };
  await ask(400, "POST", `/v2/meetings/${series.id}/registrants`, gil);
  const first = await ask(201, "POST", `/v2/meetings/${series.id}/registrants?occurrence_ids=${times[0]}`, gil);
  assert.equal(first.occurrences[0].occurrence_id, times[0]);
  await ask(201, "POST", `/v2/meetings/${series.id}/registrants?occurrence_ids=${times[1]}`, gil);
  assert.equal((await ask(200, "GET", `/v2/meetings/${series.id}/registrants?occurrence_id=${times[0]}`)).registrants.length, 1);
  assert.equal((await ask(200, "GET", `/v2/meetings/${series.id}/registrants`)).registrants.length, 2);
});

test("row 31: polls are prepared, read, changed and removed, also several at once", async () => {
  const poll = { title: "Lunch", anonymous: true, questions: [{ name: "What?", type: "single", answers: ["Soup", "Salad"] }] };
  const made = await ask(201, "POST", `/v2/meetings/${meeting.id}/polls`, poll);
  has(made, { id: "", title: "", status: "", anonymous: true, questions: [] });
  assert.equal((await ask(200, "GET", `/v2/meetings/${meeting.id}/polls`)).total_records, 1);
  await ask(204, "PUT", `/v2/meetings/${meeting.id}/polls/${made.id}`, { ...poll, title: "Dinner" });
  assert.equal((await ask(200, "GET", `/v2/meetings/${meeting.id}/polls/${made.id}`)).title, "Dinner");
  await ask(404, "GET", `/v2/meetings/${meeting.id}/polls/nothing`);
  await ask(201, "POST", `/v2/meetings/${meeting.id}/batch_polls`, { polls: [poll] });
  await ask(204, "DELETE", `/v2/meetings/${meeting.id}/polls/${made.id}`);
  await ask(404, "DELETE", `/v2/meetings/${meeting.id}/polls/${made.id}`);
});

test("rows 32 and 34: where to stream to is kept; streaming and SIP are not enabled, and say so", async () => {
  const where = { stream_url: "rtmp://live.example/app", stream_key: "k", page_url: "https://live.example", resolution: "1080p" };
  await ask(204, "PATCH", `/v2/meetings/${meeting.id}/livestream`, where);
  assert.deepEqual(await ask(200, "GET", `/v2/meetings/${meeting.id}/livestream`), where);
  await ask(404, "GET", "/v2/meetings/81234567890/livestream");
  await ask(404, "PATCH", "/v2/meetings/81234567890/livestream", where);
  const refused = [
    ["PATCH", "livestream/status", { action: "start", settings: { layout: "speaker_view" } }], ["POST", "sip_dialing", { passcode: "123456" }],
  ];
  for (const [method, target, body] of refused) {
    const got = await ask(400, method, `/v2/meetings/${meeting.id}/${target}`, body);
    assert.equal(got.code, 200);
    assert.match(got.message, /not enabled/);
    await ask(404, method, `/v2/meetings/81234567890/${target}`, body);
  }
});

test("rows 46 to 48: devices, webinars and telephones are no part of this server", async () => {
  for (const target of ["/v2/h323/devices", "/v2/users/me/webinars", "/v2/webinars/81234567890", "/v2/phone/users"]) {
    assert.equal((await ask(404, "GET", target)).code, 2300, target);
  }
});

test("rows 33, 36 to 44: a meeting that runs is acted on; when it is over, what was is told by past meetings, reports and dashboards", async () => {
  await ask(204, "PATCH", `/v2/meetings/${meeting.id}`, { settings: { approval_type: 2 } });
  const client = spawn(path.join(bin, "sealhall"), ["join", meeting.join_url, "--name", "Ada Admin", "--token", server.token, "--ca", path.join(server.folder, "data/ca.pem"), "--no-decode", "--duration", "60"], {
    stdio: "ignore", env: { ...process.env, XDG_CONFIG_HOME: path.join(server.folder, "config") } });
  try {
    const live = await until("the meeting to run", async () => {
      const list = await ask(200, "GET", "/v2/metrics/meetings?type=live");
      return list.meetings.find((m) => m.id === meeting.id);
    }, 30);
    has(live, { uuid: "", id: 1, topic: "", host: "", email: "", start_time: "", duration: "00:00:00", participants: 1, has_video: true, has_recording: false });
    assert.equal((await ask(200, "GET", `/v2/meetings/${meeting.id}`)).status, "started");
    await ask(404, "PATCH", "/v2/live_meetings/81234567890/events", { method: "recording.start" });
    const invited = await server.call("PATCH", `/v2/live_meetings/${meeting.id}/events`, { method: "participant.invite", params: { contacts: [{ email: "guest@example.org" }] } });
    assert.equal(invited.status, 202, say(invited));
    const written = { method: "waiting_room.update", params: { waiting_room_title: "Tea at four", waiting_room_description: "We begin late." } };
    await ask(204, "PATCH", `/v2/live_meetings/${meeting.id}/events`, written);
    await ask(400, "PATCH", `/v2/live_meetings/${meeting.id}/events`, { method: "waiting_room.update" });
    for (const method of ["participant.invite.callout", "participant.invite.room_system_callout"]) {
      assert.equal((await ask(400, "PATCH", `/v2/live_meetings/${meeting.id}/events`, { method })).code, 200);
    }
    for (const target of ["", "/participants", "/participants/qos"]) await ask(200, "GET", `/v2/metrics/meetings/${meeting.id}${target}?type=live`);
    const { participants } = await ask(200, "GET", `/v2/metrics/meetings/${meeting.id}/participants?type=live`);
    has(participants[0], { id: "", user_id: "", user_name: "", device: "", join_time: "", audio_quality: "", video_quality: "", screen_share_quality: "" });
    has(await ask(200, "GET", `/v2/metrics/meetings/${meeting.id}/participants/${participants[0].user_id}/qos?type=live`), { user_id: "", user_name: "", user_qos: [] });
    await ask(204, "PUT", `/v2/meetings/${meeting.id}/status`, { action: "end" });
  } finally {
    client.kill();
  }
  const past = await until("the meeting to be over", async () => (await server.call("GET", `/v2/past_meetings/${meeting.id}`)).json?.end_time && (await ask(200, "GET", `/v2/past_meetings/${meeting.id}`)), 30);
  has(past, { uuid: "", id: 1, start_time: "", end_time: "", duration: 1, total_minutes: 1, participants_count: 1, user_name: "", user_email: "" });
  const uuid = encodeURIComponent(past.uuid);
  has((await ask(200, "GET", `/v2/past_meetings/${meeting.id}/instances`)).meetings[0], { uuid: "", start_time: "" });
  const who = (await ask(200, "GET", `/v2/past_meetings/${uuid}/participants`)).participants[0];
  has(who, { id: "", user_id: "", name: "", user_email: "", join_time: "", leave_time: "", duration: 1, status: "" });
  for (const what of ["polls", "qa"]) has(await ask(200, "GET", `/v2/past_meetings/${uuid}/${what}`), { uuid: "", questions: [] });

  const today = new Date().toISOString().slice(0, 10);
  has((await ask(200, "GET", `/v2/report/users?type=active&from=${today}&to=${today}`)).users[0], { id: "", email: "", meetings: 1, participants: 1, meeting_minutes: 1 });
  has((await ask(200, "GET", `/v2/report/users/${me.id}/meetings?from=${today}&to=${today}`)).meetings[0], { uuid: "", id: 1, topic: "", start_time: "", end_time: "", duration: 1, participants_count: 1 });
  has(await ask(200, "GET", `/v2/report/meetings/${uuid}`), { uuid: "", id: 1, topic: "", participants_count: 1 });
  has((await ask(200, "GET", `/v2/report/meetings/${uuid}/participants`)).participants[0], { id: "", user_id: "", name: "", join_time: "", leave_time: "", duration: 1 });
  for (const what of ["polls", "qa"]) await ask(200, "GET", `/v2/report/meetings/${uuid}/${what}`);
  has(await ask(200, "GET", "/v2/report/daily"), { year: 1, month: 1, dates: [] });
  has(await ask(200, "GET", "/v2/report/operationlogs"), { ...page, operation_logs: [] });
  has(await ask(200, "GET", "/v2/report/activities"), { ...page, activity_logs: [] });
  has(await ask(200, "GET", "/v2/report/telephone"), { ...page, telephony_usage: [] });
  has(await ask(200, "GET", "/v2/report/cloud_recording"), { cloud_recording_storage: [] });
  has(await ask(200, "GET", `/v2/metrics/meetings?type=past&from=${today}&to=${today}`), { ...page, meetings: [] });
  for (const target of ["", "/participants", "/participants/qos"]) await ask(200, "GET", `/v2/metrics/meetings/${uuid}${target}?type=past`);

  // Row 35's own test is trap 9, which has a recording; here there is none.
  assert.equal((await ask(404, "GET", `/v2/meetings/${meeting.id}/recordings`)).code, 3301);
  has(await ask(200, "GET", `/v2/users/me/recordings?from=${today}&to=${today}&trash=false`), { ...page, meetings: [] });
  for (const [method, target, body] of [["DELETE", "recordings?action=trash"], ["DELETE", "recordings/nothing"], ["GET", "recordings/settings"], ["PATCH", "recordings/settings", { share_recording: "none" }],
    ["PUT", "recordings/status", { action: "recover" }]]) {
    const got = await server.call(method, `/v2/meetings/${meeting.id}/${target}`, body);
    assert.equal(got.status, 404, `${method} ${target}: ${say(got)}`);
  }
});

test("what is not there inside of what is there is 404, never an empty success", async () => {
  const hook = await ask(201, "POST", "/v2/marketplace/app/event_subscription", { events: ["meeting.created"], event_webhook_url: "https://hooks.example/x", secret_token: "0123456789abcdef" }).catch(() => undefined);
  const wrong = [];
  for (const [method, target, body] of [
    ["GET", `/v2/meetings/${meeting.id}/registrants/nobody`], ["GET", `/v2/meetings/${meeting.id}/registrants?occurrence_id=17`], ["DELETE", `/v2/users/${ada}/assistants/nobody`],
    ["DELETE", `/v2/users/${ada}/schedulers/nobody`], ["GET", `/v2/meetings/${meeting.id}/polls/nothing`], ["PUT", `/v2/meetings/${meeting.id}/polls/nothing`, { title: "x", questions: [{ name: "q", type: "single", answers: ["a", "b"] }] }],
    ["GET", `/v2/metrics/meetings/${meeting.id}/participants/999/qos`], ["GET", "/v2/roles/nothing/members"], ["GET", "/v2/groups/nothing/members"], ["GET", "/v2/users/nobody/meetings"], ["GET", "/v2/users/nobody/recordings"],
    ["GET", "/v2/report/users/nobody/meetings"], ["GET", "/v2/report/meetings/81234567890/participants"], ["GET", "/v2/past_meetings/81234567890/instances"],
    ...(hook ? [["GET", `/v2/marketplace/app/event_subscription/${hook.event_subscription_id ?? hook.id}/deliveries/nothing`]] : []),
  ]) {
    const got = await server.call(method, target, body);
    if (got.status !== 404) wrong.push(`${method} ${target}: ${say(got)}`);
  }
  assert.deepEqual(wrong, []);
});
