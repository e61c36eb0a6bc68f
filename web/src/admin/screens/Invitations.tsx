// Invitations that wait, and new ones.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { at } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { ChatIcon, PlusIcon, UploadIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet, FormSheet } from "../parts/dialogs";
import { Choice, Field } from "../parts/fields";
import { time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Page } from "../parts/Page";
import { useData } from "../parts/useData";
import { useMay } from "../rights";
import { roleName, useRoles } from "./Roles";

interface Invitation {
  id: string;
  login: string;
  role: string;
  group_id?: string;
  created_at: string;
  expires_at: string;
}

export function Invitations() {
  const may = useMay("users_write");
  const roles = useRoles();
  const [inviting, setInviting] = useState(false);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  const [version, setVersion] = useState(0);
  const { say } = useNotices();
  return (
    <Page
      title={at("invitations.title")} text={at("invitations.text")}
      actions={may && <>
        <Link className="button" href="/admin/invitations/import"><UploadIcon />{at("import.title")}</Link>
        <Button className="primary" onPress={() => setInviting(true)}><PlusIcon />{at("invitations.invite")}</Button>
      </>}
    >
      <DataTable<Invitation>
        label={at("invitations.title")} path="/api/invitations" rows="invitations" version={version} file="invitations" searchable={at("invitations.search")} rowKey={(i) => i.id}
        columns={[
          { title: at("login"), sort: "login", cell: (i) => <bdi>{i.login}</bdi> },
          { title: at("role"), sort: "role", cell: (i) => roleName(roles.find((r) => r.id === i.role) ?? i.role) },
          { title: at("invitations.sent"), sort: "created_at", cell: (i) => time(i.created_at) },
          { title: at("invitations.until"), sort: "expires_at", cell: (i) => <>{time(i.expires_at)} {new Date(i.expires_at) < new Date() && <span className="tag warn">{at("invitations.over")}</span>}</> },
          ...(may ? [{ title: at("actions"), quiet: true, cell: (i: Invitation) => <Button className="small quiet" onPress={() => setRevoking(i)}>{at("invitations.revoke")}</Button> }] : []),
        ]}
        empty={{ Icon: ChatIcon, title: at("invitations.none"), text: at("invitations.noneText"), action: may && <Button className="primary" onPress={() => setInviting(true)}>{at("invitations.invite")}</Button> }}
      />
      {inviting && <Invite onClose={() => { setInviting(false); setVersion((n) => n + 1); }} />}
      {revoking && (
        <ConfirmSheet
          title={at("invitations.revoke")} text={at("invitations.revokeText", { login: revoking.login })} action={at("invitations.revoke")} onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await api.delete(`/api/invitations/${segment(revoking.id)}`);
            say(at("invitations.revoked"));
            setVersion((n) => n + 1);
          }}
        />
      )}
    </Page>
  );
}

function Invite({ onClose }: { onClose(): void }) {
  const roles = useRoles();
  const groups = useData<{ groups: { id: string; name: string }[] }>(useMay("groups_read") ? "/api/groups" : null, { sort: "name" });
  const [login, setLogin] = useState("");
  const [role, setRole] = useState("member");
  const [group, setGroup] = useState("");
  const { say } = useNotices();
  return (
    <FormSheet
      title={at("invitations.invite")} action={at("invitations.send")} onClose={onClose}
      onSubmit={async () => {
        await api.post("/api/invitations", { login, role, ...(group === "" ? {} : { group_id: group }) });
        say(at("invitations.done", { login }));
      }}
    >
      <Field label={at("mail")} type="email" value={login} onChange={setLogin} required autoFocus max={64} />
      <Choice label={at("role")} value={role} onChange={setRole} options={roles.map((r) => [r.id, roleName(r)] as const)} />
      {(groups.value?.groups.length ?? 0) > 0 && <Choice label={at("group")} value={group} onChange={setGroup} options={[["", at("group.no")], ...groups.value!.groups.map((g) => [g.id, g.name] as const)]} />}
      <p className="hint">{at("invitations.mailText")}</p>
    </FormSheet>
  );
}
