// Groups: the list, and one of them with its members and what it has set.
import { useState } from "react";
import { Button, Link, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { at } from "../../i18n/admin";
import { navigate } from "../../router";
import { api, segment } from "../../site/api";
import { PeopleIcon, PersonIcon, PlusIcon, SearchIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet, FormSheet } from "../parts/dialogs";
import { Field } from "../parts/fields";
import { number } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";
import { useMay } from "../rights";
import { PolicyEditor } from "./Policies";
import type { UserRow } from "./Users";

interface GroupRow {
  id: string;
  name: string;
  members: number;
}

export function Groups() {
  const may = useMay("groups_write");
  const [making, setMaking] = useState(false);
  const [version, setVersion] = useState(0);
  return (
    <Page title={at("groups.title")} text={at("groups.text")} actions={may && <Button className="primary" onPress={() => setMaking(true)}><PlusIcon />{at("groups.create")}</Button>}>
      <DataTable<GroupRow>
        label={at("groups.title")} path="/api/groups" rows="groups" version={version} file="groups" searchable={at("groups.search")} initialSort="name" rowKey={(g) => g.id}
        columns={[
          { title: at("name"), sort: "name", cell: (g) => <Link href={`/admin/groups/${segment(g.id)}`}><bdi>{g.name}</bdi></Link> },
          { title: at("groups.members"), sort: "members", number: true, cell: (g) => number(g.members) },
        ]}
        empty={{ Icon: PeopleIcon, title: at("groups.none"), text: at("groups.noneText"), action: may && <Button className="primary" onPress={() => setMaking(true)}>{at("groups.create")}</Button> }}
      />
      {making && <NameGroup onClose={() => { setMaking(false); setVersion((n) => n + 1); }} />}
    </Page>
  );
}

function NameGroup({ group, onClose, onDone }: { group?: GroupRow; onClose(): void; onDone?(): void }) {
  const [name, setName] = useState(group?.name ?? "");
  const { say } = useNotices();
  return (
    <FormSheet
      title={group ? at("groups.rename") : at("groups.create")} action={group ? at("save") : at("groups.create")} onClose={onClose}
      onSubmit={async () => {
        if (group) await api.patch(`/api/groups/${segment(group.id)}`, { name });
        else await api.post("/api/groups", { name });
        say(at("saved"));
        onDone?.();
      }}
    >
      <Field label={at("name")} value={name} onChange={setName} required autoFocus max={64} />
    </FormSheet>
  );
}

export function Group({ id }: { id: string }) {
  const data = useData<GroupRow>(`/v2/groups/${segment(id)}`);
  const may = useMay("groups_write");
  const seesPolicies = useMay("settings_read");
  const [question, setQuestion] = useState<"rename" | "remove" | null>(null);
  const { say } = useNotices();
  return (
    <Page
      title={data.value?.name ?? id} above={[{ title: at("groups.title"), href: "/admin/groups" }]}
      actions={may && data.value && <>
        <Button onPress={() => setQuestion("rename")}>{at("groups.rename")}</Button>
        <Button className="quiet danger" onPress={() => setQuestion("remove")}>{at("groups.remove")}</Button>
      </>}
    >
      <Loaded data={data}>
        {(group) => (
          <>
            <Tabs>
              <TabList aria-label={group.name}>
                <Tab id="members">{at("groups.members")}</Tab>
                {seesPolicies && <Tab id="policies">{at("policies.title")}</Tab>}
              </TabList>
              <TabPanel id="members"><Members group={group} /></TabPanel>
              {seesPolicies && <TabPanel id="policies"><PolicyEditor level="group" id={group.id} /></TabPanel>}
            </Tabs>
            {question === "rename" && <NameGroup group={group} onClose={() => setQuestion(null)} onDone={data.again} />}
            {question === "remove" && (
              <ConfirmSheet
                title={at("groups.remove")} text={at("groups.removeText", { name: group.name })} action={at("groups.remove")} onClose={() => setQuestion(null)}
                onConfirm={async () => {
                  await api.delete(`/api/groups/${segment(group.id)}`);
                  say(at("groups.removed", { name: group.name }));
                  navigate("/admin/groups");
                }}
              />
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Members({ group }: { group: GroupRow }) {
  const writes = useMay("groups_write");
  const seesPeople = useMay("users_read");
  const may = writes && seesPeople;
  const [version, setVersion] = useState(0);
  const [adding, setAdding] = useState(false);
  const { attempt } = useNotices();
  const takeOut = async (user: UserRow) => {
    if (await attempt(() => api.delete(`/api/groups/${segment(group.id)}/members/${segment(user.id)}`), at("saved"))) setVersion((n) => n + 1);
  };
  return (
    <div className="column">
      {may && <div className="row"><Button className="primary" onPress={() => setAdding(true)}><PlusIcon />{at("groups.addPeople")}</Button></div>}
      <DataTable<UserRow>
        label={at("groups.members")} path="/v2/users" rows="users" fixed={{ group_id: group.id, status: "all" }} version={version} file="members" searchable={at("users.search")} initialSort="display_name" rowKey={(u) => u.id}
        columns={[
          { title: at("name"), sort: "display_name", cell: (u) => <Link href={`/admin/users/${segment(u.id)}`}><bdi>{u.display_name}</bdi></Link> },
          { title: at("login"), sort: "email", cell: (u) => <bdi>{u.email}</bdi> },
          ...(may ? [{ title: at("actions"), quiet: true, cell: (u: UserRow) => <Button className="small quiet" onPress={() => void takeOut(u)}>{at("group.takeOut")}</Button> }] : []),
        ]}
        empty={{ Icon: PersonIcon, title: at("groups.noMembers") }}
      />
      {adding && <AddMember group={group} onClose={() => setAdding(false)} onAdded={() => setVersion((n) => n + 1)} />}
    </div>
  );
}

function AddMember({ group, onClose, onAdded }: { group: GroupRow; onClose(): void; onAdded(): void }) {
  const [search, setSearch] = useState("");
  const found = useData<{ users: UserRow[] }>(search.trim().length > 0 ? "/v2/users" : null, { query: search.trim(), page_size: 8, sort: "display_name" });
  const [chosen, setChosen] = useState<UserRow | null>(null);
  return (
    <FormSheet
      title={at("groups.addPeople")} action={at("group.add")} onClose={onClose} disabled={chosen === null}
      onSubmit={async () => {
        await api.put(`/api/groups/${segment(group.id)}/members/${segment(chosen!.id)}`);
        onAdded();
      }}
    >
      <Field label={at("users.search")} value={search} onChange={(text) => { setSearch(text); setChosen(null); }} autoFocus max={100} />
      <div className="scroll-list" role="radiogroup" aria-label={at("users.title")}>
        {search.trim() !== "" && found.value?.users.map((u) => (
          <label key={u.id} className="row"><input type="radio" name="person" checked={chosen?.id === u.id} onChange={() => setChosen(u)} /><span className="grow"><bdi>{u.display_name}</bdi> <span className="hint"><bdi>{u.email}</bdi></span></span></label>
        ))}
        {(search.trim() === "" || found.value?.users.length === 0) && <p className="hint row"><SearchIcon />{search.trim() === "" ? at("users.typeToSearch") : at("table.nothing")}</p>}
      </div>
    </FormSheet>
  );
}
