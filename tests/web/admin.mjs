// The admin console. node admin.mjs '{"link":..,"password":..,"hook":..,"csv":..}' prints JSON lines with what it saw; it
// goes on when it is told a line.
import { createInterface } from "node:readline";
import { launch, openPage, screens, until } from "./browser.mjs";
import { consoleAt } from "./console.mjs";

const { link, password, hook, csv, member, logo } = JSON.parse(process.argv[2]);
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = async () => (await input.next()).value;
const say = (what, more = {}) => console.log(JSON.stringify({ what, ...more }));
const browser = await launch();
const { page, findings, button, at, title, quiet, look, open, signIn, everyWay, contrasts, inChinese, problems, elsewhere } = await consoleAt(browser, link);
/** A screen in every way, and in Chinese. */
async function looks(path, heading, name) {
  await open(path, heading);
  await everyWay(name);
  await inChinese(path, name);
}

// ---- in
await signIn("admin", password);
await look("overview");

// ---- a file of people
await open("/admin/invitations/import", "Import a file");
await page.getByLabel("Choose a CSV file").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
await page.getByText(/\d lines? (is|are) well/).waitFor();
const verdicts = await page.locator("main tbody tr").evaluateAll((rows) => rows.map((r) => r.lastElementChild.textContent));
await look("import-preview");
await page.getByRole("button", { name: /^Invite \d+ (person|people)$/ }).click();
await page.getByText("Finished").waitFor({ timeout: 30_000 });
await look("import-done");
say("imported", { verdicts });

// ---- a role, a group, a locked policy
await open("/admin/roles/new", "Create role");
await page.getByLabel("Name").fill("Planner");
await page.getByLabel("Description").fill("Looks after meetings of others.");
await page.getByText("See meetings of others", { exact: true }).click();
await page.getByText("Change and end meetings of others", { exact: true }).click();
await look("role-new");
await button("Save").click();
await title("Roles");
await page.getByRole("link", { name: "Planner" }).waitFor();

await open("/admin/groups", "Groups");
await button("Create group").first().click();
await page.getByRole("dialog").getByLabel("Name").fill("Sales");
await page.getByRole("dialog").getByRole("button", { name: "Create group" }).click();
await page.getByRole("link", { name: "Sales" }).click();
await title("Sales");
await button("Add people").click();
await page.getByRole("dialog").getByLabel("Search names, logins, departments").fill(member);
await page.getByRole("dialog").getByRole("radio").first().click();
await look("group-add");
await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
await page.getByRole("cell", { name: member }).first().waitFor();

const policy = (name) => page.locator(`[data-policy="${name}"]`);
await open("/admin/policies", "Policies");
await policy("chat.private").getByRole("switch").press("Space");
await policy("chat.private").getByText("Set here").waitFor();
await policy("chat.private").getByRole("button", { name: /^Lock/ }).click();
await policy("chat.private").getByText("Locked", { exact: true }).waitFor();
await open("/admin/groups", "Groups");
await page.getByRole("link", { name: "Sales" }).click();
await page.getByRole("tab", { name: "Policies" }).click();
await policy("chat.private").getByText("Locked by the account").waitFor();
const groupMayNot = await policy("chat.private").getByRole("switch").isDisabled();
await look("group-policies");
await open(`/admin/users?x`, "Users");
await page.getByRole("searchbox").fill(member);
await page.getByRole("row", { name: member }).getByRole("link").first().click();
await page.getByRole("heading", { name: "Policies that count" }).waitFor();
await page.getByText("Account", { exact: true }).first().waitFor();
await look("user");
await button("Actions").click();
await page.getByRole("menuitem", { name: "Change role" }).click();
await page.getByRole("dialog").getByLabel("Role").selectOption({ label: "Planner" });
await look("user-role");
await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
await page.getByText("has another role now").waitFor();
say("arranged", { groupMayNot });

