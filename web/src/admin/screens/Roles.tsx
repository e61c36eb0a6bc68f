// Roles: what each may do, side by side; and one of one's own to be changed.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { navigate } from "../../router";
import { api, segment } from "../../site/api";
import { CheckIcon, PersonIcon, PlusIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet } from "../parts/dialogs";
import { Field, Tick } from "../parts/fields";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";
import { useMay, useViewer } from "../rights";
import type { UserRow } from "./Users";

export interface RoleView {
  id: string;
  name: string;
  description: string;
  permissions: string[];
  built_in: boolean;
  members: number;
}
const builtIn: RoleView[] = ["owner", "admin", "member"].map((id) => ({ id, name: id, description: "", permissions: [], built_in: true, members: 0 }));

/** All that there are, or the three that every account has, for whoever may not read them. */
export function useRoles(): readonly RoleView[] {
  const data = useData<{ roles: RoleView[] }>(useMay("roles_read") ? "/api/roles" : null);
  return data.value?.roles ?? builtIn;
}
export function roleName(role: RoleView | string): string {
  const id = typeof role === "string" ? role : role.id;
  return atOr(`role.${id}`, typeof role === "string" ? role : role.name);
}

/** As the server lists them, in the groups of the console. */
export const permissionGroups: readonly (readonly string[])[] = [
  ["users_read", "users_write", "groups_read", "groups_write", "roles_read", "roles_write", "settings_read", "settings_write"],
  ["meetings_read", "meetings_write", "recordings_read", "recordings_write", "reports_read"],
  ["audit_read", "applications", "webhooks", "server"],
];
const groupTitles = ["area.people", "area.meetings", "area.machine"] as const;

export function Roles() {
  const data = useData<{ roles: RoleView[] }>("/api/roles");
  const may = useMay("roles_write");
  return (
    <Page title={at("roles.title")} text={at("roles.text")} actions={may && <Link className="button primary" href="/admin/roles/new"><PlusIcon />{at("roles.create")}</Link>}>
      <Loaded data={data}>
        {({ roles }) => (
          <div className="table-scroll" role="region" aria-label={at("roles.matrix")} tabIndex={0}>
            <table className="matrix">
              <thead>
                <tr>
                  <th scope="col">{at("roles.permission")}</th>
                  {roles.map((r) => <th key={r.id} scope="col">{r.built_in ? roleName(r) : <Link href={`/admin/roles/${segment(r.id)}`}><bdi>{r.name}</bdi></Link>}</th>)}
                </tr>
              </thead>
              {permissionGroups.map((group, i) => (
                <tbody key={i}>
                  <tr><th scope="rowgroup" colSpan={roles.length + 1}>{at(groupTitles[i]!)}</th></tr>
                  {group.map((p) => (
                    <tr key={p}>
                      <th scope="row">{atOr(`permission.${p}`, p)}</th>
                      {roles.map((r) => <td key={r.id}>{r.permissions.includes(p) ? <><CheckIcon /><span className="only-spoken">{at("yes")}</span></> : <span className="only-spoken">{at("no")}</span>}</td>)}
                    </tr>
                  ))}
                </tbody>
              ))}
            </table>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

export function Role({ id }: { id: string }) {
  const isNew = id === "new";
  const data = useData<{ roles: RoleView[] }>("/api/roles");
  const role = data.value?.roles.find((r) => r.id === id);
  return (
    <Page title={isNew ? at("roles.create") : (role?.name ?? id)} above={[{ title: at("roles.title"), href: "/admin/roles" }]}>
      {isNew ? <EditRole /> : (
        <Loaded data={data}>
          {() => role && !role.built_in ? (
            <>
              <EditRole role={role} />
              <DataTable<UserRow>
                label={at("roles.who")} path="/v2/users" rows="users" fixed={{ role_id: role.id, status: "all" }} searchable={at("users.search")} rowKey={(u) => u.id}
                columns={[
                  { title: at("name"), sort: "display_name", cell: (u) => <Link href={`/admin/users/${segment(u.id)}`}><bdi>{u.display_name}</bdi></Link> },
                  { title: at("login"), sort: "email", cell: (u) => <bdi>{u.email}</bdi> },
                ]}
                empty={{ Icon: PersonIcon, title: at("roles.nobody"), text: at("roles.nobodyText") }}
              />
            </>
          ) : <p className="hint">{at("nothingHere")}</p>}
        </Loaded>
      )}
    </Page>
  );
}

function EditRole({ role }: { role?: RoleView }) {
  const may = useMay("roles_write");
  const viewer = useViewer();
  const [name, setName] = useState(role?.name ?? "");
  const [description, setDescription] = useState(role?.description ?? "");
  const [chosen, setChosen] = useState<readonly string[]>(role?.permissions ?? []);
  const [removing, setRemoving] = useState(false);
  const { attempt, say } = useNotices();
  const save = async () => {
    const body = { name, description, permissions: chosen };
    const went = await attempt(() => (role ? api.patch(`/api/roles/${segment(role.id)}`, body) : api.post("/api/roles", body)), at("saved"));
    if (went && !role) navigate("/admin/roles");
  };
  return (
    <form
      className="card column"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="cards two">
        <Field label={at("name")} value={name} onChange={setName} required max={64} />
        <Field label={at("description")} value={description} onChange={setDescription} max={500} />
      </div>
      <div className="ticks">
        {permissionGroups.map((group, i) => (
          <div key={i} role="group" aria-label={at(groupTitles[i]!)}>
            <h2>{at(groupTitles[i]!)}</h2>
            {group.map((p) => (
              <Tick key={p} label={atOr(`permission.${p}`, p)} value={chosen.includes(p)} disabled={!may || !viewer.permissions.includes(p)} onChange={(on) => setChosen(on ? [...chosen, p] : chosen.filter((c) => c !== p))} />
            ))}
          </div>
        ))}
      </div>
      <p className="hint">{at("roles.onlyOwn")}</p>
      {may && (
        <div className="actions">
          {role && <Button className="quiet danger" onPress={() => setRemoving(true)}>{at("roles.remove")}</Button>}
          <Button type="submit" className="primary" isDisabled={name.trim() === ""}>{at("save")}</Button>
        </div>
      )}
      {removing && role && (
        <ConfirmSheet
          title={at("roles.remove")} text={at("roles.removeText", { name: role.name })} action={at("roles.remove")} onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await api.delete(`/api/roles/${segment(role.id)}`);
            say(at("roles.removed", { name: role.name }));
            navigate("/admin/roles");
          }}
        />
      )}
    </form>
  );
}
