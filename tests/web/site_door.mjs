// Who else may come in, and who may not, on the page of a meeting: a link for one guest, a ban that is lifted; and how it is recorded.
import { until } from "./browser.mjs";
import { panel } from "./meeting.mjs";

/** A link for one guest, copied and taken back, on the page of the meeting that is shown. */
export async function guestLink({ page, button, look }, id) {
  const guests = () => page.evaluate(async (meeting) => (await (await fetch(`/api/meetings/${meeting}/guests`)).json()).guests, id);
  await page.getByLabel("Name of the guest").fill("Grace <i>");
  await button("Make a guest's link").click();
  await page.getByText("Grace <i>", { exact: true }).waitFor();
  const made = await guests();
  await button("Copy the guest's link").click();
  const copied = await until("the guest's link", async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    return text.startsWith("https://") && text.includes("tk=") && text;
  });
  await look("meeting-guest");
  await page.getByRole("button", { name: /^Take back the link of Grace/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take it back" }).click();
  await until("the guest to be off the list", async () => (await page.getByText("Grace <i>", { exact: true }).count()) === 0);
  return { made, copied, left: await guests() };
}

/** Banned by a menu in the meeting, which the host then leaves, and let in again on its page; how many stood there. */
export async function banned({ page, button, look, link }, guest, address) {
  await panel(page, "People");
  await page.getByRole("button", { name: "What to do with Guest" }).click();
  await page.getByRole("menuitem", { name: "Ban for good" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Ban" }).click();
  await until("the guest to be gone", () => page.evaluate(() => [...document.querySelectorAll(".tile")].filter((t) => !t.hidden).length === 1), 40);
  await guest.context().close();
  await button("Leave").first().click();
  await page.getByText("You have left the meeting.").waitFor();
  const heading = page.getByRole("heading", { name: /^Not let in any more/ });
  await until("the ban on the meeting's page", async () => {
    await page.goto(new URL(`/app/meetings/${/\/j\/(\d+)/.exec(address)[1]}`, link).href);
    return heading.waitFor({ timeout: 5000 }).then(() => true, () => false);
  }, 40);
  const lift = page.getByRole("button", { name: /^Let in again: number/ });
  const count = await lift.count();
  await look("meeting-banned");
  await lift.first().click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Let in again" }).click();
  await until("nobody to be banned", async () => (await heading.count()) === 0);
  return count;
}

/** How the meeting that is shown is recorded: said by itself, then as the organisation has it. */
export async function howRecorded({ page, button }, id) {
  const told = () => page.evaluate(async (meeting) => (await fetch(`/api/meetings/${meeting}/recording-settings`)).json(), id);
  const before = await told();
  await page.getByLabel("Layout").selectOption("speaker");
  await until("the layout", async () => (await told()).layout === "speaker");
  await page.getByLabel("Kept for").selectOption("30");
  await until("how long it is kept", async () => (await told()).retention_days === 30);
  const own = await told();
  await button("As the organisation has it").click();
  await until("the organisation's", async () => (await told()).layout === before.layout);
  return { before, own, after: await told() };
}