// ---- what is asked of every meeting that is planned
await open("/admin/tracking", "Tracking fields");
await button("Create tracking field").first().click();
await page.getByRole("dialog").getByLabel("Name").fill("Cost centre <b>");
await page.getByRole("dialog").getByText("No meeting is planned without it", { exact: true }).click();
await page.getByRole("dialog").getByLabel("Suggestions").fill("17\n\n23\n17");
await look("tracking-new");
await page.getByRole("dialog").getByRole("button", { name: "Create tracking field" }).click();
await page.getByRole("cell", { name: "17, 23" }).waitFor();
await everyWay("tracking-one");
say("tracked");
await told();
await page.getByRole("button", { name: /^Change ?: Cost centre/ }).click();
await page.getByRole("dialog").getByText("No meeting is planned without it", { exact: true }).click();
await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
await page.getByRole("cell", { name: "may be left out" }).waitFor();
await page.getByRole("button", { name: /^Delete tracking field ?: Cost centre/ }).click();
await page.getByRole("dialog").getByRole("button", { name: "Delete tracking field" }).click();
await page.getByText("No tracking fields").waitFor();

// ---- what runs now, and its end
await open("/admin/live", "Live meetings");
await page.getByRole("link", { name: "Something that is sealed" }).waitFor({ timeout: 30_000 });
await look("live-running");
await page.getByRole("button", { name: "End meeting" }).click();
await page.getByRole("dialog").getByRole("button", { name: "End meeting" }).click();
await page.getByText("No meeting runs now").waitFor({ timeout: 20_000 });
await open("/admin/meetings", "Past meetings");
await page.getByRole("link", { name: "Something that is sealed" }).click();
await title("Something that is sealed");
await page.getByRole("cell", { name: "Native" }).first().waitFor();
await look("meeting");
say("ended");

// ---- keys in the middle of a rotation: this server's own is over sooner than it can be looked at, so the answer is made up
const hierarchy = () => page.getByRole("region", { name: "Hierarchy", exact: true }).getByRole("listitem").evaluateAll((rows) =>
  rows.map((row) => ({ what: row.querySelector("strong").textContent, id: row.querySelector("code")?.textContent ?? "", text: row.querySelector("p").textContent })));
const version = (n, data_keys) => ({ version: n, created_at: "2026-11-01T08:00:00Z", destroyed: false, data_keys });
const answer = {
  root: "00c0ffee", rewrapping: true, rewrapped: 234, to_rewrap: 1000, shredded: 7,
  keys: [{ key_id: "aa".repeat(16), period: "", versions: [version(1, 1000), version(2, 230)] }, { key_id: "bb".repeat(16), period: "2026-11", versions: [version(1, 4)] }],
};
const ofKeys = (url) => url.pathname === "/api/keys";
await page.route(ofKeys, (route) => route.fulfill({ json: answer }));
await open("/admin/keys", "Keys");
const bar = page.getByRole("progressbar", { name: "Wrapping again" });
const drawn = () => bar.evaluate((e) => ({ text: e.querySelector(".numbers").textContent, spoken: e.getAttribute("aria-valuetext"), now: e.getAttribute("aria-valuenow"), all: e.getAttribute("aria-valuemax"), line: e.querySelector("progress").position }));
await bar.waitFor({ timeout: 20_000 });
const early = await drawn();
const made = await hierarchy();
await look("keys-rewrapping");
Object.assign(answer, { rewrapped: 1000, to_rewrap: 234 });
await bar.getByText("1,000 of 1,234 data keys").waitFor({ timeout: 20_000 });
const late = await drawn();
Object.assign(answer, { rewrapping: false, rewrapped: 1234, to_rewrap: 0 });
await bar.waitFor({ state: "detached", timeout: 20_000 });
await page.unroute(ofKeys);
say("rewrapping", { early, late, made });

