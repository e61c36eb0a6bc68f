// Signing in by the organisation's own provider: node provider.mjs '{"link":..}' presses its button and says who is signed in then.
// Then the pages that the server writes itself, with what server_pages.mjs wants for them.
import { openPage, screenshot, session } from "./meeting.mjs";
import { serverPages } from "./server_pages.mjs";

await session(async ({ wanted, browser, say, heard, findings }) => {
  const page = await openPage(browser);
  await page.goto(wanted.link);
  const button = page.getByRole("link", { name: "Continue with Example Works" });
  await button.waitFor();
  await screenshot(page, "sign-in-provider", findings);
  await button.click();
  // The session's cookie is of the strict kind, and one comes from elsewhere: the page asks with it all the same.
  await page.locator(".site").waitFor();
  await screenshot(page, "signed-in-by-provider", findings);
  const { login, name } = await page.evaluate(async () => (await fetch("/api/me")).json());
  const cookies = (await page.context().cookies()).map(({ name: of, httpOnly, sameSite }) => [of, httpOnly, sameSite]);
  await page.goto(new URL("/app/settings/sessions", wanted.link).href);
  await page.getByText("this device").waitFor();
  const told = await serverPages({ ...wanted, browser, findings, signedIn: page.context() });
  const problems = page.problems.filter((p) => !/Failed to load resource.*status of 401/.test(p));
  say("done", { login, name, cookies, path: new URL(page.url()).pathname, findings, problems, told });
  await heard("leave");
});
