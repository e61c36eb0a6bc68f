// Webhooks: which addresses hear what, and what was sent there.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { at, atOr } from "../../i18n/admin";
import { navigate } from "../../router";
import { api, segment } from "../../site/api";
import { NextIcon, PlusIcon } from "../../ui/icons";
import { DataTable } from "../parts/DataTable";
import { ConfirmSheet, FormSheet, SecretSheet, Sheet } from "../parts/dialogs";
import { Field, Tick } from "../parts/fields";
import { time } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";

interface Subscription {
  event_subscription_id: string;
  event_subscription_name: string;
  event_webhook_url: string;
  events: string[];
  status: "pending" | "active" | "disabled";
  created_at: string;
  next_validation_at?: string;
  secret_token?: string;
}
interface Delivery {
  delivery_id: string;
  event: string;
  status: "waiting" | "delivered" | "failed";
  attempts: number;
  last_status?: number;
  last_error?: string;
  next_attempt_at?: string;
  replay_of?: string;
  created_at: string;
  last_attempt_at?: string;
  request_body?: string;
}
const root = "/v2/marketplace/app/event_subscription";
/** What happens; docs/operate/webhooks.md has the same list. */
export const events: Readonly<Record<string, readonly string[]>> = {
  meeting: ["created", "updated", "deleted", "started", "ended", "participant_joined", "participant_left", "participant_joined_waiting_room", "participant_admitted", "participant_left_waiting_room", "sharing_started", "sharing_ended", "chat_message_sent", "registration_created", "registration_approved", "registration_denied", "registration_cancelled"],
  recording: ["started", "paused", "resumed", "stopped", "completed", "trashed", "recovered", "deleted"],
  user: ["created", "updated", "deleted", "activated", "deactivated", "disassociated", "invitation_accepted", "signed_in", "signed_out", "settings_updated"],
};
const tone = { active: "tag good", pending: "tag warn", disabled: "tag bad", delivered: "tag good", waiting: "tag warn", failed: "tag bad" } as const;
const StateTag = ({ state }: { state: keyof typeof tone }) => <span className={tone[state]}>{atOr(`hook.${state}`, state)}</span>;

export function Webhooks() {
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState("");
  const [version, setVersion] = useState(0);
  return (
    <Page title={at("webhooks.title")} text={at("webhooks.text")} actions={<Button className="primary" onPress={() => setCreating(true)}><PlusIcon />{at("webhooks.create")}</Button>}>
      <DataTable<Subscription>
        label={at("webhooks.title")} path={root} rows="event_subscriptions" version={version} file="webhooks" rowKey={(s) => s.event_subscription_id}
        columns={[
          { title: at("name"), cell: (s) => <Link href={`/admin/webhooks/${segment(s.event_subscription_id)}`}><bdi>{s.event_subscription_name || at("webhooks.unnamed")}</bdi></Link> },
          { title: at("hook.address"), cell: (s) => <bdi>{s.event_webhook_url}</bdi> },
          { title: at("hook.events"), number: true, cell: (s) => s.events.length },
          { title: at("status"), cell: (s) => <StateTag state={s.status} /> },
          { title: at("user.created"), cell: (s) => time(s.created_at) },
        ]}
        empty={{ Icon: NextIcon, title: at("webhooks.none"), text: at("webhooks.noneText"), action: <Button className="primary" onPress={() => setCreating(true)}>{at("webhooks.create")}</Button> }}
      />
      {creating && <Edit onClose={() => { setCreating(false); setVersion((n) => n + 1); }} onSecret={setSecret} />}
      {secret !== "" && <SecretSheet title={at("hook.secret")} text={at("hook.secretText")} secret={secret} onClose={() => setSecret("")} />}
    </Page>
  );
}

function Edit({ hook, onClose, onSecret, onDone }: { hook?: Subscription; onClose(): void; onSecret?(secret: string): void; onDone?(): void }) {
  const [name, setName] = useState(hook?.event_subscription_name ?? "");
  const [url, setUrl] = useState(hook?.event_webhook_url ?? "https://");
  const [chosen, setChosen] = useState<readonly string[]>(hook?.events ?? []);
  const { say } = useNotices();
  return (
    <FormSheet
      wide title={hook ? at("hook.edit") : at("webhooks.create")} action={hook ? at("save") : at("webhooks.create")} onClose={onClose} disabled={chosen.length === 0}
      onSubmit={async () => {
        const body = { event_subscription_name: name, event_webhook_url: url, events: chosen };
        if (hook) {
          await api.patch(`${root}/${segment(hook.event_subscription_id)}`, body);
          say(at("saved"));
          onDone?.();
        } else {
          const made = await api.post<Subscription>(root, body);
          if (made.secret_token) onSecret?.(made.secret_token);
        }
      }}
    >
      <Field label={at("name")} value={name} onChange={setName} max={200} autoFocus />
      <Field label={at("hook.address")} hint={at("hook.addressHint")} type="url" value={url} onChange={setUrl} required max={2048} />
      <fieldset>
        <legend>{at("hook.events")}</legend>
        <div className="ticks">
          {Object.entries(events).map(([area, names]) => (
            <div key={area} role="group" aria-label={atOr(`hook.area.${area}`, area)}>
              <div className="spread">
                <h3>{atOr(`hook.area.${area}`, area)}</h3>
                <Button className="small quiet" onPress={() => setChosen([...chosen.filter((c) => !c.startsWith(`${area}.`)), ...(names.every((n) => chosen.includes(`${area}.${n}`)) ? [] : names.map((n) => `${area}.${n}`))])}>{at("hook.allOf")}<span className="only-spoken">: {atOr(`hook.area.${area}`, area)}</span></Button>
              </div>
              {names.map((n) => {
                const event = `${area}.${n}`;
                return <Tick key={event} label={event} value={chosen.includes(event)} onChange={(on) => setChosen(on ? [...chosen, event] : chosen.filter((c) => c !== event))} />;
              })}
            </div>
          ))}
        </div>
      </fieldset>
    </FormSheet>
  );
}