// ---- keys
await open("/admin/keys", "Keys");
await page.getByRole("table").waitFor({ timeout: 20_000 });
const versions = () => page.locator("[data-keys] tbody tr").count();
const before = await versions();
await button("Rotate keys").click();
await look("keys-rotate");
await page.getByRole("dialog").getByRole("button", { name: "Rotate keys" }).click();
await page.getByText("New versions are in use.").waitFor();
const progress = await until("new versions of the keys", async () => ((await versions()) > before ? versions() : null), 20);
await until("everything wrapped again", async () => (await page.locator("[data-rewrap]").count()) === 0, 60);
const [{ id: root }] = await hierarchy();
await look("keys");
await open("/admin/audit", "Key audit log");
// Keys are made ahead all the time: the newest entries are of that.
await page.getByLabel("What", { exact: true }).selectOption({ label: "keys rotated" });
await page.getByRole("cell", { name: "keys rotated" }).first().waitFor({ timeout: 20_000 });
await button("Verify the whole log").click();
await page.locator('[data-proof="whole"]').waitFor({ timeout: 20_000 });
await look("audit");
say("rotated", { before, progress, root });

// ---- a webhook and a delivery
await open("/admin/webhooks", "Webhooks");
await button("Create webhook").first().click();
const dialog = page.getByRole("dialog");
await dialog.getByLabel("Name").fill("Our program");
await dialog.getByLabel("Address").fill(hook);
await dialog.getByText("user.created", { exact: true }).click();
await look("webhook-new");
await dialog.getByRole("button", { name: "Create webhook" }).click();
const secret = await page.locator("[data-secret]").textContent();
await look("webhook-secret");
await button("I have kept it").click();
say("secret", { secret });
await told();
await page.getByRole("link", { name: "Our program" }).click();
await title("Our program");
await button("Check the address").click();
await page.getByText("active", { exact: true }).waitFor({ timeout: 20_000 });
say("active");
await told();
await page.getByRole("cell", { name: "user.created" }).waitFor({ timeout: 30_000 });
await page.getByRole("cell", { name: "delivered" }).waitFor({ timeout: 30_000 });
await look("webhook");
await button("Body").click();
await page.getByText("event_ts").waitFor();
const body = await page.locator(".body-text").textContent();
await look("webhook-body");
await button("Close", { exact: true }).last().click();
await button("Send again").click();
await page.getByRole("cell", { name: /replay/ }).waitFor({ timeout: 20_000 });
say("delivered", { body });

// ---- an application
await open("/admin/applications", "API applications");
await button("Create application").first().click();
await dialog.getByLabel("Name").fill("Reports <b>");
await dialog.getByLabel("Find scopes").fill("list_users");
await dialog.getByText("user:read:list_users:admin", { exact: true }).click();
await look("application-new");
await dialog.getByRole("button", { name: "Create application" }).click();
await page.locator("[data-secret]").waitFor();
await button("I have kept it").click();

// ---- tables: search, order, export
await open("/admin/users", "Users");
const downloading = page.waitForEvent("download");
await button("Export CSV").click();
const file = await (await downloading).createReadStream();
let table = "";
for await (const piece of file) table += piece;
await page.getByRole("columnheader", { name: "Login" }).getByRole("button").click();
await page.waitForFunction(() => document.querySelector('th[aria-sort="ascending"]')?.textContent.startsWith("Login"));
await quiet();
const order = await page.locator("main tbody tr td:nth-child(2)").allTextContents();
await page.getByRole("searchbox").fill("nobody at all");
await page.getByText("Nothing found").waitFor();
await look("users-none");
say("tables", { table, order });

// ---- branding: a colour that nobody could read, one that can be, a picture; all of the page follows
await open("/admin/branding", "Branding");
await page.getByLabel("Name of your organisation").fill("Söhne & Co");
await button("Save name").click();
await page.waitForFunction(() => document.title.endsWith(" · Söhne & Co"));
await page.getByRole("textbox", { name: "Accent colour" }).fill("#ffd000");
await page.getByText("hard to read").waitFor();
const pale = await button("Save colour").isDisabled();
await page.getByRole("textbox", { name: "Accent colour" }).fill("#0A5A40");
await button("Save colour").click();
await page.waitForFunction(() => document.documentElement.style.getPropertyValue("--brand-accent").includes("#0a5a40"));
// The sample goes over to its colour.
const filled = await page.locator(".button.primary").first().evaluate(async (e) => {
  await Promise.allSettled(e.getAnimations().map((a) => a.finished));
  return getComputedStyle(e).backgroundColor;
});
await page.getByLabel("Logo", { exact: true }).setInputFiles({ name: "logo.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>") });
await page.getByText("Please choose a PNG or JPEG picture.").waitFor();
await page.getByLabel("Logo", { exact: true }).setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: Buffer.from(logo, "base64") });
await page.waitForFunction(() => document.querySelector(".console-top img.brand-logo")?.naturalWidth > 0);
await look("branding-chosen");
say("branded", { pale, filled });

