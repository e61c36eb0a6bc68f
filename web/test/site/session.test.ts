// Signing in in a browser that remembers nothing, or has no room left.
import "./page";
import { afterEach, expect, test, vi } from "vitest";
import { knownDevice, signedIn, useSession } from "../../src/site/session";

// Read outside of a page: nothing is rendered.
vi.mock("react", () => ({ useSyncExternalStore: (_subscribe: unknown, snapshot: () => unknown) => snapshot() }));
afterEach(() => void vi.unstubAllGlobals());

test("a good answer is a good answer, whether anything can be remembered or not", async () => {
  const no = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: no });
  vi.stubGlobal("fetch", async () => Response.json({ id: "1", login: "ada", name: "Ada", admin: false, role: "member", permissions: [] }));
  await signedIn({ device: "d" });
  expect(useSession()).toMatchObject({ state: "in", me: { login: "ada" } });
  vi.stubGlobal("localStorage", { getItem: no, setItem: no });
  expect(knownDevice()).toBeUndefined();
});
