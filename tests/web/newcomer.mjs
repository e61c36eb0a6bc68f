// All that a newcomer does with nothing but the printed link and browsers: set up, schedule, meet, record, play back, administer.
// node newcomer.mjs '{"link":..,"password":..,"sealhall":..,"y4m":..,"wav":..,"tones":{NAME:HZ,..}}' tells what happens as JSON
// lines; words on standard input begin the parts that need the native client. Ada sends the sound of the file, Bob and Carol
// tones of their own.
import { execFileSync } from "node:child_process";
import { loudness, microphoneOf, screenToShare, tile } from "./browser.mjs";
import { control, join, openPage, panel, said, screenshot, session, until } from "./meeting.mjs";

const topic = "First of all";

await session(async ({ wanted, browser, say, heard, findings }) => {
  const ada = await openPage(browser, { permissions: ["clipboard-read", "clipboard-write", "camera", "microphone"] });
  const button = (name) => ada.getByRole("button", { name, exact: true });
  const at = (path) => new URL(path, wanted.link).href;

  // ---- the wizard ----
  await ada.goto(wanted.link);
  await ada.getByLabel("Your name").fill("Ada");
  await ada.getByLabel("Name or e-mail address to sign in with").fill("ada@example.org");
  await ada.getByRole("textbox", { name: "Password" }).fill(wanted.password);
  await button("Create administrator").click();
  await ada.getByRole("heading", { level: 1, name: "Your organisation, and who may join" }).waitFor();
  await ada.getByLabel("Name of your organisation").fill("Newcomers");
  await button("Next").click();
  await ada.getByRole("heading", { name: "Where the keys live" }).waitFor();
  await ada.getByText("sealhall keys kit --data").waitFor();
  const [, ...words] = (await ada.locator(".command code").innerText()).split(" ");
  const kit = execFileSync(wanted.sealhall, words).toString();
  await ada.getByText("The recovery kit was shown on the server").waitFor();
  await ada.getByLabel(/Is the sheet in your hand/).fill(/signed by the key (\w{6})/.exec(kit)[1]);
  await button("Check").click();
  await ada.getByText("That is the sheet of this server").waitFor();
  await button("Next").click();
  await ada.getByText(/This browser (reaches|could)/).waitFor();
  await button("Next").click();
  await ada.getByRole("heading", { name: "Your server is ready" }).waitFor();

  // ---- a meeting is scheduled, and begun by its button ----
  await ada.goto(at("/app"));
  await button("Schedule").click();
  await ada.getByLabel("Topic").fill(topic);
  await ada.getByText("Waiting room", { exact: true }).click();
  await button("Schedule").click();
  await ada.getByRole("heading", { level: 1, name: topic }).waitFor();
  await button("Copy link").first().click();
  await ada.getByText("Copied").first().waitFor();
  const link = await ada.evaluate(() => navigator.clipboard.readText());
  await button("Start").click();
  await ada.getByLabel("Your name").fill("Ada");
  await ada.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0);
  await button("Join").click();
  await ada.getByRole("toolbar").first().waitFor();
  say("begun", { link });
  await heard("native waits");

  // ---- everybody waits, is let in, and sees everybody ----
  const pages = { Ada: ada };
  for (const name of ["Bob", "Carol"]) {
    pages[name] = await openPage(browser);
    await pages[name].addInitScript(microphoneOf, wanted.tones[name]);
    if (name === "Bob") await pages[name].addInitScript(screenToShare, 0);
    await join(pages[name], link, name);
    await pages[name].getByText("A host will let you in soon.").waitFor();
  }
  const { Bob: bob, Carol: carol } = pages;
  await panel(ada, "People");
  for (const name of ["Native", "Bob", "Carol"]) await ada.getByRole("button", { name: `Admit: ${name}` }).click();
  for (const page of [bob, carol]) await page.getByRole("toolbar").first().waitFor();
  const seen = {};
  for (const [viewer, page] of Object.entries(pages)) {
    for (const name of ["Ada", "Bob", "Carol", "Native"].filter((n) => n !== viewer)) {
      seen[`${viewer} sees ${name}`] = await until(`${viewer} to see ${name}`, async () => {
        const shown = await tile(page, name);
        return shown.frames >= 10 ? shown : null;
      }, 90);
    }
  }
  await screenshot(ada, "newcomer-together", findings);
  // In decibel, by listener and tone. Its own comes to nobody: what is measured there is what is not heard.
  const sounds = {};
  for (const [listener, page] of Object.entries(pages)) {
    await until(`${listener} to hear everybody else`, async () => {
      const loud = sounds[listener] = await loudness(page, wanted.tones);
      return Object.keys(loud).every((name) => name === listener || (loud[name] > -60 && loud[name] > loud[listener] + 10));
    }, 60).catch(() => undefined);
  }
  say("together", { seen, sounds });

  // ---- chat, a poll, a shared screen ----
  await panel(ada, "Chat");
  await ada.getByRole("textbox", { name: "Message" }).fill("Welcome, all of you");
  await ada.getByRole("button", { name: "Send", exact: true }).click();
  await panel(bob, "Chat");
  await said(bob, "Welcome, all of you").waitFor();
  await panel(ada, "Polls");
  await ada.getByRole("button", { name: "New poll" }).click();
  await ada.getByLabel("Title").fill("Lunch");
  await ada.getByRole("textbox", { name: "Question 1" }).fill("What shall we eat?");
  await ada.getByRole("textbox", { name: "Answer 1" }).fill("Soup");
  await ada.getByRole("textbox", { name: "Answer 2" }).fill("Salad");
  await ada.getByRole("button", { name: "Start the poll" }).click();
  for (const [page, answer] of [[bob, "Soup"], [carol, "Salad"]]) {
    await control(page, "Polls").waitFor();
    await panel(page, "Polls");
    await page.getByText(answer, { exact: true }).click();
    await page.getByRole("button", { name: "Vote", exact: true }).click();
    await page.getByText("The results appear here when a host shares them.").waitFor();
  }
  say("voted");
  await heard("native voted");
  // Whoever leads sees the votes come; the others, nothing before the results are shared.
  await ada.locator(".poll .hint", { hasText: "3 voted" }).waitFor();
  await ada.getByRole("button", { name: "Close the poll" }).click();
  await ada.getByRole("button", { name: "Share the results" }).click();
  await bob.locator(".results").waitFor();
  const poll = await bob.locator(".results li").allInnerTexts();
  await control(bob, "Share screen").click();
  const shared = await until("the shared screen", () => carol.evaluate(() => document.querySelector('.tile[data-share="true"] video')?.videoWidth ?? 0), 60);
  await screenshot(carol, "newcomer-shared", findings);
  await bob.getByRole("button", { name: "Stop sharing" }).first().click();
  await until("no shared screen", async () => (await carol.locator('.tile[data-share="true"]').count()) === 0);

  // ---- recorded with consent ----
  await control(ada, "Record").click();
  await ada.getByRole("dialog", { name: "Record" }).getByRole("button", { name: "Start recording" }).click();
  for (const page of [ada, bob, carol]) await page.getByRole("button", { name: "I agree" }).click();
  await until("no question", async () => (await ada.locator("[data-consent]").count()) === 0);
  await ada.waitForTimeout(10_000); // so that the film has a length
  await panel(ada, "Host");
  await ada.getByRole("button", { name: "Stop recording" }).click();
  await until("nobody to record", async () => (await carol.locator("[data-recorded]").count()) === 0);

  // ---- Bob is removed: new keys, and pictures go on under them ----
  await panel(carol, "Encrypt");
  const generation = () => carol.evaluate(() => Number(document.querySelector("[data-generation]")?.dataset.generation ?? 0));
  const before = await until("the generation of the keys", generation);
  await panel(ada, "People");
  await ada.getByRole("button", { name: "What to do with Bob" }).click();
  await ada.getByRole("menuitem", { name: "Remove from the meeting" }).click();
  await ada.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await bob.getByText("A host has removed you from the meeting.").waitFor();
  const after = await until("new keys", async () => { const now = await generation(); return now > before ? now : null; });
  const frames = (await tile(carol, "Ada")).frames;
  await until("pictures under the new keys", async () => (await tile(carol, "Ada")).frames > frames + 20, 60);
  say("removed", { poll, shared, before, after });
  await heard("seen");

  // ---- administered: what runs is ended ----
  await ada.getByRole("button", { name: "Leave", exact: true }).first().click();
  await ada.getByText("You have left the meeting.").waitFor();
  await ada.goto(at("/admin/live"));
  await ada.getByRole("link", { name: topic }).waitFor();
  await ada.getByRole("button", { name: "End meeting" }).click();
  await ada.getByRole("dialog").getByRole("button", { name: "End meeting" }).click();
  await ada.getByText("No meeting runs now").waitFor();
  await ada.goto(at("/admin/meetings"));
  await ada.getByRole("link", { name: topic, exact: true }).click();
  await ada.getByRole("cell", { name: "Native" }).first().waitFor();
  const people = await ada.locator('main tbody td[data-label="Name"]').allTextContents();
  await screenshot(ada, "newcomer-administered", findings);
  say("ended", { people });

  // ---- played back ----
  const recorded = ada.getByRole("link", { name: topic, exact: true });
  await until("the recording in the list", async () => {
    await ada.goto(at("/app/recordings"));
    return recorded.waitFor({ timeout: 5000 }).then(() => true, () => false);
  }, 60);
  await recorded.click();
  await ada.waitForFunction(() => document.querySelector("video")?.readyState >= 1, null, { timeout: 240_000 });
  const film = await ada.locator("video").evaluate(async (v) => {
    await v.play();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    v.pause();
    return { duration: v.duration, width: v.videoWidth, frames: v.getVideoPlaybackQuality().totalVideoFrames };
  });
  await screenshot(ada, "newcomer-played", findings);
  // Not being signed in yet, and what is not there yet, are no complaints.
  const problems = [ada, bob, carol].flatMap((p) => p.problems).filter((p) => !/Failed to load resource.*status of (400|401|404)/.test(p));
  say("done", { film, findings, problems });
  await heard("leave");
});
