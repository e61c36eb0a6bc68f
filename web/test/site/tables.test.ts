import { describe, expect, test } from "vitest";
import "./page";
import { ApiFailure } from "../../src/site/api";
import { tableOf, withoutNames } from "../../src/site/tables";

describe("a table of the server's", () => {
  const answer = (body: string, token?: string, status = 200) => new Response(body, { status, ...(token ? { headers: { "Next-Page-Token": token } } : {}) });
  test("all pages become one file with one line of names", async () => {
    const asked: string[] = [];
    const pages = [answer("name,n\r\na,1\r\n", "p1"), answer("name,n\r\nb,2\r\n")];
    const text = await tableOf("/v2/users", { sort: "email" }, async (url) => {
      asked.push(String(url));
      return pages.shift()!;
    });
    expect(text).toBe("name,n\r\na,1\r\nb,2\r\n");
    expect(asked).toEqual(["/v2/users?sort=email&format=csv", "/v2/users?sort=email&format=csv&next_page_token=p1"]);
  });
  test("a refusal in the middle is no half file", async () => {
    const pages = [answer("name\r\na\r\n", "p1"), answer('{"message":"Please sign in.","errors":[]}', undefined, 401)];
    await expect(tableOf("/v2/users", {}, async () => pages.shift()!)).rejects.toBeInstanceOf(ApiFailure);
  });
  test("only the first line goes", () => {
    expect(withoutNames("a,b\r\n")).toBe("");
    expect(withoutNames('a\r\n"x\r\ny"\r\n')).toBe('"x\r\ny"\r\n');
  });
});
