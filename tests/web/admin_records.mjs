// What the console knows of what was done: a meeting's quality, reports, recordings, a suspended person, logs, pages of a
// list, an application's token. node admin_records.mjs '{"link":..,"password":..,"member":..,"topic":..}' prints JSON lines
// with what it saw; it goes on when it is told a line.
import { createInterface } from "node:readline";
import { launch, openPage, screens, until } from "./browser.mjs";
import { consoleAt } from "./console.mjs";

const { link, password, member, topic } = JSON.parse(process.argv[2]);
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = async () => (await input.next()).value;
const say = (what, more = {}) => console.log(JSON.stringify({ what, ...more }));
const browser = await launch();
const { page, findings, button, title, look, open, signIn, everyWay, fromTheRight, inChinese, column, problems, elsewhere } = await consoleAt(browser, link);
const dialog = page.getByRole("dialog");
/** Until the column shows what `right` wants; gives it. */
const rows = (name, what, right, seconds = 20) => until(what, async () => {
  const found = await column(name);
  return right(found) && found;
}, seconds);
/** What the plots on the page show, and the numbers behind the first of them. */
const plots = () => page.locator("figure.plot").evaluateAll((all) => all.map((p) => ({
  title: p.querySelector("figcaption").textContent, bars: p.querySelectorAll(".bar").length, dots: p.querySelectorAll(".dot").length, says: p.querySelector("svg").getAttribute("aria-label"),
})));
async function numbers() {
  await button("Show numbers").first().click();
  const cells = await page.locator("figure.plot").first().locator("tbody td").allTextContents();
  await button("Hide numbers").first().click();
  return cells;
}

/** How media went for the people of a meeting that is over. */
async function quality() {
  await open("/admin/meetings", "Past meetings");
  const used = await rows("Used", "the meeting in the list", (cells) => cells.length === 1);
  await page.getByRole("link", { name: topic, exact: true }).click();
  await title(topic);
  const people = await rows("Name", "who was there", (cells) => cells.length >= 2);
  await page.locator("figure.plot").first().waitFor({ timeout: 20_000 });
  const found = {};
  const choice = page.getByLabel("Participant", { exact: true });
  for (const [index, name] of (await choice.locator("option").allTextContents()).entries()) {
    await choice.selectOption({ index });
    found[name] = { plots: await plots(), numbers: await numbers() };
  }
  await everyWay("meeting-quality");
  await fromTheRight("meeting-quality");
  say("quality", { used, people, found });
}

async function reports() {
  await open("/admin/reports", "Reports");
  await page.locator("figure.plot").first().waitFor({ timeout: 20_000 });
  const daily = { plots: await plots(), numbers: await numbers() };
  await fromTheRight("reports-daily");
  await page.getByRole("tab", { name: "Hosts" }).click();
  const hosts = await rows("Name", "who held meetings", (cells) => cells.length === 1);
  await page.locator("figure.plot .bar").first().waitFor();
  const top = await plots();
  await look("reports-hosts");
  await page.getByRole("tab", { name: "Room for recordings" }).click();
  await page.locator("figure.plot .dot").first().waitFor({ timeout: 20_000 });
  const room = await plots();
  await look("reports-room");
  say("reports", { daily, hosts, top, room });
}

