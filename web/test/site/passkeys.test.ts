import "./page";
import { expect, test } from "vitest";
import { creationOptions } from "../../src/site/passkeys";

test("what the server asks of a new passkey reaches the browser in its words", () => {
  const options = creationOptions({ challenge: "AQI", rp_id: "meet.example", user_id: "AwQ", user_name: "ada@example.org", display_name: "Ada", algorithms: [7, 8], exclude: ["BQY"] });
  expect([...new Uint8Array(options.challenge as ArrayBuffer)]).toEqual([1, 2]);
  expect([...new Uint8Array(options.user.id as ArrayBuffer)]).toEqual([3, 4]);
  expect(options.pubKeyCredParams.map((p) => p.alg)).toEqual([-7, -8]);
  expect([...new Uint8Array(options.excludeCredentials![0]!.id as ArrayBuffer)]).toEqual([5, 6]);
  expect(options.authenticatorSelection?.userVerification).toBe("required");
});
