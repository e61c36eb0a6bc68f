// Programs that use the API: which there are, what they may do, and their secrets, seen once.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { at } from "../../i18n/admin";
import { navigate } from "../../router";
import { api, segment } from "../../site/api";
import { PlusIcon, PopOutIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet, FormSheet, SecretSheet } from "../parts/dialogs";
import { Choice, Field, Tick } from "../parts/fields";
import { time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";

interface ApplicationView {
  client_id: string;
  account_id: string;
  name: string;
  kind: "server_to_server" | "people";
  scopes: string[];
  redirect_uris: string[];
  disabled: boolean;
  created_at: string;
  client_secret?: string;
}
interface Secret {
  id: string;
  secret: string;
}
interface OpenApi {
  components: { securitySchemes: { oauth: { flows: { authorizationCode: { scopes: Record<string, string> } } } } };
}
const kindName = (kind: ApplicationView["kind"]): string => at(kind === "people" ? "app.people" : "app.machine");

export function Applications() {
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<Secret | null>(null);
  const [version, setVersion] = useState(0);
  return (
    <Page title={at("applications.title")} text={at("applications.text")} actions={<><a className="button" href="/docs/api">{at("applications.docs")}</a><Button className="primary" onPress={() => setCreating(true)}><PlusIcon />{at("applications.create")}</Button></>}>
      <DataTable<ApplicationView>
        label={at("applications.title")} path="/api/applications" rows="applications" version={version} file="applications" searchable={at("applications.search")} rowKey={(a) => a.client_id}
        columns={[
          { title: at("name"), sort: "name", cell: (a) => <Link href={`/admin/applications/${segment(a.client_id)}`}><bdi>{a.name}</bdi></Link> },
          { title: at("app.kind"), sort: "kind", cell: (a) => kindName(a.kind) },
          { title: at("app.id"), cell: (a) => <code>{a.client_id}</code> },
          { title: at("app.scopes"), number: true, cell: (a) => a.scopes.length },
          { title: at("status"), sort: "disabled", cell: (a) => <span className={a.disabled ? "tag warn" : "tag good"}>{a.disabled ? at("app.disabled") : at("app.enabled")}</span> },
          { title: at("user.created"), sort: "created_at", cell: (a) => time(a.created_at) },
        ]}
        empty={{ Icon: PopOutIcon, title: at("applications.none"), text: at("applications.noneText"), action: <Button className="primary" onPress={() => setCreating(true)}>{at("applications.create")}</Button> }}
      />
      {creating && <Create onClose={() => { setCreating(false); setVersion((n) => n + 1); }} onSecret={setSecret} />}
      {secret && <SecretSheet title={at("app.secret")} text={at("app.secretText", { id: secret.id })} secret={secret.secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

function ScopePicker({ chosen, onChange, admin }: { chosen: readonly string[]; onChange(scopes: string[]): void; admin: boolean }) {
  const data = useData<OpenApi>("/openapi.json");
  const [search, setSearch] = useState("");
  return (
    <fieldset>
      <legend>{at("app.scopes")} ({chosen.length})</legend>
      <Field label={at("app.findScope")} value={search} onChange={setSearch} max={100} />
      <div className="scroll-list" role="group" aria-label={at("app.scopes")}>
        <Loaded data={data}>
          {({ components }) => {
            const all = Object.keys(components.securitySchemes.oauth.flows.authorizationCode.scopes).map((s) => (admin ? `${s}:admin` : s));
            const rest = chosen.filter((s) => !all.includes(s));
            return <>{[...rest, ...all].sort().filter((s) => s.includes(search.trim().toLowerCase())).map((s) => <Tick key={s} label={s} value={chosen.includes(s)} onChange={(on) => onChange(on ? [...chosen, s] : chosen.filter((c) => c !== s))} />)}</>;
          }}
        </Loaded>
      </div>
    </fieldset>
  );
}

const lines = (text: string): string[] => text.split(/\s+/).filter((line) => line !== "");

function Create({ onClose, onSecret }: { onClose(): void; onSecret(secret: Secret): void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<ApplicationView["kind"]>("server_to_server");
  const [scopes, setScopes] = useState<string[]>([]);
  const [uris, setUris] = useState("");
  const [isPublic, setPublic] = useState(false);
  return (
    <FormSheet
      wide title={at("applications.create")} action={at("applications.create")} onClose={onClose} disabled={scopes.length === 0}
      onSubmit={async () => {
        const made = await api.post<ApplicationView>("/api/applications", { name, kind, scopes, ...(kind === "people" ? { redirect_uris: lines(uris), public_client: isPublic } : {}) });
        if (made.client_secret) onSecret({ id: made.client_id, secret: made.client_secret });
      }}
    >
      <Field label={at("name")} value={name} onChange={setName} required autoFocus max={100} />
      <Choice label={at("app.kind")} hint={at(kind === "people" ? "app.peopleText" : "app.machineText")} value={kind} onChange={(k) => { setKind(k as ApplicationView["kind"]); setScopes([]); }} options={[["server_to_server", at("app.machine")], ["people", at("app.people")]]} />
      {kind === "people" && <><Field long label={at("app.redirects")} hint={at("app.redirectsHint")} value={uris} onChange={setUris} max={4000} /><Tick label={at("app.public")} value={isPublic} onChange={setPublic} /></>}
      <ScopePicker chosen={scopes} onChange={setScopes} admin={kind === "server_to_server"} />
    </FormSheet>
  );
}

export function Application({ id }: { id: string }) {
  const path = `/api/applications/${segment(id)}`;
  const data = useData<ApplicationView>(path);
  const [question, setQuestion] = useState<"edit" | "secret" | "remove" | null>(null);
  const [secret, setSecret] = useState<Secret | null>(null);
  const { say, attempt } = useNotices();
  return (
    <Page
      title={data.value?.name ?? id} above={[{ title: at("applications.title"), href: "/admin/applications" }]}
      actions={data.value && <>
        <Button onPress={() => setQuestion("edit")}>{at("app.edit")}</Button>
        <Button onPress={() => setQuestion("secret")}>{at("app.newSecret")}</Button>
        <Button onPress={() => void attempt(() => api.patch(path, { disabled: !data.value!.disabled }), at("saved")).then((went) => went && data.again())}>{data.value.disabled ? at("app.enable") : at("app.disable")}</Button>
        <Button className="quiet danger" onPress={() => setQuestion("remove")}>{at("app.remove")}</Button>
      </>}
    >
      <Loaded data={data}>
        {(app) => (
          <>
            <section className="card" aria-labelledby="app-facts">
              <h2 id="app-facts">{at("app.facts")}</h2>
              <dl>
                <dt>{at("app.id")}</dt><dd><code>{app.client_id}</code></dd>
                <dt>{at("app.account")}</dt><dd><code>{app.account_id}</code></dd>
                <dt>{at("app.kind")}</dt><dd>{kindName(app.kind)}</dd>
                <dt>{at("status")}</dt><dd><span className={app.disabled ? "tag warn" : "tag good"}>{app.disabled ? at("app.disabled") : at("app.enabled")}</span></dd>
                <dt>{at("user.created")}</dt><dd>{time(app.created_at)}</dd>
                {app.redirect_uris.length > 0 && <><dt>{at("app.redirects")}</dt><dd>{app.redirect_uris.map((u) => <div key={u}><bdi>{u}</bdi></div>)}</dd></>}
              </dl>
            </section>
            <section className="card" aria-labelledby="app-scopes"><h2 id="app-scopes">{at("app.scopes")}</h2><p className="row">{app.scopes.map((s) => <span key={s} className="tag">{s}</span>)}</p></section>
            {question === "edit" && <Edit app={app} onClose={() => setQuestion(null)} onDone={data.again} />}
            {question === "secret" && (
              <ConfirmSheet
                title={at("app.newSecret")} text={at("app.newSecretText")} action={at("app.newSecret")} onClose={() => setQuestion(null)}
                onConfirm={async () => {
                  const made = await api.post<ApplicationView>(`${path}/secret`);
                  if (made.client_secret) setSecret({ id: made.client_id, secret: made.client_secret });
                }}
              />
            )}
            {question === "remove" && (
              <ConfirmSheet
                title={at("app.remove")} text={at("app.removeText", { name: app.name })} action={at("app.remove")} onClose={() => setQuestion(null)}
                onConfirm={async () => {
                  await api.delete(path);
                  say(at("app.removed", { name: app.name }));
                  navigate("/admin/applications");
                }}
              />
            )}
          </>
        )}
      </Loaded>
      {secret && <SecretSheet title={at("app.secret")} text={at("app.secretText", { id: secret.id })} secret={secret.secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

function Edit({ app, onClose, onDone }: { app: ApplicationView; onClose(): void; onDone(): void }) {
  const [name, setName] = useState(app.name);
  const [scopes, setScopes] = useState<string[]>(app.scopes);
  const [uris, setUris] = useState(app.redirect_uris.join("\n"));
  const { say } = useNotices();
  return (
    <FormSheet
      wide title={at("app.edit")} action={at("save")} onClose={onClose} disabled={scopes.length === 0}
      onSubmit={async () => {
        await api.patch(`/api/applications/${segment(app.client_id)}`, { name, scopes, ...(app.kind === "people" ? { redirect_uris: lines(uris) } : {}) });
        say(at("saved"));
        onDone();
      }}
    >
      <Field label={at("name")} value={name} onChange={setName} required max={100} />
      {app.kind === "people" && <Field long label={at("app.redirects")} hint={at("app.redirectsHint")} value={uris} onChange={setUris} max={4000} />}
      <ScopePicker chosen={scopes} onChange={setScopes} admin={app.kind === "server_to_server"} />
    </FormSheet>
  );
}
