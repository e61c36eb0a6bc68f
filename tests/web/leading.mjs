// Three browsers, one of which leads: waiting room, host controls, recording with consent, breakout rooms, removal.
// node leading.mjs '{"link":..,"native":..}' tells what happens as JSON lines; words on standard input begin the parts.
import { control, everyWay, join, joinQuietly, openPage, panel, said, screenshot, session, until } from "./meeting.mjs";
import { tile } from "./browser.mjs";

await session(async ({ wanted, browser, say, heard, findings }) => {
  // Bob's camera is on from the beginning, the others' when pictures are looked at: the machine has other things to do.
  const enter = async (name) => {
    const page = await openPage(browser);
    await (name === "Bob" ? join(page, wanted.link, name, { muted: true }) : joinQuietly(page, wanted.link, name));
    return page;
  };
  const inside = (page) => page.getByRole("toolbar").waitFor({ timeout: 60_000 });
  const frames = async (page, name, more) => {
    const before = (await tile(page, name)).frames;
    return until(`${more}: pictures of ${name}`, async () => (await tile(page, name)).frames > before + 5, 60);
  };
  const ada = await enter("Ada");
  const bob = await enter("Bob");
  await inside(ada);
  await inside(bob);
  say("inside");
  await heard("host");
  await control(ada, "Host").waitFor({ timeout: 20_000 });

  const choose = async (name, what) => {
    await ada.getByRole("button", { name: `What to do with ${name}` }).click();
    await ada.getByRole("menuitem", { name: what }).click();
  };
  await panel(ada, "People");
  await choose(wanted.native, "Take co-host rights back");

  // ---- the waiting room ----
  await panel(ada, "Host");
  await screenshot(ada, "host-controls", findings);
  await everyWay(ada, "host-controls", findings);
  await ada.getByText("Waiting room", { exact: true }).click();
  await ada.waitForTimeout(500);
  const carol = await enter("Carol");
  await carol.getByText("A host will let you in soon.").waitFor({ timeout: 60_000 });
  await panel(ada, "Chat");
  const write = async (page, text, to) => {
    if (to) await page.getByRole("combobox", { name: /^To/ }).selectOption({ label: to });
    await page.getByRole("textbox", { name: "Message" }).fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
  };
  await write(ada, "One minute, please", "Waiting room");
  await said(carol, "One minute, please").waitFor();
  await write(carol, "I am early");
  await said(ada, "I am early").waitFor();
  await screenshot(carol, "waiting-room", findings);
  await panel(ada, "People");
  await ada.getByText("Waiting to come in (1)").waitFor();
  await screenshot(ada, "people-waiting", findings);
  await everyWay(ada, "people-waiting", findings);
  const early = await carol.evaluate(() => document.querySelectorAll(".tile").length);
  await ada.getByRole("button", { name: "Admit: Carol" }).click();
  await inside(carol);
  await panel(bob, "Chat");
  const overheard = await said(bob, "I am early").count();
  await panel(ada, "Host");
  await ada.getByText("Lock the meeting", { exact: true }).click();
  say("locked", { early, overheard });
  await heard("unlock");
  await ada.getByText("Lock the meeting", { exact: true }).click();
  await ada.getByText("Waiting room", { exact: true }).click();

  // ---- with one person ----
  const muted = (page) => page.evaluate(() => document.querySelector('[data-item="mic"]').dataset.mark === "off");
  await control(bob, "Unmute").click();
  await until("Bob to be heard", async () => !(await muted(bob)));
  await panel(ada, "People");
  await ada.getByRole("button", { name: "What to do with Bob" }).click();
  await ada.getByRole("menuitem", { name: "Mute", exact: true }).waitFor();
  await screenshot(ada, "person-menu", findings);
  await ada.getByRole("menuitem", { name: "Mute", exact: true }).click();
  await until("Bob to be muted", () => muted(bob));
  await choose("Bob", "Ask to unmute");
  await bob.getByRole("heading", { name: "Ada asks you to unmute" }).waitFor();
  await screenshot(bob, "asked-to-unmute", findings);
  await bob.getByRole("alertdialog").getByRole("button", { name: "Unmute" }).click();
  await until("Bob to speak again", async () => !(await muted(bob)));
  await choose("Carol", "Change the name");
  await ada.getByLabel("New name").fill("Countess");
  await screenshot(ada, "rename", findings);
  await ada.getByRole("button", { name: "Change", exact: true }).click();
  await until("the name", () => carol.evaluate(() => document.body.innerText.includes("Countess")));
  await choose("Bob", "Spotlight for everyone");
  await ada.getByText("in the spotlight").first().waitFor({ state: "attached" });
  await choose("Bob", "Take out of the spotlight");
  await panel(bob, "People");
  await bob.getByRole("button", { name: `What to do with ${wanted.native}` }).click();
  await bob.getByRole("menuitem", { name: "Report to administrators" }).click();
  await bob.getByLabel("What happened?").fill("rude words");
  await screenshot(bob, "report", findings);
  await bob.getByRole("button", { name: "Send the report" }).click();
  await bob.getByText("Your report has reached the administrators.").waitFor();
  await panel(ada, "Host");
  await ada.getByRole("button", { name: "Suspend everything" }).click();
  await screenshot(ada, "suspend-asked", findings);
  await ada.getByRole("alertdialog").getByRole("button", { name: "Suspend everything" }).click();
  await bob.locator("[data-suspended]").waitFor();
  await until("everybody to be muted", () => muted(bob));
  await screenshot(bob, "suspended", findings);
  await ada.getByRole("button", { name: "Go on", exact: true }).click();
  await until("it to go on", async () => (await bob.locator("[data-suspended]").count()) === 0);
  // What somebody may not do is not offered.
  const offered = async (page) => (await control(page, "Share screen").count()) === 1;
  for (const may of [false, true]) {
    await ada.getByText("share their screen", { exact: true }).click();
    await until(`Bob's button to share to be ${may ? "there" : "gone"}`, async () => (await offered(bob)) === may && (await offered(ada)));
  }
  await ada.getByText("Lock the meeting", { exact: true }).click(); // it stays locked until a host opens the door
  for (const page of [ada, bob, carol]) await control(page, "Camera on").click(); // suspending has stopped Bob's
  say("led");

  // ---- recording ----
  await control(ada, "Record").click();
  const start = ada.getByRole("dialog", { name: "Record" }).getByRole("button", { name: "Start recording" });
  await start.waitFor();
  await screenshot(ada, "recording-start", findings);
  await start.click();
  for (const page of [ada, bob, carol]) await page.getByRole("heading", { name: "This meeting is being recorded" }).waitFor({ timeout: 60_000 });
  await screenshot(bob, "recording-consent", findings);
  await bob.getByRole("button", { name: "Leave me out" }).click();
  await bob.getByText("You are left out of it.").waitFor();
  for (const page of [ada, carol]) await page.getByRole("button", { name: "I agree" }).click();
  await until("no question", async () => (await ada.locator("[data-consent]").count()) === 0);
  await panel(ada, "People");
  await ada.getByText("is recording", { exact: true }).first().waitFor({ state: "attached" });
  await ada.getByText("not recorded").first().waitFor();
  await screenshot(ada, "recording-people", findings);
  const banner = await Promise.all([ada, bob, carol].map((p) => p.locator("[data-recorded]").innerText()));
  await ada.waitForTimeout(4000);
  await panel(ada, "Host");
  await ada.getByRole("button", { name: "Pause", exact: true }).click();
  await bob.getByText("The recording is paused.").waitFor({ timeout: 20_000 });
  await ada.getByRole("button", { name: "Go on recording" }).click();
  await bob.getByText("This meeting is being recorded.").waitFor({ timeout: 20_000 });
  await ada.getByRole("button", { name: "Stop recording" }).click();
  await until("nobody to record", async () => (await bob.locator("[data-recorded]").count()) === 0, 30);
  say("recorded", { banner });

  // ---- breakout rooms ----
  await panel(bob, "Chat");
  await panel(ada, "Rooms");
  await ada.getByRole("button", { name: "At random" }).click();
  const placed = await ada.locator(".people select.move").evaluateAll((all) => all.map((s) => s.value));
  for (const name of ["Bob", "Countess"]) await ada.getByLabel(`Room of ${name}`).selectOption({ label: "Room 1" });
  await ada.getByLabel(`Room of ${wanted.native}`).selectOption({ label: "Stays here" });
  await screenshot(ada, "rooms-plan", findings);
  await everyWay(ada, "rooms-plan", findings);
  await ada.getByRole("button", { name: "Open the rooms" }).click();
  for (const page of [bob, carol]) await page.locator(".meeting[data-room='1']").waitFor({ timeout: 30_000 });
  await frames(bob, "Countess", "in the room");
  await write(bob, "only here");
  await panel(carol, "Chat");
  await said(carol, "only here").waitFor();
  await ada.getByLabel("Say something in all rooms").fill("Five minutes <b>left</b>");
  await ada.getByRole("button", { name: "Send to all rooms" }).click();
  await bob.locator(".toast", { hasText: "Five minutes <b>left</b>" }).waitFor();
  await screenshot(ada, "rooms-lead", findings);
  await panel(bob, "Rooms");
  await screenshot(bob, "rooms-inside", findings);
  await bob.getByRole("button", { name: "Ask a host for help" }).click();
  await ada.locator(".problem", { hasText: "Bob asks for help." }).waitFor();
  await ada.getByRole("button", { name: "Go to Room 1" }).click();
  await ada.locator(".meeting[data-room='1']").waitFor({ timeout: 30_000 });
  await frames(ada, "Bob", "the host in the room");
  await ada.getByRole("button", { name: "Back to the main room" }).click();
  await ada.locator(".meeting[data-room='0']").waitFor({ timeout: 30_000 });
  await panel(ada, "Chat");
  const leaked = await said(ada, "only here").count();
  await panel(ada, "Rooms");
  await ada.getByRole("combobox", { name: /^Time to finish/ }).selectOption({ label: "30 seconds" });
  await ada.getByRole("button", { name: "Close all rooms" }).click();
  await bob.locator(".countdown").first().waitFor();
  await screenshot(bob, "rooms-closing", findings);
  for (const page of [bob, carol]) await page.locator(".meeting[data-room='0']").waitFor({ timeout: 60_000 });
  await frames(bob, "Ada", "back in the main room");
  say("rooms", { placed, leaked });

  // ---- removal ----
  const generation = (page) => page.evaluate(() => Number(document.querySelector("[data-generation]").dataset.generation));
  await panel(carol, "Encrypt");
  await carol.waitForTimeout(1200);
  const before = await generation(carol);
  await panel(ada, "People");
  await choose("Bob", "Remove from the meeting");
  await screenshot(ada, "remove-asked", findings);
  await ada.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await bob.getByText("A host has removed you from the meeting.").waitFor({ timeout: 20_000 });
  const after = await until("new keys", async () => { const now = await generation(carol); return now > before ? now : null; }, 30);
  await frames(carol, "Ada", "under the new keys");
  say("done", { before, after, findings, problems: [ada, bob, carol].flatMap((p) => p.problems) });
  await heard("leave");
});
