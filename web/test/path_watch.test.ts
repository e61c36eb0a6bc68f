// When a new transport is asked for: no sleeping, the time is an argument.
import { expect, test } from "vitest";
import { PathWatch } from "../src/media/path_watch";

function connected(): PathWatch {
  const watch = new PathWatch();
  watch.started(0);
  watch.connection("connecting", 10);
  watch.connection("connected", 100);
  return watch;
}

test("while media flows nothing is asked for", () => {
  const watch = connected();
  for (const now of [100, 10_000, 1_000_000]) expect(watch.due(now)).toBeUndefined();
});

test("a disconnection has a second to end by itself", () => {
  const watch = connected();
  watch.connection("disconnected", 5000);
  expect(watch.due(5900)).toBeUndefined();
  watch.connection("connected", 5950);
  expect(watch.due(9000)).toBeUndefined();
  watch.connection("disconnected", 10_000);
  expect(watch.due(11_000)).toBe("renew");
});

test("failure does not wait, and is asked about once", () => {
  const watch = connected();
  watch.connection("failed", 5000);
  expect(watch.due(5000)).toBe("renew");
  expect(watch.due(5500)).toBeUndefined();
  watch.started(5600);
  expect(watch.due(5700)).toBeUndefined();
});

test("a server that brings no new transport is joined again", () => {
  const watch = connected();
  watch.connection("failed", 5000);
  watch.due(5000);
  expect(watch.due(8900)).toBeUndefined();
  expect(watch.due(9000)).toBe("rejoin");
});

test("a network that is back brings a new transport at once; none is asked for while there is no network", () => {
  const watch = connected();
  watch.network(false);
  watch.connection("failed", 3000);
  expect(watch.due(9000)).toBeUndefined();
  watch.network(true);
  expect(watch.due(9001)).toBe("renew");
  expect(watch.due(9002)).toBeUndefined();
});

test("a new transport that does not come up in time is asked for again", () => {
  const watch = new PathWatch();
  watch.started(0);
  watch.connection("connecting", 50);
  expect(watch.due(7900)).toBeUndefined();
  expect(watch.due(8100)).toBe("renew");
});
