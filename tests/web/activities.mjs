// Two browsers and a native host do things with each other: chat, files, reactions, hands, polls, questions, keyboard.
// node activities.mjs '{"link":..,"native":..}' tells what happens as JSON lines; words on standard input begin the parts.
import { readFileSync } from "node:fs";
import { inHighContrast } from "./browser.mjs";
import { control, everyWay, joinQuietly, openPage, panel, said, screenshot, session, until } from "./meeting.mjs";

await session(async ({ wanted, browser, say, heard, findings }) => {
  const names = ["Ada", "Bob"];
  const pages = [];
  for (const name of names) {
    const page = await openPage(browser);
    await joinQuietly(page, wanted.link, name);
    await page.getByRole("toolbar").waitFor({ timeout: 60_000 });
    pages.push(page);
  }
  const [ada, bob] = pages;
  const contrasts = (page, name) => inHighContrast(page, (way) => screenshot(page, `${name}-${way}`, findings, { changed: "colours" }));
  say("inside");
  await heard("cohost");
  await control(ada, "Host").waitFor({ timeout: 20_000 });

  // ---- chat ----
  const write = async (page, text, to) => {
    const field = page.getByRole("textbox", { name: "Message" });
    if (to) await page.getByRole("combobox", { name: /^To/ }).selectOption({ label: to });
    await field.fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
  };
  await panel(ada, "Chat");
  await screenshot(ada, "chat-empty", findings);
  await write(ada, "Hello, all of you", "Everyone");
  const unread = await until("Bob's unread count", () => bob.evaluate(() => document.querySelector('[data-item="chat"] .bar-count')?.textContent));
  const spoken = await until("a screen reader to be told", () => bob.evaluate(() => document.querySelector("[data-live]").textContent.includes("Hello, all of you")), 15);
  await panel(bob, "Chat");
  await write(ada, "just us two", "Bob");
  await said(bob, "just us two").waitFor();
  await bob.getByText("Private to you").waitFor();
  const item = (page, text) => page.locator(".message-item", { hasText: text }).first();
  await item(bob, "Hello, all").hover();
  await item(bob, "Hello, all").getByRole("button", { name: /^More about/ }).click();
  await bob.getByRole("menuitem", { name: "Reply" }).click();
  await write(bob, "Good morning, Ada");
  await ada.locator(".quote", { hasText: "Hello, all of you" }).waitFor();
  await item(bob, "Hello, all").hover();
  await item(bob, "Hello, all").getByRole("button", { name: /^React to/ }).click();
  await bob.getByRole("button", { name: "Heart" }).click();
  await ada.locator(".chip", { hasText: "1" }).waitFor();
  await item(ada, "Hello, all").hover();
  await item(ada, "Hello, all").getByRole("button", { name: /^More about/ }).click();
  await ada.getByRole("menuitem", { name: "Edit" }).click();
  await write(ada, "Hello, both of you");
  await said(bob, "Hello, both of you").waitFor();
  await write(ada, "a slip of the keyboard", "Everyone");
  await said(bob, "a slip of the keyboard").waitFor();
  await item(ada, "a slip").hover();
  await item(ada, "a slip").getByRole("button", { name: /^More about/ }).click();
  await ada.getByRole("menuitem", { name: "Delete" }).click();
  await bob.getByText("This message was deleted.").waitFor();
  say("chatted", { unread, spoken });
  await heard("hostile");
  await said(bob, "onerror").waitFor();
  await said(bob, "/login").waitFor();
  await write(ada, "x".repeat(100_000), "Everyone");
  await bob.getByRole("button", { name: "Show all of it" }).waitFor();
  const hostile = await bob.evaluate(() => ({
    images: document.querySelectorAll(".chat-list img, .chat-list script, .chat-list iframe").length, title: document.title,
    bidi: /[\u202A-\u202E\u2066-\u2069]/.test(document.querySelector(".chat-list").innerText),
    links: [...document.querySelectorAll(".chat-list a")].map((a) => ({ href: a.href, rel: a.rel, target: a.target, told: a.nextElementSibling?.textContent ?? "" })),
    wide: document.documentElement.scrollWidth <= innerWidth, longest: Math.max(...[...document.querySelectorAll(".said")].map((p) => p.textContent.length)),
  }));
  await bob.getByRole("button", { name: "Search the chat" }).click();
  await bob.getByRole("searchbox", { name: "Search the chat" }).fill("morning ada");
  const found = await bob.locator(".message-item").count();
  await screenshot(bob, "chat-search", findings);
  await bob.getByRole("button", { name: "Search the chat", exact: true }).last().click();
  say("hostile", { hostile, found });

  // ---- files ----
  const content = readFileSync(wanted.file);
  await ada.locator('.composer input[type="file"]').setInputFiles({ name: 'sum\u202Efdp.<img src=x onerror=alert(1)>.exe', mimeType: "text/html", buffer: content });
  await ada.locator(".composer .file-line progress, .composer .file-line[data-state=checking], .composer .file-line[data-state=done]").first().waitFor();
  await ada.locator(".composer .file-line[data-state=done]").waitFor({ timeout: 60_000 });
  await screenshot(ada, "chat-upload", findings);
  await write(ada, "The sums", "Everyone");
  const line = bob.locator(".file-line").last();
  await line.waitFor();
  const coming = bob.waitForEvent("download");
  await line.getByRole("button", { name: /^Download/ }).click();
  const download = await coming;
  const same = Buffer.compare(readFileSync(await download.path()), content) === 0;
  await ada.locator('.composer input[type="file"]').setInputFiles({ name: "bad.bin", mimeType: "application/octet-stream", buffer: Buffer.from(wanted.virus) });
  await ada.locator(".composer .file-line .bad-words").waitFor({ timeout: 30_000 });
  const refusal = await ada.locator(".composer .file-line .bad-words").innerText();
  await screenshot(ada, "chat-file-refused", findings);
  await ada.getByRole("button", { name: "Remove bad.bin" }).click();
  await screenshot(bob, "chat-full", findings);
  await contrasts(bob, "chat-full");
  say("files", { same, name: download.suggestedFilename(), shown: await line.innerText(), refusal, images: await bob.evaluate(() => document.querySelectorAll(".file-line img").length) });

  // ---- reactions and hands ----
  await ada.locator('[data-item="react"]').click();
  await ada.getByRole("button", { name: "Applause" }).click();
  await bob.locator(".floating-emoji", { hasText: "👏" }).waitFor({ timeout: 5000 });
  await screenshot(bob, "reactions", findings, { delay: 400, moving: true });
  await until("the first to be gone", async () => (await bob.locator(".floating-emoji").count()) === 0);
  await bob.emulateMedia({ reducedMotion: "reduce" });
  await ada.getByRole("button", { name: "Applause" }).click();
  const moves = await until("another", () => bob.evaluate(() => { const li = document.querySelector(".floating li"); return li ? getComputedStyle(li).animationName : null; }));
  await ada.keyboard.press("Escape");
  await bob.emulateMedia({ reducedMotion: "no-preference" });
  await bob.evaluate(() => document.activeElement?.blur());
  await bob.keyboard.press("r");
  await until("Bob's hand", () => bob.evaluate(() => document.querySelector('[data-item="hand"]')?.dataset.mark === "on"));
  say("reacted", { moves });
  await heard("hands");
  await panel(ada, "People");
  await until("two hands", async () => (await ada.locator(".hands li").count()) === 2);
  const order = await ada.locator(".hands li .grow").allInnerTexts();
  await screenshot(ada, "people-hands", findings);
  await contrasts(ada, "people-hands");
  await ada.getByRole("button", { name: "Lower all hands" }).click();
  await until("no hands", async () => (await ada.locator(".hands li").count()) === 0);
  say("hands", { order });

  // ---- polls ----
  await panel(ada, "Polls");
  await screenshot(ada, "polls-empty", findings);
  await ada.getByRole("button", { name: "New poll" }).click();
  await ada.getByLabel("Title").fill("Lunch");
  await ada.getByRole("textbox", { name: "Question 1" }).fill("What shall we eat?");
  await ada.getByRole("textbox", { name: "Answer 1" }).fill("Soup");
  await ada.getByRole("textbox", { name: "Answer 2" }).fill('Salad <b>"green"</b>');
  await ada.getByRole("button", { name: "Add a question" }).click();
  await ada.getByRole("textbox", { name: "Question 2" }).fill("And to drink?");
  for (const [k, drink] of ["Tea", "Coffee"].entries()) await ada.getByRole("textbox", { name: `Answer ${k + 1}` }).last().fill(drink);
  await ada.getByText("Several answers may be chosen").last().click();
  await screenshot(ada, "polls-form", findings);
  await ada.getByRole("button", { name: "Start the poll" }).click();
  await control(bob, "Polls").waitFor({ timeout: 20_000 });
  await panel(bob, "Polls");
  await bob.getByText('Salad <b>"green"</b>').click();
  await bob.getByText("Tea", { exact: true }).click();
  await bob.getByText("Coffee", { exact: true }).click();
  await screenshot(bob, "polls-vote", findings);
  await bob.getByRole("button", { name: "Vote", exact: true }).click();
  await bob.getByText("The results appear here when a host shares them.").waitFor();
  say("voted");
  await heard("shared");
  await ada.getByRole("button", { name: "Close the poll" }).click();
  await ada.getByRole("button", { name: "Share the results" }).click();
  await bob.locator(".results").waitFor();
  await screenshot(ada, "polls-results-host", findings);
  await screenshot(bob, "polls-results", findings);
  const results = await bob.locator(".results li").allInnerTexts();
  const bars = await bob.evaluate(() => [...document.querySelectorAll(".result-fill")].map((b) => Math.round((b.getBoundingClientRect().width / b.parentElement.getBoundingClientRect().width) * 100)));
  await contrasts(bob, "polls-results");
  say("poll", { results, bars, voters: await ada.locator(".results small").allInnerTexts() });

  // ---- questions ----
  await panel(bob, "Q&A");
  await screenshot(bob, "questions-empty", findings);
  await bob.getByLabel("Your question").fill("Who pays?");
  await bob.getByText("Ask anonymously").click();
  await bob.getByRole("button", { name: "Ask", exact: true }).click();
  await panel(ada, "Q&A");
  await ada.getByText("Who pays?").waitFor();
  const asker = await ada.locator(".question small").first().innerText();
  say("asked", { asker });
  await heard("upvoted");
  await ada.getByRole("button", { name: "Vote for this question, 1 vote" }).click();
  await bob.getByRole("button", { name: "Vote for this question, 2 votes" }).waitFor();
  await ada.getByRole("button", { name: "Answer", exact: true }).click();
  await ada.getByLabel("Your answer").fill("We do.");
  await ada.getByRole("button", { name: "Answer", exact: true }).click();
  await bob.locator(".answer", { hasText: "We do." }).waitFor();
  await bob.getByLabel("Your question").fill("Something off the topic");
  await bob.getByRole("button", { name: "Ask", exact: true }).click();
  await ada.getByText("Something off the topic").waitFor();
  await screenshot(ada, "questions-host", findings);
  await ada.locator(".question", { hasText: "off the topic" }).getByRole("button", { name: "Dismiss" }).click();
  await until("it to be gone", async () => (await bob.locator(".question", { hasText: "off the topic" }).count()) === 0);
  await screenshot(bob, "questions", findings);
  await contrasts(bob, "questions");

  // ---- keyboard ----
  const muted = () => bob.evaluate(() => document.querySelector('[data-item="mic"]').dataset.mark === "off");
  await bob.getByLabel("Your question").pressSequentially("mmm");
  const stillMuted = await muted();
  await bob.evaluate(() => document.activeElement.blur());
  await bob.keyboard.press("m");
  await until("M to unmute", async () => !(await muted()));
  await bob.keyboard.press("m");
  await until("M to mute", muted);
  await bob.keyboard.down(" ");
  await until("Space to let Bob speak", async () => !(await muted()));
  await bob.keyboard.up(" ");
  await until("and no longer", muted);
  // Digits pin: 1 is the first of the others.
  const large = () => bob.locator('.tile[data-main="true"]').count();
  const before = await large();
  await bob.keyboard.press("1");
  await until("1 to pin", async () => (await large()) === 1);
  await bob.keyboard.press("1");
  await until("1 to let go", async () => (await large()) === before && before > 1);
  await bob.keyboard.press("c");
  await bob.locator(".chat-panel").waitFor();
  await bob.evaluate(() => document.activeElement.blur());
  await bob.keyboard.press("?");
  await bob.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  await screenshot(bob, "shortcuts", findings);
  await bob.getByText("Use keyboard shortcuts").click();
  await bob.getByRole("button", { name: "Close", exact: true }).last().click();
  await bob.evaluate(() => document.activeElement.blur());
  await bob.keyboard.press("m");
  await bob.waitForTimeout(500);
  const off = await muted();
  const board = async (page) => {
    await control(page, "More").click();
    await page.getByRole("menuitem", { name: /^Whiteboard/ }).click();
    await page.locator(".board-surface").waitFor();
  };
  await board(ada);
  const box = await ada.locator(".board-surface").boundingBox();
  await ada.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.7);
  await ada.mouse.down();
  for (let k = 0; k <= 20; ++k) await ada.mouse.move(box.x + box.width * (0.2 + k * 0.03), box.y + box.height * (0.5 + 0.2 * Math.cos(k / 2)));
  await ada.mouse.up();
  await board(bob);
  await bob.locator(".board-surface polyline").waitFor();
  say("drawn");
  await heard("written");
  await bob.locator(".board-surface text").waitFor();
  const words = await bob.locator(".board-surface text").innerHTML();
  await screenshot(bob, "whiteboard", findings);
  for (const page of [ada, bob]) await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await panel(ada, "Invite");
  await screenshot(ada, "invite", findings);
  const invitation = await ada.getByLabel("Link").inputValue();
  await ada.emulateMedia({ colorScheme: "dark" });
  await panel(ada, "Polls");
  await screenshot(ada, "polls-dark", findings, { changed: "colours" });
  await panel(ada, "Chat");
  await screenshot(ada, "chat-dark", findings, { changed: "colours" });
  await ada.setViewportSize({ width: 390, height: 844 });
  await screenshot(ada, "chat-mobile", findings);
  await ada.setViewportSize({ width: 1280, height: 800 });
  await ada.emulateMedia({ colorScheme: "light" });
  for (const name of ["Chat", "People", "Polls", "Host"]) {
    await control(ada, name).waitFor(); // a bar that has just become wide draws these a moment later
    await panel(ada, name);
    await everyWay(ada, name.toLowerCase(), findings);
  }
  say("done", { words, stillMuted, off, invitation, findings, problems: pages.flatMap((p) => p.problems) });
  await heard("leave");
});
