// Signing in in a browser that remembers nothing, or has no room left.
import "./page";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { knownDevice, signedIn, useSession } from "../../src/site/session";

afterEach(() => void vi.unstubAllGlobals());

test("a good answer is a good answer, whether anything can be remembered or not", async () => {
  const no = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: no });
  vi.stubGlobal("fetch", async () => Response.json({ id: "1", login: "ada", name: "Ada", admin: false, role: "member", permissions: [] }));
  await signedIn({ device: "d" });
  let state = "";
  const Look = () => {
    state = useSession().state;
    return null;
  };
  renderToStaticMarkup(createElement(Look));
  expect(state).toBe("in");
  vi.stubGlobal("localStorage", { getItem: no, setItem: no });
  expect(knownDevice()).toBeUndefined();
});