/** A recording is held, cannot be thrown away, is let go, kept until a day, thrown away and taken out again. */
async function recordings() {
  await open("/admin/recordings", "Recordings");
  const status = (what, right) => rows("Status", what, (cells) => cells.length === 1 && right(cells[0]));
  const act = async (name) => {
    await button(`Actions for ${topic}`).click();
    await page.getByRole("menuitem", { name, exact: true }).click();
  };
  await status("the recording", (text) => text.includes("ready"));
  const size = await column("Size");
  await act("Legal hold");
  await status("the legal hold", (text) => text.includes("Legal hold"));
  await everyWay("recordings-held");
  await fromTheRight("recordings-held");
  await act("Move to trash");
  await dialog.getByRole("button", { name: "Move to trash" }).click();
  const refused = await dialog.getByRole("alert").textContent();
  await look("recordings-refused");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  await act("Release from legal hold");
  await status("no legal hold", (text) => !text.includes("Legal hold"));
  await act("Keep until…");
  await dialog.getByLabel("Kept until").fill("2031-02-03");
  await look("recordings-keep");
  await dialog.getByRole("button", { name: "Save" }).click();
  const kept = await rows("Kept until", "the day", (cells) => cells.length === 1 && cells[0].includes("2031"));
  await act("Move to trash");
  await dialog.getByRole("button", { name: "Move to trash" }).click();
  await page.getByText("No recordings", { exact: true }).waitFor();
  await page.getByRole("tab", { name: "Trash" }).click();
  await rows("Topic", "the recording in the trash", (cells) => cells.length === 1 && cells[0].startsWith(topic));
  await look("recordings-trash");
  await act("Restore");
  await page.getByText("The trash is empty", { exact: true }).waitFor();
  await page.getByRole("tab", { name: "All" }).click();
  await status("the recording again", (text) => text.includes("ready"));
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByLabel("Days to keep").fill("45");
  await look("recordings-settings");
  const saved = page.waitForResponse((r) => r.url().endsWith("/api/recording-settings") && r.request().method() === "PATCH");
  await button("Save").click();
  say("recordings", { size, refused, kept, saved: (await saved).status() });
}

