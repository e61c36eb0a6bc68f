// The pages that the server writes itself, forms without script: where a sign-in came to nothing, behind the links of mails, where an
// application is allowed something; and the API for reading.
import { accessibility, screens } from "./browser.mjs";
import { openPage } from "./meeting.mjs";

const light = ["", "light", 1280];
const everyWay = [light, ["-dark", "dark", 1280], ["-narrow", "light", 390]];

/** `reset`, `invitation`: links of mails. `consent`: where an application sends people. `member` has `password`; `signedIn`: a browser of somebody else.
 * Gives where the application's own address was reached, in the end. */
export async function serverPages({ link, reset, invitation, consent, member, password, browser, findings, signedIn }) {
  /** Pictures of what is shown, what axe finds on it, and what is wider than the screen. */
  async function look(page, name, ways = everyWay) {
    for (const [way, colorScheme, width] of ways) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: `${screens}server-${name}${way}.png`, fullPage: true });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      findings[`server-${name}${way}`] = [...(await accessibility(page)), ...(over > 1 ? [`${over} px wider than the screen`] : [])];
    }
  }
  const headed = (page, heading) => page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  async function open(page, path, heading, name) {
    await page.goto(new URL(path, link).href);
    await headed(page, heading);
    await look(page, name);
  }
  const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
  const english = await openPage(browser);
  const chinese = await openPage(browser, { lang: "zh-TW" });

  // ---- a sign-in that nobody here has begun
  await open(english, "/oidc/callback?state=old&code=x", "Signing in did not work", "provider-failed");
  await open(chinese, "/oidc/callback?state=old&code=x", "無法登入", "provider-failed-zh-Hant");
  await chinese.getByRole("link", { name: "回到登入頁面" }).click();
  await chinese.getByRole("heading", { level: 1, name: "登入" }).waitFor();

  // ---- a forgotten password
  await open(chinese, "/password", "忘記密碼了嗎？", "password-zh-Hant");
  await open(english, "/password", "Forgotten your password?", "password");
  await english.getByLabel("Mail address").fill("nobody@example.org");
  await press(english, "Send me a link");
  await headed(english, "Look into your mail");
  await look(english, "password-sent");
  await open(english, reset, "Choose a new password", "password-new");
  await english.getByLabel("Password").fill("password12");
  await press(english, "Set this password");
  await english.getByRole("alert").waitFor();
  await look(english, "password-weak");
  await open(english, "/password?token=nonsense", "Choose a new password", "password-refused");

  // ---- an invitation
  await open(chinese, invitation, "您已受邀", "invitation-zh-Hant");
  await open(english, invitation, "You are invited", "invitation");
  await english.getByLabel("Your name").fill("Dora");
  await english.getByLabel("Password").fill(password);
  await press(english, "Create my account");
  await headed(english, "Welcome");
  await look(english, "invitation-taken");

  // ---- what an application may do
  await open(english, consent, "Sign in", "consent-sign-in");
  await open(await signedIn.newPage(), consent, "Allow access?", "consent");
  await open(chinese, consent, "登入", "consent-sign-in-zh-Hant");
  for (const tried of ["not the password", password]) {
    await chinese.getByLabel("帳號或電子郵件").fill(member);
    await chinese.getByLabel("密碼").fill(tried);
    await press(chinese, "登入");
    if (tried === password) break;
    await chinese.getByText("帳號或密碼不正確。").waitFor();
    await look(chinese, "consent-refused-zh-Hant");
  }
  await headed(chinese, "要允許存取嗎？");
  await look(chinese, "consent-zh-Hant");
  await press(chinese, "不允許");
  await chinese.waitForURL(/[?&]error=/);
  const refused = chinese.url();

  // ---- the API; one of what it offers is unfolded. It is long, and looks as the others do in the dark.
  await english.goto(new URL("/docs/api", link).href);
  await headed(english, "The Sealhall API");
  await english.locator("details", { has: english.locator("table") }).first().locator("summary").click();
  await english.locator("details[open] table").first().waitFor();
  await look(english, "api", [light]);

  await english.context().close();
  await chinese.context().close();
  return { refused };
}
