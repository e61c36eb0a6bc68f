// Two learners in the meeting of a learning platform: where they are when they have left, and when they were removed.
// node learners.mjs '{"ada":link,"bob":link,"back":address}' tells what happens as JSON lines; words on standard input begin the parts.
import { joinQuietly, openPage, screenshot, session } from "./meeting.mjs";

await session(async ({ wanted, browser, say, heard, findings }) => {
  const enter = async (link, name, options) => {
    const page = await openPage(browser, options);
    await joinQuietly(page, link, name);
    await page.getByRole("toolbar").waitFor({ timeout: 60_000 });
    return page;
  };
  const ada = await enter(wanted.ada, "Ada");
  const bob = await enter(wanted.bob, "Bob");
  say("inside");
  await ada.getByRole("button", { name: "Leave", exact: true }).click();
  await ada.waitForURL(wanted.back);
  say("left");
  await heard("removed");
  const on = bob.getByRole("link", { name: `Continue to ${new URL(wanted.back).host}` });
  await on.waitFor({ timeout: 30_000 });
  const stayed = bob.url() !== wanted.back;
  await screenshot(bob, "ended-on-a-platform", findings);
  await bob.emulateMedia({ colorScheme: "dark" });
  await screenshot(bob, "ended-on-a-platform-dark", findings);
  await on.click();
  await bob.waitForURL(wanted.back);
  say("done", { stayed, findings, problems: [...ada.problems, ...bob.problems] });
});