/** Somebody who is signed in is shut out, and let in again. */
async function suspension() {
  const other = await openPage(browser);
  const enter = async () => {
    await other.getByLabel("Name or e-mail address").fill(member);
    await other.getByLabel("Password").fill(password);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  await other.goto(new URL("/app", link).href);
  await enter();
  await other.locator(".site").waitFor({ timeout: 20_000 });
  const account = async () => {
    await open("/admin/users", "Users");
    await page.getByRole("link", { name: "Bob", exact: true }).click();
    await title("Bob");
    await page.getByRole("heading", { name: "Policies that count" }).waitFor();
    await button("Actions").click();
  };
  await account();
  await page.getByRole("menuitem", { name: "Suspend", exact: true }).click();
  await look("user-suspend");
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await page.getByText("Bob is suspended.").waitFor();
  await look("user-suspended");
  await other.reload();
  await other.getByLabel("Password").waitFor({ timeout: 20_000 });
  await enter();
  const refused = await other.getByText("do not belong together").waitFor({ timeout: 20_000 }).then(() => true, () => false);
  await open("/admin/users", "Users");
  await page.getByLabel("Status", { exact: true }).selectOption({ label: "Suspended" });
  await rows("Login", "only who is suspended", (cells) => cells.length === 1 && cells[0] === member);
  await everyWay("users-suspended");
  await fromTheRight("users-suspended");
  say("suspended", { refused });
  await told();
  await account();
  await page.getByRole("menuitem", { name: "Enable", exact: true }).click();
  await dialog.getByRole("button", { name: "Enable" }).click();
  await page.getByText("Bob is enabled.").waitFor();
  await enter();
  await other.locator(".site").waitFor({ timeout: 20_000 });
  say("enabled", { problems: other.problems.filter((p) => !/Failed to load resource.*status of 401/.test(p)) });
  await other.context().close();
}

async function logs() {
  const operations = await until("all that was done", async () => {
    await open("/admin/operations", "Operation log");
    const [actions, areas, who] = await Promise.all(["Action", "Area", "Who"].map(column));
    const lines = actions.map((action, i) => `${action} ${areas[i]} by ${who[i]}`);
    return lines.some((l) => l.startsWith("enabled")) && lines;
  }, 30);
  await page.getByLabel("Area", { exact: true }).selectOption({ label: "Role" });
  await page.getByText("Nothing found").waitFor();
  await button("Clear filters").first().click();
  await rows("Action", "all of them again", (cells) => cells.length === operations.length);
  await fromTheRight("operations");
  await inChinese("/admin/operations", "operations-done");
  await open("/admin/sign-ins", "Sign-in log");
  const signIns = await column("What");
  await page.getByLabel("What", { exact: true }).selectOption({ label: "refused" });
  await rows("What", "only what was refused", (cells) => cells.length > 0 && cells.every((c) => c === "refused"));
  const refused = await column("Who");
  await look("sign-ins-refused");
  say("logs", { operations, signIns, refused });
}

/** Thirty-one people out of a file, and the pages of the list that they make. */
async function pages() {
  const people = Array.from({ length: 31 }, (_, k) => `guest${String(k + 1).padStart(2, "0")}@example.org`);
  await open("/admin/invitations/import", "Import a file");
  await page.getByLabel("Choose a CSV file").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(["login", ...people].join("\r\n")) });
  await button("Invite 31 people").click();
  await page.getByText("Finished").waitFor({ timeout: 90_000 });
  await look("import-thirty");
  await open("/admin/invitations", "Invitations");
  const all = await rows("Login", "the first page", (cells) => cells.length === 30);
  await page.getByRole("columnheader", { name: "Login" }).getByRole("button").click();
  await rows("Login", "in their order", (cells) => cells.length === 30 && cells[0] === people[0] && cells[29] === people[29]);
  const range = () => page.locator(".table-foot").getByRole("status").textContent();
  const first = await range();
  await everyWay("invitations-pages");
  await fromTheRight("invitations-pages");
  await button("Next page").click();
  const last = await rows("Login", "the last page", (cells) => cells.length === 1);
  const second = await range();
  const end = await button("Next page").isDisabled();
  await page.getByLabel("Rows a page").selectOption("15");
  await rows("Login", "half a page", (cells) => cells.length === 15 && cells[0] === people[0]);
  await page.getByText("Page 1 of 3").waitFor();
  await page.getByRole("columnheader", { name: "Login" }).getByRole("button").click();
  await rows("Login", "from the end", (cells) => cells.length === 15 && cells[0] === people[30]);
  await page.getByRole("searchbox").fill("guest07");
  const sought = await rows("Login", "one of them", (cells) => cells.length === 1);
  const downloading = page.waitForEvent("download");
  await button("Export CSV").click();
  const file = await (await downloading).createReadStream();
  let table = "";
  for await (const piece of file) table += piece;
  say("pages", { all: all.length, first, last, second, end, sought, table });
}

async function application() {
  await open("/admin/applications", "API applications");
  await button("Create application").first().click();
  await dialog.getByLabel("Name").fill("Reader");
  await dialog.getByLabel("Find scopes").fill("list_users");
  await dialog.getByText("user:read:list_users:admin", { exact: true }).click();
  await dialog.getByRole("button", { name: "Create application" }).click();
  const secret = await page.locator("[data-secret]").textContent({ timeout: 20_000 });
  await button("I have kept it").click();
  await page.getByRole("link", { name: "Reader", exact: true }).click();
  await title("Reader");
  await page.locator("section[aria-labelledby=app-facts] dd code").first().waitFor();
  const [id, account] = await page.locator("section[aria-labelledby=app-facts] dd code").allTextContents();
  await everyWay("application-one");
  say("application", { id, account, secret });
  await told();
}

try {
  await signIn("admin", password);
  for (const part of [quality, reports, recordings, suspension, logs, pages, application]) await part();
  // A legal hold refuses with a conflict, which Chromium writes down.
  say("done", { findings, problems: problems(/Failed to load resource.*status of 409/), elsewhere: elsewhere() });
} catch (error) {
  console.error(error);
  await page.screenshot({ path: `${screens}failed-admin-records.png`, fullPage: true });
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
