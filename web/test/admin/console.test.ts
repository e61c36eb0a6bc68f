import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "./page";
import { areas, offeredAreas } from "../../src/admin/areas";
import { bytes, daysUntil, duration } from "../../src/admin/parts/format";
import { addressText, clientText } from "../../src/admin/screens/Logs";
import { byArea, valueText } from "../../src/admin/screens/Policies";
import { usageBytes } from "../../src/admin/screens/Reports";
import { permissionGroups } from "../../src/admin/screens/Roles";
import { backupCommands, backupOf, checksOf, type SystemView } from "../../src/admin/screens/System";
import { valuesIn } from "../../src/admin/screens/Tracking";
import { en } from "../../src/i18n/admin/en";

describe("who is offered what", () => {
  const pages = (role: string, permissions: string[]) => offeredAreas({ role, permissions }).flatMap((g) => g.items.map((i) => i.page));
  test("nobody without a permission is offered anything", () => expect(pages("member", [])).toEqual([]));
  test("a helper sees what the role names", () => expect(pages("r1", ["users_read"])).toEqual(["users", "invitations"]));
  test("keys are for owners", () => {
    expect(pages("admin", ["server"])).toEqual(["system"]);
    expect(pages("owner", ["server"])).toEqual(["keys", "audit", "system"]);
  });
  test("how everything looks is for whoever changes the settings", () => {
    expect(pages("r1", ["settings_read"])).toEqual(["policies", "tracking"]);
    expect(pages("r1", ["settings_write"])).toEqual(["branding"]);
  });
  test("every page is there once", () => {
    const all = areas.flatMap((g) => g.items.map((i) => i.page));
    expect(new Set(all).size).toBe(all.length);
  });
  test("every page opens a screen, and only the first one comes with the console", () => {
    const source = readFileSync(new URL("../../src/admin/AdminApp.tsx", import.meta.url), "utf8");
    for (const { page } of areas.flatMap((g) => g.items)) expect(source).toMatch(new RegExp(`case "${page}": return .*<[A-Z]`));
    expect([...source.matchAll(/^import .* from "\.\/screens\/(\w+)";$/gm)].map(([, screen]) => screen)).toEqual(["Overview"]);
  });
});

test("suggestions of a tracking field are lines, each once", () => expect(valuesIn(" 17 \n\n23\n17\n")).toEqual(["17", "23"]));

test("every permission of the matrix has its words", () => {
  for (const permission of permissionGroups.flat()) expect(en).toHaveProperty([`permission.${permission}`]);
});
test("sizes, lengths and days", () => {
  expect(bytes(999)).toBe("999 B");
  expect(bytes(1_500_000)).toBe("1.5 MB");
  expect(duration(3_725_000)).toBe("1:02:05");
  expect(duration(65_000)).toBe("1:05");
  expect(daysUntil("2026-12-10T00:00:00Z", new Date("2026-11-28T00:00:00Z"))).toBe(12);
  expect(usageBytes("1.50 MB")).toBe(1_572_864);
  expect(usageBytes("0")).toBe(0);
});
test("where somebody came from and with what", () => {
  expect(addressText("7f000001")).toBe("127.0.0.1");
  expect(addressText("20010db800000000")).toBe("2001:db8:0:0::/64");
  expect(addressText("unknown")).toBe("unknown");
  expect(clientText("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36")).toBe("Chrome 156, Linux");
  expect(clientText("sealhall/0.1")).toBe("sealhall/0.1");
});
test("policies by their area", () => {
  expect(byArea([{ name: "chat.allowed" }, { name: "meeting.polls" }, { name: "chat.files" }])).toEqual([["chat", [{ name: "chat.allowed" }, { name: "chat.files" }]], ["meeting", [{ name: "meeting.polls" }]]]);
  expect(valueText(true)).toBe("On");
  expect(valueText("")).toBe("(empty)");
});
test("the command for a backup names the folder where it has to, quoted where it has to", () => {
  expect(backupCommands("sealhall-data")).not.toContain("--data");
  expect(backupCommands("/var/lib/sealhall")).toMatch(/shb-… --data \/var\/lib\/sealhall$/);
  expect(backupCommands("/a b'c")).toContain("--data '/a b'\\''c'");
});
test("what is broken comes first", () => {
  const system: SystemView = {
    version: "1", started_at: "2026-11-01T00:00:00Z", public_url: "https://x", database: "SQLite", database_answers: true, blobs: "files", disk_free: 90, disk_size: 100, key_service: true, recorder: true, composer: true,
    mail: true, mails_waiting: 0, mails_given_up: 0, certificate_until: "2027-11-28T00:00:00Z", meetings: 0, participants: 0, workers: [{ worker: 0, transports: 0, cpu_permille: 0, bytes_in: 0, bytes_out: 0, dropped: 0 }], data_directory: "sealhall-data", last_backup: "2026-11-27T00:00:00Z", last_backup_bytes: 1_500_000, last_backup_place: "/mnt/backup",
  };
  const now = new Date("2026-11-28T00:00:00Z");
  expect(checksOf(system, now).every((c) => c.state === "good")).toBe(true);
  const worse = checksOf({ ...system, disk_free: 1, certificate_until: "2026-12-05T00:00:00Z", key_service: false }, now);
  expect(worse.slice(0, 3).map((c) => c.state)).toEqual(["bad", "bad", "warn"]);
  // A backup that is a week old is one; an hour later, and without any, there is a warning.
  const backup = (last_backup: string | undefined) => {
    const { last_backup: _, ...rest } = system;
    return backupOf(last_backup === undefined ? rest : { ...rest, last_backup }, now);
  };
  expect(backup("2026-11-21T00:00:00Z").state).toBe("good");
  expect(backup("2026-11-20T23:00:00Z")).toMatchObject({ state: "warn", text: expect.stringContaining("7 days old") as string });
  expect(backup(undefined)).toMatchObject({ state: "warn", text: expect.stringContaining("None was made") as string });
});
