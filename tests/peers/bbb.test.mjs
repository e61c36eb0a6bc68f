// bigbluebutton-js, unmodified, as a learning platform would use it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import https from "node:https";
import { after, before, test } from "node:test";

import { need } from "../support/packages.mjs";
import { Server, until } from "./harness.mjs";

const bbb = need("bigbluebutton-js");
let server, api, called, receiver;

/** Where a link leads, without following it. */
function location(url) {
  return new Promise((resolve, reject) => {
    https.get(url, { agent: https.globalAgent }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, location: response.headers.location ?? "" });
    }).on("error", reject);
  });
}

before(async () => {
  server = await (await Server.start("bbb", { options: ["--bbb-sha1", "--webhooks-anywhere"] })).setUp();
  called = [];
  receiver = createServer((request, response) => {
    called.push(request.url);
    response.end("ok");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const access = await server.call("POST", "/v2/bbb/secret");
  assert.equal(access.status, 201, access.text);
  api = bbb.api(access.json.url, access.json.secret);
});
after(async () => {
  receiver?.close();
  await server?.stop();
});

test("bigbluebutton-js: create, join, ask, list and end", async () => {
  const callback = `http://127.0.0.1:${receiver.address().port}/ended`;
  const make = () => bbb.http(api.administration.create("Algebra & <Geometry>", "class-1", {
    attendeePW: "ap", moderatorPW: "mp", duration: 60, record: true, "meta_endCallbackUrl": callback, meta_course: "7",
  }));
  const made = await make();
  assert.equal(made.returncode, "SUCCESS", JSON.stringify(made));
  assert.equal(made.meetingID, "class-1");
  assert.equal(made.attendeePW, "ap");
  assert.equal((await make()).messageKey, "duplicateWarning");

  const link = await location(api.administration.join("Grace Hopper", "class-1", "ap"));
  assert.equal(link.status, 302);
  assert.ok(link.location.startsWith(`${server.url}/j/`), link.location);
  const moderator = await location(api.administration.join("Ada", "class-1", "mp"));
  assert.equal(moderator.status, 302);
  const refused = await bbb.http(api.administration.join("Eve", "class-1", "wrong"));
  assert.equal(refused.messageKey, "invalidPassword");

  assert.equal(String((await bbb.http(api.monitoring.isMeetingRunning("class-1"))).running), "false");
  const info = await bbb.http(api.monitoring.getMeetingInfo("class-1"));
  assert.equal(info.returncode, "SUCCESS");
  assert.equal(info.meetingID, "class-1");
  assert.equal(String(info.hasUserJoined), "true");
  assert.equal(String(info.metadata.course), "7");
  const all = await bbb.http(api.monitoring.getMeetings());
  assert.deepEqual(all.meetings.map((m) => m.meetingID), ["class-1"]);

  const ended = await bbb.http(api.administration.end("class-1", "mp"));
  assert.equal(ended.messageKey, "sentEndMeetingRequest");
  assert.equal((await bbb.http(api.monitoring.getMeetingInfo("class-1"))).messageKey, "notFound");
  assert.equal((await bbb.http(api.monitoring.getMeetings())).messageKey, "noMeetings");
  await until("the end to be told", () => called.length > 0);
  assert.deepEqual(called, ["/ended?meetingID=class-1&recordingmarks=true"]);
});

test("bigbluebutton-js: recordings of a meeting that has none", async () => {
  const none = await bbb.http(api.recording.getRecordings({ meetingID: "class-1" }));
  assert.equal(none.returncode, "SUCCESS");
  assert.equal(none.messageKey, "noRecordings");
  assert.equal((await bbb.http(api.recording.publishRecordings("nothing", true))).messageKey, "notFound");
  assert.equal((await bbb.http(api.recording.deleteRecordings("nothing"))).messageKey, "notFound");
  assert.equal((await bbb.http(api.recording.updateRecordings("nothing", { meta_a: "b" }))).messageKey, "notFound");
});

test("bigbluebutton-js: a wrong secret gets nothing", async () => {
  const stranger = bbb.api(`${server.url}/bigbluebutton/`, "0".repeat(40));
  assert.equal((await bbb.http(stranger.monitoring.getMeetings())).messageKey, "checksumError");
});

test("bigbluebutton-js: meetings survive kill -9 of everything", async () => {
  const made = await bbb.http(api.administration.create("Physics", "class-2", {}));
  await server.killAndRestart();
  const info = await until("the meeting to be there again", async () => {
    const answer = await bbb.http(api.monitoring.getMeetingInfo("class-2"));
    return answer.returncode === "SUCCESS" ? answer : undefined;
  });
  assert.equal(info.internalMeetingID, made.internalMeetingID);
  assert.equal(info.meetingName, "Physics");
});
