// Scripts and core that somebody has changed on their way are refused; a link to no meeting explains itself.
import { accessibility, launch, openPage, screens } from "./browser.mjs";

const wanted = JSON.parse(process.argv[2]);
const browser = await launch();
try {
  const result = {};
  for (const [what, pattern] of [["script", /\/assets\/MeetingApp-.*\.js$/], ["worker", /\/assets\/worker-.*\.js$/], ["core", /\/assets\/.*\.wasm$/]]) {
    const page = await openPage(browser);
    let changed = 0;
    await page.route(pattern, async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      changed += 1;
      await route.fulfill({ response, body: what === "core" ? Buffer.concat([body, Buffer.from([0, 2, 1, 0])]) : Buffer.concat([body, Buffer.from("\n;globalThis.tampered = true;")]) });
    });
    await page.goto(wanted.link);
    if (what !== "script") {
      await page.getByLabel("Your name").fill("Mallory's guest");
      await page.getByRole("button", { name: "Join" }).click();
      await page.getByRole("heading", { name: "You are not in the meeting" }).waitFor({ timeout: 30_000 });
      await page.screenshot({ path: `${screens}tampered-${what}.png` });
    } else {
      await page.waitForTimeout(3000);
    }
    result[what] = {
      changed, ran: await page.evaluate(() => globalThis.tampered === true), form: await page.getByLabel("Your name").count(),
      refused: page.problems.some((p) => p.includes("integrity")),
    };
    await page.close();
  }
  const page = await openPage(browser);
  const answer = await page.goto(wanted.wrong);
  await page.screenshot({ path: `${screens}no-such-meeting.png` });
  result.wrong = { status: answer.status(), text: await page.evaluate(() => document.body.innerText), findings: await accessibility(page) };
  console.log(JSON.stringify(result));
} finally {
  await browser.close();
}
