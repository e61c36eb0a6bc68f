// What a browser fetches for a meeting: until the pre-join screen can be used, and until it is in the meeting. Prints names and sizes.
import { gzipSync } from "node:zlib";
import { launch, openPage } from "../../tests/web/browser.mjs";

const { link } = JSON.parse(process.argv[2]);
const browser = await launch();
try {
  const page = await openPage(browser);
  const files = [];
  let phase = "pre_join";
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (response.url().startsWith("blob:") || path.startsWith("/api/") || !response.ok()) return;
    const entry = { path, phase, type: response.headers()["content-type"] ?? "" };
    files.push(response.body().then((body) => ({ ...entry, bytes: body.length, gzipped: gzipSync(body, { level: 9 }).length }), () => undefined));
  });
  await page.goto(link);
  await page.getByLabel("Your name").waitFor({ timeout: 60_000 });
  await page.waitForLoadState("networkidle");
  phase = "meeting";
  await page.getByLabel("Your name").fill("Measure");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("toolbar").waitFor({ timeout: 60_000 });
  await page.waitForLoadState("networkidle");
  console.log(JSON.stringify((await Promise.all(files)).filter(Boolean)));
} finally {
  await browser.close();
}
