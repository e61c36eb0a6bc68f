import { expect, test } from "vitest";
import { once, UnderWay } from "../src/activities/once";

test("a second press while the first one is under way does nothing; afterwards, also after a failure, it does", async () => {
  const doing = once();
  let done = 0;
  let end!: () => void;
  const act = () => {
    done += 1;
    return new Promise<void>((resolve) => { end = resolve; });
  };
  const first = doing(act);
  await doing(act);
  expect(done).toBe(1);
  end();
  await first;
  await expect(doing(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  void doing(act);
  expect(done).toBe(2);
});

test("a file that goes out with one message is not taken by the next one, and is there again when that message fails", async () => {
  const going = new UnderWay<number>();
  let fail!: (why: Error) => void;
  const first = going.during([1, 2], () => new Promise<void>((_, reject) => { fail = reject; }));
  expect(going.free([1, 2, 3])).toEqual([3]);
  fail(new Error("refused"));
  await expect(first).rejects.toThrow("refused");
  expect(going.free([1, 2, 3])).toEqual([1, 2, 3]);
});