export function Webhook({ id }: { id: string }) {
  const path = `${root}/${segment(id)}`;
  const data = useData<Subscription>(path);
  const [question, setQuestion] = useState<"edit" | "remove" | null>(null);
  const [looking, setLooking] = useState<Delivery | null>(null);
  const [version, setVersion] = useState(0);
  const { say, attempt } = useNotices();
  const replay = async (d: Delivery) => {
    if (await attempt(() => api.post(`${path}/deliveries/${segment(d.delivery_id)}/replay`), at("hook.replayed"))) setVersion((n) => n + 1);
  };
  return (
    <Page
      title={data.value ? data.value.event_subscription_name || at("webhooks.unnamed") : id} above={[{ title: at("webhooks.title"), href: "/admin/webhooks" }]}
      actions={data.value && <>
        <Button onPress={() => void attempt(() => api.post(`${path}/validation`), at("hook.validated")).then(data.again)}>{at("hook.validate")}</Button>
        <Button onPress={() => setQuestion("edit")}>{at("hook.edit")}</Button>
        <Button className="quiet danger" onPress={() => setQuestion("remove")}>{at("hook.remove")}</Button>
      </>}
    >
      <Loaded data={data}>
        {(hook) => (
          <>
            {hook.status !== "active" && <p className="banner warn">{at("hook.notActive")}</p>}
            <section className="card" aria-labelledby="hook-facts">
              <h2 id="hook-facts">{at("app.facts")}</h2>
              <dl>
                <dt>{at("hook.address")}</dt><dd><bdi>{hook.event_webhook_url}</bdi></dd>
                <dt>{at("status")}</dt><dd><StateTag state={hook.status} /></dd>
                <dt>{at("hook.events")}</dt><dd>{hook.events.join(", ")}</dd>
                {hook.next_validation_at && <><dt>{at("hook.nextCheck")}</dt><dd>{time(hook.next_validation_at)}</dd></>}
              </dl>
            </section>
            <DataTable<Delivery>
              label={at("hook.deliveries")} path={`${path}/deliveries`} rows="deliveries" version={version} every={5} file="deliveries" rowKey={(d) => d.delivery_id}
              filters={[{ name: "status", label: at("status"), options: (["waiting", "delivered", "failed"] as const).map((s) => [s, atOr(`hook.${s}`, s)] as const) }]}
              columns={[
                { title: at("log.when"), cell: (d) => time(d.created_at) },
                { title: at("hook.event"), cell: (d) => <>{d.event}{d.replay_of && <> <span className="tag">{at("hook.again")}</span></>}</> },
                { title: at("status"), cell: (d) => <StateTag state={d.status} /> },
                { title: at("hook.attempts"), number: true, cell: (d) => d.attempts },
                { title: at("hook.answer"), cell: (d) => <>{d.last_status ?? ""} <bdi className="hint">{d.last_error ?? ""}</bdi></> },
                { title: at("hook.next"), cell: (d) => time(d.next_attempt_at) },
                { title: at("actions"), quiet: true, cell: (d) => <><Button className="small quiet" onPress={() => setLooking(d)}>{at("hook.look")}</Button><Button className="small quiet" onPress={() => void replay(d)}>{at("hook.replay")}</Button></> },
              ]}
              empty={{ Icon: NextIcon, title: at("hook.nothing"), text: at("hook.nothingText") }}
            />
            {question === "edit" && <Edit hook={hook} onClose={() => setQuestion(null)} onDone={data.again} />}
            {question === "remove" && (
              <ConfirmSheet
                title={at("hook.remove")} text={at("hook.removeText", { address: hook.event_webhook_url })} action={at("hook.remove")} onClose={() => setQuestion(null)}
                onConfirm={async () => {
                  await api.delete(path);
                  say(at("hook.removed"));
                  navigate("/admin/webhooks");
                }}
              />
            )}
          </>
        )}
      </Loaded>
      {looking && <DeliveryBody path={`${path}/deliveries/${segment(looking.delivery_id)}`} onClose={() => setLooking(null)} />}
    </Page>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
function DeliveryBody({ path, onClose }: { path: string; onClose(): void }) {
  const data = useData<Delivery>(path);
  return (
    <Sheet wide title={at("hook.body")} onClose={onClose}>
      <Loaded data={data}>
        {(d) => <><p className="row"><strong>{d.event}</strong><StateTag state={d.status} /></p><pre className="body-text" dir="ltr" tabIndex={0}>{pretty(d.request_body ?? "")}</pre></>}
      </Loaded>
      <div className="actions"><Button onPress={onClose}>{at("close")}</Button></div>
    </Sheet>
  );
}
