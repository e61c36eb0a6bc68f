// The pages around meetings. node site.mjs '{"part":..,"link":..,"password":..}' prints one JSON line with what it saw.
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { accessibility, inHighContrast, join, launch, openPage, screens, until } from "./browser.mjs";
import { banned, guestLink, howRecorded } from "./site_door.mjs";
import { ownRules } from "./site_rules.mjs";
import { recording } from "./site_recording.mjs";

const { part, link, password, spki, sealhall } = JSON.parse(process.argv[2]);
// Passkeys are refused where a certificate was only waved through: this one counts as right.
const browser = await launch({ args: [`--ignore-certificate-errors-spki-list=${spki}`] });
const page = await openPage(browser, { permissions: ["clipboard-read", "clipboard-write", "camera", "microphone"] });
const findings = {};
const button = (name, more = {}) => page.getByRole("button", { name, exact: true, ...more });

/** A picture of the screen and what axe finds on it; `shown`: that of somebody else. */
async function look(name, shown = page, changed = "") {
  await shown.waitForTimeout(250);
  await shown.screenshot({ path: `${screens}site-${name}.png`, fullPage: true });
  findings[name] = [...(await accessibility(shown, changed)), ...(await overflow(shown))];
}
/** What sticks out of the page sideways, unless something that scrolls or cuts holds it. */
function overflow(shown) {
  return shown.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth + 1) return [];
    const out = [...document.body.querySelectorAll("*")].filter((e) => {
      const { left, right, width } = e.getBoundingClientRect();
      return width > 0 && (right > clientWidth + 1 || left < -1);
    });
    return [`${scrollWidth} px wide in ${clientWidth}: ${out.slice(-3).map((e) => `${e.tagName.toLowerCase()}.${e.className}`).join(", ")}`];
  });
}
/** The same screen in the dark, on a phone, at 200 % on a small screen, from the right to the left. */
async function looks(name, shown = page) {
  await look(name, shown);
  await shown.emulateMedia({ colorScheme: "dark" });
  await look(`${name}-dark`, shown, "colours");
  await shown.emulateMedia({ colorScheme: "light" });
  await shown.setViewportSize({ width: 390, height: 844 });
  await look(`${name}-mobile`, shown);
  await shown.setViewportSize({ width: 640, height: 400 });
  await look(`${name}-zoomed`, shown);
  await shown.setViewportSize({ width: 390, height: 844 });
  await shown.evaluate(() => { document.documentElement.dir = "rtl"; });
  await look(`${name}-rtl`, shown, "but colours");
  await shown.evaluate(() => { document.documentElement.dir = "ltr"; });
  await shown.setViewportSize({ width: 1280, height: 800 });
}
/** The same screen in the system's high contrast. */
const contrasts = (name) => inHighContrast(page, (way) => look(`${name}-${way}`, page, "colours"));
async function inChinese(path, name) {
  await page.goto(new URL(path + (path.includes("?") ? "&" : "?") + "lang=zh-TW", link).href);
  await page.getByRole("heading", { level: 1 }).waitFor();
  // The connection that the self-test tries is let come to its end.
  if (path.endsWith("/check")) await page.getByText(/此瀏覽器(可|無)/).waitFor({ timeout: 40_000 });
  await page.waitForTimeout(500);
  await look(`${name}-zh-Hant`, page, "but colours");
}
async function signIn() {
  await page.goto(link);
  await page.getByLabel("Name or e-mail address").fill("admin");
  await page.getByLabel("Password").fill(password);
  await button("Sign in").click();
  await page.locator(".site").waitFor();
}
async function signOut() {
  await page.getByRole("button", { name: /your account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

async function setup() {
  await page.goto(link);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByLabel("Name or e-mail address to sign in with").fill("ada@example.org");
  await page.getByRole("textbox", { name: "Password" }).fill("Password123");
  const weak = await page.getByText("Too easy to guess").waitFor({ timeout: 10_000 }).then(() => true, () => false);
  await looks("setup-administrator");
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await button("Create administrator").click();
  await page.getByRole("heading", { level: 1, name: "Your organisation, and who may join" }).waitFor();
  await page.getByLabel("Name of your organisation").fill("Ada & Söhne");
  await page.getByText("New meetings have a waiting room").click();
  await looks("setup-rules");
  await button("Next").click();
  await page.getByRole("heading", { name: "Where the keys live" }).waitFor();
  const named = await page.title();
  await page.getByText("sealhall keys kit --data").waitFor();
  const warned = (await page.getByText("never shown").count()) === 1 && (await button("Next").isDisabled());
  await looks("setup-keys");
  // The very command that the page names; the page sees by itself that it was done.
  const [, ...words] = (await page.locator(".command code").innerText()).split(" ");
  const kit = execFileSync(sealhall, words).toString();
  await page.getByText("The recovery kit was shown on the server").waitFor();
  const sheet = page.getByLabel(/Is the sheet in your hand/);
  await sheet.fill("000000");
  await button("Check").click();
  const other = await page.getByText("This is not what the sheet says").waitFor({ timeout: 10_000 }).then(() => true, () => false);
  await look("setup-keys-other-sheet");
  await sheet.fill(/signed by the key (\w{6})/.exec(kit)[1]);
  await button("Check").click();
  await page.getByText("That is the sheet of this server").waitFor();
  await looks("setup-keys-printed");
  await button("Next").click();
  await page.getByText(/This browser/).waitFor({ timeout: 40_000 });
  const checks = await page.locator(".checks li").allInnerTexts();
  const fixes = await page.locator(".checks li").evaluateAll((all) => all.filter((li) => !li.querySelector("svg.good")).map((li) => li.querySelector("p.hint")?.textContent ?? ""));
  await looks("setup-check");
  await button("Next").click();
  await page.getByRole("heading", { name: "Your server is ready" }).waitFor();
  await look("setup-ready");
  const cookie = (await page.context().cookies()).find((c) => c.name === "__Host-sealhall");
  const readable = await page.evaluate(() => document.cookie.includes("sealhall"));
  const me = await page.evaluate(async () => (await (await fetch("/api/me")).json()).login);
  await button("Begin a test meeting").click();
  await page.getByLabel("Your name").fill("Ada");
  const header = await page.locator(".prejoin .brand").innerText();
  await look("setup-prejoin");
  await button("Join").click();
  const inside = await page.locator(".meeting").waitFor({ timeout: 40_000 }).then(() => true, () => false);
  await page.waitForTimeout(800);
  await page.screenshot({ path: `${screens}site-setup-meeting.png` });
  await page.goto(link);
  const again = await page.getByText("This server is set up already").waitFor({ timeout: 10_000 }).then(() => true, () => false);
  await look("setup-again");
  for (const step of ["rules", "keys", "check"]) await inChinese(`/setup/${step}`, `setup-${step}`);
  return { weak, named, header, checks, fixes, inside, again, me, kit: { warned, other }, readable, cookie: cookie && { httpOnly: cookie.httpOnly, secure: cookie.secure, sameSite: cookie.sameSite } };
}

/** Somebody without an account, in a browser that speaks Chinese at first; the link of the mail is not theirs to see here. */
async function register(url) {
  const stranger = await openPage(browser);
  await stranger.goto(`${url}?lang=zh-TW`);
  await stranger.getByLabel("名字").waitFor();
  await look("register-zh-Hant", stranger);
  await stranger.getByRole("link", { name: "English" }).click();
  await stranger.getByLabel("First name").fill("Eve");
  await stranger.getByLabel("Mail address").fill("eve@example.org");
  await stranger.getByLabel("What do you eat?").selectOption("Plants");
  await look("register", stranger);
  // The browser itself asks for what is needed.
  await stranger.getByRole("button", { name: "Register" }).click();
  const asked = await stranger.evaluate(() => document.querySelector("#org").matches(":invalid"));
  await stranger.getByLabel("Organisation").fill("Acme");
  await stranger.getByRole("button", { name: "Register" }).click();
  await stranger.getByRole("heading", { name: "What comes next" }).waitFor();
  const steps = await stranger.locator("ol li").allInnerTexts();
  await look("registered", stranger);
  await stranger.context().close();
  return { asked, steps };
}

async function schedule() {
  await page.goto(link);
  await page.getByLabel("Password").waitFor();
  await looks("sign-in");
  await contrasts("sign-in");
  await page.getByLabel("Name or e-mail address").fill("admin");
  await page.getByLabel("Password").fill("not the password");
  await button("Sign in").click();
  await page.getByText("do not belong together").waitFor();
  await signIn();
  await page.getByText("Nothing is planned").waitFor();
  await looks("meetings-empty");
  await button("Schedule").click();
  await page.getByLabel("Topic").waitFor();
  await button("Schedule").click();
  await page.getByText("Something is missing").waitFor();
  await look("schedule-missing");
  await page.getByLabel("Topic").fill("<img src=x onerror=\"document.title=1\"> Plans");
  await page.getByLabel("Agenda").fill("What was\nWhat comes");
  const date = await page.getByLabel("Date").inputValue();
  const monday = new Date(`${date}T00:00:00Z`);
  monday.setUTCDate(monday.getUTCDate() + ((8 - monday.getUTCDay()) % 7 || 7));
  await page.getByLabel("Date").fill(monday.toISOString().slice(0, 10));
  await page.getByLabel("Begins at").fill("09:30");
  await page.getByLabel("Length").selectOption({ label: "45 minutes" });
  await page.getByLabel("Time zone").selectOption("Asia/Taipei");
  await page.getByLabel("Repeats").selectOption("weekly");
  await page.getByRole("checkbox", { name: "Mon" }).waitFor();
  for (const day of ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]) {
    const box = page.getByRole("checkbox", { name: day });
    if ((await box.isChecked()) !== ["Mon", "Wed"].includes(day)) await page.getByText(day, { exact: true }).click();
  }
  await page.getByLabel("Number of meetings").fill("4");
  await page.getByText("Every week on Monday, Wednesday, 4 times").waitFor();
  await page.getByText("Waiting room", { exact: true }).click();
  await page.getByLabel("Who registers").selectOption("approved");
  await button("Organisation").click();
  await page.getByText("Must be answered").click();
  await button("A question of your own").click();
  await button("Schedule").click();
  await page.getByText("What do you want to ask?").waitFor();
  await look("schedule-question-missing");
  await page.getByLabel("Question 1", { exact: true }).fill("What do you eat?");
  await page.getByLabel("Answered by").selectOption("choice");
  await page.getByLabel("Answers to choose from").fill("Everything\nPlants");
  await button("Schedule").click(); // the organisation asks for one thing more
  await page.getByText("For example: 17, 23").waitFor();
  await look("schedule-tracked-missing");
  await page.getByLabel("Cost centre").fill("17");
  await looks("schedule");
  await contrasts("schedule");
  await button("Schedule").click();
  await page.getByRole("heading", { name: "Dates to come (4)" }).waitFor();
  const hostile = await page.evaluate(() => document.querySelectorAll("main img").length + (document.title.startsWith("1") ? 1 : 0));
  const id = Number(page.url().split("/").pop());
  const registration = await register(await page.locator("dd", { hasText: "/register/" }).innerText());

  // The second moves to the afternoon, the third is cancelled, then the whole gets another name.
  await page.getByRole("link", { name: /^Edit the meeting of/ }).nth(1).click();
  await page.getByRole("heading", { name: "Edit one meeting of the series" }).waitFor();
  await page.getByLabel("Begins at").fill("14:00");
  await look("edit-one");
  await button("Save").click();
  await page.getByRole("button", { name: /^Cancel the meeting of/ }).nth(2).click();
  await page.getByRole("alertdialog").waitFor();
  await look("cancel-one");
  await button("Cancel this one").click();
  await page.getByText("cancelled", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Edit", exact: true }).first().click();
  await page.getByLabel("Topic").fill("Plans of the year");
  await button("Save").click();
  await page.getByRole("heading", { name: "Plans of the year" }).waitFor();
  await page.getByText("Eve", { exact: true }).waitFor();
  await looks("meeting");
  await contrasts("meeting");
  await page.getByText("Answers (2)").click();
  await page.getByText("Plants", { exact: true }).waitFor();
  await button("Approve Eve").click();
  await page.getByText("approved", { exact: true }).waitFor();
  await look("meeting-approved");
  await button("Save as template").click();
  await page.getByLabel("Name of the template").fill("Our plans");
  await look("template-save");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByText("You find it under").waitFor();
  await button("Copy link").first().click();
  await page.getByText("Copied").first().waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const ics = await page.evaluate(async (meeting) => (await fetch(`/api/meetings/${meeting}/calendar`)).text(), id);
  await page.goto(new URL("/app/meetings/templates", link).href);
  await page.getByRole("link", { name: "Our plans", exact: true }).waitFor();
  await looks("templates");
  await page.getByRole("link", { name: "Schedule from it: Our plans" }).click();
  await page.getByText("What people are asked").waitFor();
  await look("schedule-from-template");
  await page.getByLabel("Topic").fill("Like the other");
  await button("Schedule").click();
  await page.getByRole("heading", { name: "Like the other" }).waitFor();
  const like = Number(page.url().split("/").pop());
  await page.goto(new URL("/app/meetings/templates", link).href);
  await button("Remove Our plans").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove the template" }).click();
  await page.getByText("No templates yet").waitFor();
  await look("templates-empty");
  await inChinese(`/app/meetings/${id}`, "meeting");
  await inChinese(`/app/meetings/${id}/edit`, "edit");

  await page.goto(new URL("/app/meetings/new", link).href);
  await page.getByLabel("Topic").fill("Once");
  await page.getByLabel("Cost centre").fill("23");
  await button("Schedule").click();
  await page.getByRole("heading", { name: "Once" }).waitFor();
  const cancelled = Number(page.url().split("/").pop());
  await button("Copy invitation").click();
  await page.getByText("Copied").first().waitFor();
  const invitation = { text: await page.evaluate(() => navigator.clipboard.readText()), facts: await page.locator("main dl").first().locator("dd").allInnerTexts() };
  const guest = await guestLink({ page, button, look }, cancelled);
  const film = await howRecorded({ page, button }, cancelled);
  await page.goto(link);
  await button("Make it").click();
  await page.getByText("A meeting that is always there").waitFor();
  await page.getByRole("link", { name: "Once" }).waitFor();
  await looks("meetings");
  await contrasts("meetings");
  await inChinese("/app", "meetings");
  await page.goto(link);
  await page.getByRole("link", { name: "Once" }).click();
  await button("Cancel meeting").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel meeting" }).click();
  await page.getByRole("heading", { name: "Meetings" }).waitFor();
  await page.getByRole("link", { name: "Past" }).click();
  await page.getByText("No past meetings").waitFor();
  await look("meetings-past");
  await page.goto(new URL("/app/nothing/here", link).href);
  await page.getByText("This page does not exist").waitFor();
  await look("missing");
  const room = await personalRoom();
  return { id, hostile, link: copied, ics, cancelled, registration, like, invitation, guest, film, room };
}

/** The room is begun by its button, and somebody comes by its link. */
async function personalRoom() {
  await page.goto(link);
  const room = page.locator("section.room");
  await room.getByRole("button", { name: "Copy link" }).click();
  await room.getByText("Copied").first().waitFor();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  await room.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/s\/\d+/, { timeout: 30_000 });
  await page.getByLabel("Your name").fill("Ada");
  await page.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0);
  await button("Join").click();
  await page.locator(".meeting").waitFor({ timeout: 40_000 });
  const guest = await openPage(browser);
  await join(guest, address, "Guest");
  const people = await until("both to be there", () => page.evaluate(() => {
    const names = [...document.querySelectorAll(".tile")].filter((t) => !t.hidden).map((t) => t.querySelector(".tile-name").textContent);
    return names.length === 2 && names;
  }), 40);
  const shutOut = await banned({ page, button, look, link }, guest, address);
  return { address, people, banned: shutOut };
}

/** RFC 6238 with what authenticator apps take when nobody says otherwise. */
function code(secret) {
  const bits = [...secret.replaceAll(" ", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function security() {
  await signIn();
  await page.goto(new URL("/app/settings/profile", link).href);
  await page.getByLabel("Name that others see").fill("Ada Lovelace");
  await page.getByLabel("Job title").fill("Countess");
  await looks("profile");
  await contrasts("profile");
  await button("Save").click();
  await page.getByText("Saved.").waitFor();
  await page.reload();
  const profile = { name: await page.getByLabel("Name that others see").inputValue(), job: await page.getByLabel("Job title").inputValue(), shown: await page.getByRole("button", { name: /your account/ }).innerText() };
  const rules = await ownRules({ page, link, looks, contrasts, inChinese });
  await page.goto(new URL("/app/settings/security", link).href);
  await button("Set up").click();
  await page.getByLabel("Your password").fill("wrong");
  await button("Next").click();
  await page.getByText("That is not your password").waitFor();
  await page.getByLabel("Your password").fill(password);
  await button("Next").click();
  await page.getByRole("img", { name: /QR/ }).waitFor();
  await page.getByText("Enter it by hand instead").click();
  await look("totp");
  await page.getByLabel("Code of the app").fill(code(await page.locator(".secret").innerText()));
  await button("Turn on").click();
  await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  const codes = await page.locator(".codes li").allInnerTexts();
  await look("recovery-codes");
  await button("I have kept them").click();

  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await button("Add a passkey").click();
  await page.getByLabel("Name, so that you recognise it").fill("This laptop");
  await page.getByLabel("Your password").fill(password);
  await look("passkey");
  await button("Go on").click();
  await page.getByText("This laptop").waitFor();
  await looks("security");
  await contrasts("security");

  await signOut();
  await page.getByLabel("Name or e-mail address").fill("admin");
  await page.getByLabel("Password").fill(password);
  await button("Sign in").click();
  await page.getByRole("heading", { name: "One more step" }).waitFor();
  await look("sign-in-code");
  await page.getByLabel("Code").fill(codes[0]);
  await button("Sign in").click();
  await page.locator(".site").waitFor();
  await page.goto(new URL("/app/settings/security", link).href);
  const left = Number((await page.getByText(/recovery codes left/).innerText()).match(/\d+/)[0]);
  await signOut();
  await button("Use a passkey").click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  const passkey = await page.evaluate(async () => (await (await fetch("/api/me")).json()).login);

  await page.goto(new URL("/app/settings/sessions", link).href);
  await page.getByText("this device").waitFor();
  const before = await page.locator(".rows li").count();
  await looks("sessions");
  await button("Sign out everywhere else").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Sign out everywhere else" }).click();
  await until("one session", async () => (await page.locator(".rows li").count()) === 1);
  const after = await page.locator(".rows li").count();
  await page.goto(new URL("/app/settings/applications", link).href);
  await page.getByText("No connected applications").waitFor();
  await look("applications");
  for (const name of ["profile", "security", "sessions"]) await inChinese(`/app/settings/${name}`, name);
  return { codes: codes.length, left, passkey, sessions: { before, after }, profile, rules };
}

try {
  const seen = await { setup, schedule, security, recording: () => recording({ browser, page, link, button, look, looks, contrasts, inChinese, signIn }) }[part]();
  const origin = new URL(link).origin;
  // A refused attempt (wrong password, code needed, no session yet) is a line in the console and nothing else.
  // Chromium would like a key type more; ES256 and EdDSA are what we take.
  const problems = page.problems.filter((p) => !/pubKeyCredParams/.test(p) && !/Failed to load resource.*status of (400|401|404)/.test(p));
  const elsewhere = page.requests.filter((r) => !r.startsWith(origin) && !/^(data|blob):/.test(r));
  console.log(JSON.stringify({ ...seen, findings, problems, elsewhere }));
} catch (error) {
  console.error(error);
  await page.screenshot({ path: `${screens}failed-site-${part}.png`, fullPage: true });
  process.exitCode = 1;
} finally {
  await browser.close();
}
