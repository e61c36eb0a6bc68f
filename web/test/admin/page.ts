// As test/site/page.ts, and what the themes ask a browser.
import "../site/page";
Object.assign(globalThis, { matchMedia: () => ({ matches: false, addEventListener: () => undefined }) });
