// What a person sets for their own meetings, and takes back again.
import { until } from "./browser.mjs";

export async function ownRules({ page, link, looks, contrasts, inChinese }) {
  const told = () => page.evaluate(async () => (await (await fetch("/api/me/policies")).json()).policies.find((p) => p.name === "chat.private"));
  const row = page.locator('[data-rule="chat.private"]');
  await page.goto(new URL("/app/settings/meetings", link).href);
  await row.waitFor();
  await looks("own-rules");
  await contrasts("own-rules");
  const before = await told();
  await row.locator("label").click();
  await until("it to be the person's own", async () => (await row.getAttribute("data-source")) === "user");
  await page.getByText("Saved.").waitFor();
  const set = await told();
  const people = page.locator('[data-rule="meeting.max_participants"]');
  const field = people.locator("input");
  const type = async (number) => {
    await field.fill(number);
    await field.press("Enter");
  };
  await type("5000000");
  await until("the number within its limits", async () => (await field.inputValue()) === "1000");
  await type("50");
  await until("the number to be the person's own", async () => (await people.getAttribute("data-source")) === "user");
  if (!(await field.evaluate((shown) => shown === document.activeElement))) throw new Error("the field has lost the focus");
  await people.getByRole("button", { name: /^Set it back/ }).click();
  await until("the standard number", async () => (await field.inputValue()) === "1000");
  await row.getByRole("button", { name: /^Set it back/ }).click();
  await until("it to be the standard again", async () => (await row.getAttribute("data-source")) === before.source);
  const back = await told();
  await inChinese("/app/settings/meetings", "own-rules");
  return { before: before.value, set: [set.value, set.source], back: [back.value, back.source] };
}