// ---- how the machine is, and a backup that is made on its own terminal: the page looks again by itself
const checks = () => page.getByRole("list", { name: "Checks", exact: true }).getByRole("listitem").evaluateAll((rows) =>
  rows.map((row) => ({ what: row.querySelector("strong").textContent, state: row.className, spoken: row.querySelector(".only-spoken").textContent, text: row.querySelector("p").textContent })));
await open("/admin/system", "System health");
const backups = page.getByRole("region", { name: "Backups", exact: true });
await backups.getByText("None was made by `sealhall backup` yet.").waitFor({ timeout: 20_000 });
await look("system-no-backup");
say("healthy", { checks: await checks() });
await told();
await backups.getByText("Made at", { exact: true }).waitFor({ timeout: 30_000 });
const backup = await backups.locator("dl").evaluate((list) => Object.fromEntries([...list.querySelectorAll("dt")].map((name) => [name.textContent, name.nextElementSibling.textContent])));
say("backed", { backup, checks: await checks(), warned: await backups.getByRole("status").count() });

// ---- every screen
for (const [path, heading, name] of [
  ["/admin", "Overview", "overview"], ["/admin/users", "Users", "users"], ["/admin/invitations", "Invitations", "invitations"], ["/admin/invitations/import", "Import a file", "import"],
  ["/admin/groups", "Groups", "groups"], ["/admin/roles", "Roles", "roles"], ["/admin/policies", "Policies", "policies"], ["/admin/live", "Live meetings", "live"],
  ["/admin/meetings", "Past meetings", "meetings"], ["/admin/recordings", "Recordings", "recordings"], ["/admin/tracking", "Tracking fields", "tracking"], ["/admin/reports", "Reports", "reports"], ["/admin/sign-ins", "Sign-in log", "sign-ins"],
  ["/admin/operations", "Operation log", "operations"], ["/admin/abuse", "Abuse reports", "abuse"], ["/admin/keys", "Keys", "keys-all"], ["/admin/audit", "Key audit log", "audit-all"],
  ["/admin/applications", "API applications", "applications"], ["/admin/webhooks", "Webhooks", "webhooks"], ["/admin/branding", "Branding", "branding"], ["/admin/system", "System health", "system"],
]) await looks(path, heading, name);
for (const [path, heading, name] of [["/admin", "Overview", "overview"], ["/admin/users", "Users", "users"], ["/admin/reports", "Reports", "reports"]]) {
  await open(path, heading);
  await contrasts(name);
}

// ---- a member is offered nothing, a planner what the role names
const other = await openPage(browser);
await other.goto(at("/admin"));
await other.getByLabel("Name or e-mail address").fill(member);
await other.getByLabel("Password").fill(password);
await other.getByRole("button", { name: "Sign in", exact: true }).click();
await other.getByRole("heading", { level: 1, name: "Overview" }).waitFor({ timeout: 20_000 });
const offered = await other.locator(".console-nav a").allTextContents();
await other.goto(at("/admin/keys"));
await other.getByText("Your role does not open this page.").waitFor();
await other.screenshot({ path: `${screens}admin-planner.png` });

say("done", { findings, offered, problems: problems().concat(other.problems.filter((p) => !/Failed to load resource.*status of 401/.test(p))), elsewhere: elsewhere() });
await browser.close();
process.exit(0);
