// People: the list, and one of them with everything that an administrator does for them.
import { useState } from "react";
import { Button, Link, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { DownIcon, PersonIcon, PlusIcon, UploadIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet, FormSheet } from "../parts/dialogs";
import { Choice, Field } from "../parts/fields";
import { time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";
import { useMay, useViewer } from "../rights";
import { signInColumns } from "./Logs";
import { EffectivePolicies } from "./Policies";
import { type RoleView, roleName, useRoles } from "./Roles";

export interface UserRow {
  id: string;
  email: string;
  display_name: string;
  status: "active" | "inactive";
  dept?: string;
  created_at: string;
  last_login_time?: string;
  role_id: string;
}
interface OneUser extends UserRow {
  role_name?: string;
  group_ids: string[];
  timezone?: string;
  job_title?: string;
  company?: string;
  phone_number?: string;
  personal_meeting_url?: string;
}
const above = [{ title: at("users.title"), href: "/admin/users" }];
/** /v2 counts the built-in roles. */
const roleIds: Record<string, string> = { "0": "owner", "1": "admin", "2": "member" };
export const roleIdOf = (user: UserRow): string => roleIds[user.role_id] ?? user.role_id;

export function StatusTag({ status }: { status: string }) {
  return <span className={status === "active" ? "tag good" : "tag warn"}>{status === "active" ? at("user.active") : at("user.suspended")}</span>;
}

export function Users() {
  const may = useMay("users_write");
  const roles = useRoles();
  const [version, setVersion] = useState(0);
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title={at("users.title")} text={at("users.text")}
      actions={may && <>
        <Link className="button" href="/admin/invitations/import"><UploadIcon />{at("import.title")}</Link>
        <Button onPress={() => setCreating(true)}><PlusIcon />{at("users.create")}</Button>
        <Link className="button primary" href="/admin/invitations">{at("invitations.invite")}</Link>
      </>}
    >
      <DataTable<UserRow>
        label={at("users.title")} path="/v2/users" rows="users" version={version} file="users" searchable={at("users.search")} initialSort="display_name"
        initialFilters={{ status: "all" }} rowKey={(u) => u.id}
        filters={[
          { name: "status", label: at("status"), always: true, options: [["all", at("user.all")], ["active", at("user.active")], ["inactive", at("user.suspended")]] },
          { name: "role_id", label: at("role"), options: roles.map((r) => [r.id, roleName(r)] as const) },
        ]}
        columns={[
          { title: at("name"), sort: "display_name", cell: (u) => <Link href={`/admin/users/${segment(u.id)}`}><bdi>{u.display_name}</bdi></Link> },
          { title: at("login"), sort: "email", cell: (u) => <bdi>{u.email}</bdi> },
          { title: at("department"), sort: "dept", cell: (u) => <bdi>{u.dept ?? ""}</bdi> },
          { title: at("role"), cell: (u) => roleName(roles.find((r) => r.id === roleIdOf(u)) ?? roleIdOf(u)) },
          { title: at("status"), cell: (u) => <StatusTag status={u.status} /> },
          { title: at("user.lastSignIn"), sort: "last_login_time", cell: (u) => time(u.last_login_time) || at("never") },
          { title: at("user.created"), sort: "created_at", cell: (u) => time(u.created_at) },
        ]}
        empty={{ Icon: PersonIcon, title: at("users.none") }}
      />
      {creating && <CreateUser onClose={() => { setCreating(false); setVersion((n) => n + 1); }} />}
    </Page>
  );
}

function CreateUser({ onClose }: { onClose(): void }) {
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { say } = useNotices();
  return (
    <FormSheet
      title={at("users.create")} action={at("users.create")} onClose={onClose}
      onSubmit={async () => {
        await api.post("/api/users", { login, name, password });
        say(at("users.created", { name }));
      }}
    >
      <p className="hint">{at("users.createText")}</p>
      <Field label={at("login")} hint={at("users.loginHint")} value={login} onChange={setLogin} required autoFocus max={64} />
      <Field label={at("name")} value={name} onChange={setName} required />
      <Field label={at("users.firstPassword")} hint={at("users.passwordHint")} value={password} onChange={setPassword} type="password" required max={512} />
    </FormSheet>
  );
}

type Question = "role" | "suspend" | "enable" | "factors" | "signOut" | "remove" | "profile";

export function User({ id }: { id: string }) {
  const data = useData<OneUser>(`/v2/users/${segment(id)}`);
  const roles = useRoles();
  const viewer = useViewer();
  const may = useMay("users_write");
  const seesLogs = useMay("audit_read");
  const seesPolicies = useMay("settings_read");
  const [question, setQuestion] = useState<Question | null>(null);
  const user = data.value;
  const self = user?.id === viewer.id;
  return (
    <Page
      title={user?.display_name ?? id} above={above}
      actions={may && user && (
        <MenuTrigger>
          <Button>{at("actions")}<DownIcon /></Button>
          <Popover>
            <Menu onAction={(key) => setQuestion(key as Question)} disabledKeys={self ? ["role", "suspend", "enable", "remove"] : []}>
              <MenuItem id="profile">{at("user.edit")}</MenuItem>
              <MenuItem id="role">{at("user.changeRole")}</MenuItem>
              <MenuItem id="signOut">{at("user.signOut")}</MenuItem>
              <MenuItem id="factors">{at("user.resetFactors")}</MenuItem>
              {user.status === "active" ? <MenuItem id="suspend" className="react-aria-MenuItem danger">{at("user.suspend")}</MenuItem> : <MenuItem id="enable">{at("user.enable")}</MenuItem>}
              <MenuItem id="remove" className="react-aria-MenuItem danger">{at("user.remove")}</MenuItem>
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
    >
      <Loaded data={data}>
        {(u) => (
          <>
            <div className="cards two">
              <section className="card" aria-labelledby="who">
                <h2 id="who">{at("user.profile")}</h2>
                <dl>
                  <dt>{at("login")}</dt><dd><bdi>{u.email}</bdi></dd>
                  <dt>{at("status")}</dt><dd><StatusTag status={u.status} /></dd>
                  <dt>{at("role")}</dt><dd>{roleName(roles.find((r) => r.id === roleIdOf(u)) ?? roleIdOf(u))}</dd>
                  <dt>{at("department")}</dt><dd><bdi>{u.dept ?? "–"}</bdi></dd>
                  <dt>{at("user.jobTitle")}</dt><dd><bdi>{u.job_title ?? "–"}</bdi></dd>
                  <dt>{at("user.phone")}</dt><dd><bdi>{u.phone_number ?? "–"}</bdi></dd>
                  <dt>{at("user.lastSignIn")}</dt><dd>{time(u.last_login_time) || at("never")}</dd>
                  <dt>{at("user.created")}</dt><dd>{time(u.created_at)}</dd>
                  <dt>{at("user.id")}</dt><dd><code>{u.id}</code></dd>
                </dl>
              </section>
              <UserGroups user={u} onChange={data.again} />
            </div>
            {seesPolicies && <EffectivePolicies userId={u.id} />}
            {seesLogs && (
              <DataTable
                titled label={at("user.signIns")} path="/api/logs/sign-ins" rows="sign_ins" fixed={{ user_id: u.id }} rowKey={(r: { at: string; kind: string }) => r.at + r.kind} file="sign-ins"
                columns={signInColumns.slice(0, 1).concat(signInColumns.slice(2))} empty={{ Icon: PersonIcon, title: at("signIns.none") }}
              />
            )}
            {question !== null && <UserQuestion user={u} question={question} roles={roles} onClose={() => setQuestion(null)} onDone={data.again} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function UserQuestion({ user, question, roles, onClose, onDone }: { user: OneUser; question: Question; roles: readonly RoleView[]; onClose(): void; onDone(): void }) {
  const { say } = useNotices();
  const path = `/api/users/${segment(user.id)}`;
  const name = user.display_name;
  const post = (what: string, done: string) => async () => {
    await api.post(`${path}/${what}`);
    say(done);
    onDone();
  };
  switch (question) {
    case "profile": return <EditProfile user={user} onClose={onClose} onDone={onDone} />;
    case "role": return <GiveRole user={user} roles={roles} onClose={onClose} onDone={onDone} />;
    case "suspend": return <ConfirmSheet title={at("user.suspend")} text={at("user.suspendText", { name })} action={at("user.suspend")} onClose={onClose} onConfirm={post("disable", at("user.suspended.done", { name }))} />;
    case "enable": return <ConfirmSheet danger={false} title={at("user.enable")} text={at("user.enableText", { name })} action={at("user.enable")} onClose={onClose} onConfirm={post("enable", at("user.enabled.done", { name }))} />;
    case "factors": return <ConfirmSheet title={at("user.resetFactors")} text={at("user.resetText", { name })} action={at("user.resetFactors")} onClose={onClose} onConfirm={post("reset-2fa", at("user.reset.done", { name }))} />;
    case "signOut": return <ConfirmSheet title={at("user.signOut")} text={at("user.signOutText", { name })} action={at("user.signOut")} onClose={onClose} onConfirm={post("sign-out", at("user.signedOut.done", { name }))} />;
    case "remove":
      return (
        <ConfirmSheet
          title={at("user.remove")} text={at("user.removeText", { name })} action={at("user.remove")} type={user.email} typeLabel={at("user.typeLogin")} onClose={onClose}
          onConfirm={async () => {
            await api.delete(`/v2/users/${segment(user.id)}`, { action: "delete" });
            say(at("user.removed.done", { name }));
            onDone();
          }}
        />
      );
  }
}

function GiveRole({ user, roles, onClose, onDone }: { user: OneUser; roles: readonly RoleView[]; onClose(): void; onDone(): void }) {
  const [role, setRole] = useState(roleIdOf(user));
  const { say } = useNotices();
  return (
    <FormSheet
      title={at("user.changeRole")} action={at("save")} onClose={onClose} disabled={role === roleIdOf(user)}
      onSubmit={async () => {
        await api.put(`/api/users/${segment(user.id)}/role`, { role });
        say(at("user.role.done", { name: user.display_name }));
        onDone();
      }}
    >
      <Choice label={at("role")} value={role} onChange={setRole} options={roles.map((r) => [r.id, roleName(r)] as const)} />
      <p className="hint">{roles.find((r) => r.id === role)?.description || atOr(`role.${role}.text`, "")}</p>
    </FormSheet>
  );
}

function EditProfile({ user, onClose, onDone }: { user: OneUser; onClose(): void; onDone(): void }) {
  const [name, setName] = useState(user.display_name);
  const [dept, setDept] = useState(user.dept ?? "");
  const [title, setTitle] = useState(user.job_title ?? "");
  const [phone, setPhone] = useState(user.phone_number ?? "");
  const { say } = useNotices();
  return (
    <FormSheet
      title={at("user.edit")} action={at("save")} onClose={onClose}
      onSubmit={async () => {
        await api.patch(`/v2/users/${segment(user.id)}`, { display_name: name, dept, job_title: title, phone_number: phone });
        say(at("saved"));
        onDone();
      }}
    >
      <Field label={at("name")} value={name} onChange={setName} required />
      <Field label={at("department")} value={dept} onChange={setDept} />
      <Field label={at("user.jobTitle")} value={title} onChange={setTitle} />
      <Field label={at("user.phone")} value={phone} onChange={setPhone} max={64} />
    </FormSheet>
  );
}

interface GroupsOf {
  groups: { id: string; name: string; members: number }[];
}
function UserGroups({ user, onChange }: { user: OneUser; onChange(): void }) {
  const reads = useMay("groups_read");
  const writes = useMay("groups_write");
  const data = useData<GroupsOf>(reads ? "/api/groups" : null, { sort: "name" });
  const [chosen, setChosen] = useState("");
  const { attempt } = useNotices();
  if (!reads) return null;
  return (
    <section className="card" aria-labelledby="groups-of">
      <h2 id="groups-of">{at("groups.title")}</h2>
      <Loaded data={data}>
        {({ groups }) => {
          const inside = user.group_ids.map((id) => groups.find((g) => g.id === id)).filter((g) => g !== undefined);
          const others = groups.filter((g) => !user.group_ids.includes(g.id));
          const change = async (what: "put" | "delete", group: string) => {
            if (await attempt(() => api[what](`/api/groups/${segment(group)}/members/${segment(user.id)}`), at("saved"))) onChange();
          };
          return (
            <div className="column">
              {inside.length === 0 ? <p className="hint">{at("user.noGroups")}</p> : (
                <ul className="checks">
                  {inside.map((g, i) => (
                    <li key={g.id}>
                      <span className="grow"><Link href={`/admin/groups/${segment(g.id)}`}><bdi>{g.name}</bdi></Link> {i === 0 && <span className="tag info">{at("group.primary")}</span>}</span>
                      {writes && <Button className="small quiet" onPress={() => void change("delete", g.id)}>{at("group.takeOut")}</Button>}
                    </li>
                  ))}
                </ul>
              )}
              {writes && others.length > 0 && (
                <div className="row">
                  <div className="grow"><Choice hideLabel label={at("group.choose")} value={chosen} onChange={setChosen} options={[["", at("group.choose")], ...others.map((g) => [g.id, g.name] as const)]} /></div>
                  <Button isDisabled={chosen === ""} onPress={() => { void change("put", chosen); setChosen(""); }}>{at("group.add")}</Button>
                </div>
              )}
            </div>
          );
        }}
      </Loaded>
    </section>
  );
}
