// bigbluebutton-js, unmodified, as a learning platform would use it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import https from "node:https";
import path from "node:path";
import { after, before, test } from "node:test";

import { need } from "../support/packages.mjs";
import { bin, Server, until } from "./harness.mjs";

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
  assert.ok(moderator.location.startsWith(`${server.url}/s/`), moderator.location);
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

/** The native client in a meeting; ends with `leave`. */
function attend(link, name) {
  const child = spawn(path.join(bin, "sealhall"), ["join", link, "--name", name, "--stats", "--host-commands", "--ca",
    path.join(server.folder, "data", "ca.pem")], { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, XDG_CONFIG_HOME: server.folder } });
  child.stdout.resume();
  return {
    say: (line) => child.stdin.write(`${line}\n`),
    leave: async () => {
      if (child.exitCode === null) {
        child.kill();
        await once(child, "exit");
      }
    },
  };
}

test("bigbluebutton-js: the recording of a lesson is listed, hidden, shown, described and deleted", async () => {
  const ready = `http://127.0.0.1:${receiver.address().port}/ready`;
  await bbb.http(api.administration.create("Recorded", "class-3", { moderatorPW: "mp", record: true, "meta_bbb-recording-ready-url": ready }));
  const link = await location(api.administration.join("Ada", "class-3", "mp"));
  const ada = attend(link.location, "Ada");
  try {
    const inside = async () => (await bbb.http(api.monitoring.getMeetingInfo("class-3")));
    await until("Ada to be in", async () => Number((await inside()).moderatorCount) === 1, 30);
    ada.say("/record-start");
    await until("the recording to run", async () => String((await inside()).recording) === "true", 30);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.equal((await bbb.http(api.administration.end("class-3", "mp"))).returncode, "SUCCESS");
  } finally {
    await ada.leave();
  }
  await until("the platform to hear of the recording", () => called.includes("/ready"), 100);
  const get = async (more = {}) => (await bbb.http(api.recording.getRecordings({ meetingID: "class-3", ...more }))).recordings;
  const [entry] = await get();
  assert.equal(entry.name, "Recorded");
  assert.equal(entry.state, "published");
  const page = await location(entry.playback.format.url);
  assert.equal(page.status, 200);
  assert.equal(String((await bbb.http(api.recording.publishRecordings(entry.recordID, false))).published), "false");
  const [hidden] = await get();
  assert.equal(hidden.state, "unpublished");
  assert.equal(hidden.playback?.format, undefined);
  assert.equal(String((await bbb.http(api.recording.updateRecordings(entry.recordID, { meta_a: "b" }))).updated), "true");
  assert.equal(String((await bbb.http(api.recording.publishRecordings(entry.recordID, true))).published), "true");
  const [again] = await get();
  assert.equal(String(again.metadata.a), "b");
  assert.equal(String((await bbb.http(api.recording.deleteRecordings(entry.recordID))).deleted), "true");
  assert.equal((await bbb.http(api.recording.getRecordings({ meetingID: "class-3" }))).messageKey, "noRecordings");
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
