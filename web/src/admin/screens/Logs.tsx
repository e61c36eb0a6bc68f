// Who signed in, and who changed what.
import { Link } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { segment } from "../../site/api";
import { FileIcon, UnlockIcon } from "../../ui/icons";
import { type Column, DataTable, type Filter } from "../parts/DataTable";
import { time } from "../parts/format";
import { Page } from "../parts/Page";

interface SignIn {
  at: string;
  user_id: string;
  login?: string;
  kind: string;
  method: string;
  source: string;
  client: string;
}
interface Operation {
  at: string;
  actor: string;
  login?: string;
  action: string;
  category: string;
  object_id: string;
}
const days: readonly Filter[] = [{ name: "from", label: at("from") }, { name: "to", label: at("to"), endOfDay: true }];

/** "7f000001" is 127.0.0.1; sixteen digits are the first half of an IPv6 address. */
export function addressText(source: string): string {
  if (/^[0-9a-f]{8}$/.test(source)) return source.match(/../g)!.map((byte) => parseInt(byte, 16)).join(".");
  if (/^[0-9a-f]{16}$/.test(source)) return `${source.match(/..../g)!.map((part) => part.replace(/^0{1,3}/, "")).join(":")}::/64`;
  return source;
}
/** What a browser calls itself, in a word or two; everything else as it is. */
export function clientText(client: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/.exec(client);
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(client);
  if (!browser || !client.startsWith("Mozilla/")) return client;
  const name = ({ Edg: "Edge", OPR: "Opera" } as Record<string, string>)[browser[1]!] ?? browser[1]!;
  return `${name} ${browser[2]}${system ? `, ${system[1] === "Mac OS X" ? "macOS" : system[1]}` : ""}`;
}

export const signInColumns: readonly Column<SignIn>[] = [
  { title: at("log.when"), sort: "at", cell: (r) => time(r.at) },
  { title: at("log.who"), cell: (r) => (r.login ? <Link href={`/admin/users/${segment(r.user_id)}`}><bdi>{r.login}</bdi></Link> : <span className="hint">{r.user_id === "" ? at("log.nobody") : at("log.gone")}</span>) },
  { title: at("log.what"), cell: (r) => <span className={r.kind === "refused" ? "tag bad" : r.kind === "in" ? "tag good" : "tag"}>{atOr(`log.kind.${r.kind}`, r.kind)}</span> },
  { title: at("log.how"), cell: (r) => atOr(`log.method.${r.method}`, r.method) },
  { title: at("log.from"), cell: (r) => <span title={r.source}>{addressText(r.source)}</span> },
  { title: at("log.client"), cell: (r) => <bdi title={r.client}>{clientText(r.client)}</bdi> },
];

export function SignIns() {
  return (
    <Page title={at("signIns.title")} text={at("signIns.text")}>
      <DataTable<SignIn>
        label={at("signIns.title")} path="/api/logs/sign-ins" rows="sign_ins" file="sign-ins" searchable={at("signIns.search")} columns={signInColumns} rowKey={(r) => `${r.at}${r.user_id}${r.kind}${r.source}`}
        filters={[{ name: "kind", label: at("log.what"), options: ["in", "refused", "out"].map((k) => [k, atOr(`log.kind.${k}`, k)] as const) }, ...days]}
        empty={{ Icon: UnlockIcon, title: at("signIns.none") }}
      />
    </Page>
  );
}

const categories = ["user", "role", "group", "policy", "branding", "application", "tracking field", "sessions", "password", "passkey", "second factor", "keys", "invitation"];
export function Operations() {
  return (
    <Page title={at("operations.title")} text={at("operations.text")}>
      <DataTable<Operation>
        label={at("operations.title")} path="/api/logs/operations" rows="operations" file="operations" searchable={at("operations.search")} rowKey={(r) => `${r.at}${r.actor}${r.category}${r.object_id}`}
        filters={[{ name: "category", label: at("log.category"), options: categories.map((c) => [c, atOr(`log.category.${c}`, c)] as const) }, ...days]}
        columns={[
          { title: at("log.when"), sort: "at", cell: (r) => time(r.at) },
          { title: at("log.who"), cell: (r) => (r.login ? <Link href={`/admin/users/${segment(r.actor)}`}><bdi>{r.login}</bdi></Link> : <bdi>{r.actor}</bdi>) },
          { title: at("log.action"), cell: (r) => atOr(`log.action.${r.action}`, r.action) },
          { title: at("log.category"), cell: (r) => atOr(`log.category.${r.category}`, r.category) },
          { title: at("log.object"), cell: (r) => <code>{r.object_id}</code> },
        ]}
        empty={{ Icon: FileIcon, title: at("operations.none") }}
      />
    </Page>
  );
}
