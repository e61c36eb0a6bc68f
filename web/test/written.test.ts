import { expect, test } from "vitest";
import { beginChange, changeMade, endChange, unsentOf } from "../src/activities/chat/written";

test("what was being written is there again after an older message was changed, also after two of them", () => {
  const writing = { text: "half a sen", aside: null };
  expect(unsentOf(writing)).toBe("half a sen");
  const changing = beginChange(writing, "an older one");
  expect(changing.text).toBe("an older one");
  expect(unsentOf(changing)).toBe("half a sen");
  const another = beginChange({ ...changing, text: "" }, "an even older one");
  expect(endChange(another)).toEqual(writing);
  expect(endChange(writing)).toBe(writing);
});

test("nothing is lost of what is written while a change is on its way", () => {
  const sent = { ...beginChange({ text: "half a sen", aside: null }, "an older one"), text: "" };
  expect(changeMade(sent)).toEqual({ text: "half a sen", aside: null });
  expect(changeMade({ ...sent, text: "tence" })).toEqual({ text: "half a sen\ntence", aside: null });
  expect(changeMade({ text: "", aside: "" })).toEqual({ text: "", aside: null });
  // It was called off meanwhile.
  expect(changeMade({ text: "something else", aside: null })).toEqual({ text: "something else", aside: null });
});
