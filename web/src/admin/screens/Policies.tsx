// Policies: what the account, a group or a person says, what counts, and why.
import { useState } from "react";
import { Button, Switch } from "react-aria-components";
import { language } from "../../i18n";
import { at, atOr } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { LockIcon, UnlockIcon } from "../../ui/icons";
import { Choice } from "../parts/fields";
import { number } from "../parts/format";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";
import { useMay } from "../rights";

export type PolicyValue = boolean | number | string;
export interface PolicyRule {
  name: string;
  kind: "boolean" | "number" | "word" | "text";
  meaning: string;
  meaning_zh: string;
  standard: PolicyValue;
  least?: number;
  most?: number;
  words?: string[];
  for_users: boolean;
}
export interface Setting {
  name: string;
  value: PolicyValue;
  locked?: boolean;
}
interface Effective {
  name: string;
  value: PolicyValue;
  source: "standard" | "account" | "group" | "user";
  group_id?: string;
  locked: boolean;
}

const meaningOf = (rule: PolicyRule): string => (language === "zh-Hant" ? rule.meaning_zh : rule.meaning);
export function valueText(value: PolicyValue): string {
  if (typeof value === "boolean") return value ? at("policy.on") : at("policy.off");
  if (typeof value === "number") return number(value);
  return value === "" ? at("policy.empty") : atOr(`policy.word.${value}`, value);
}
/** "chat.private" is in "chat". */
export function byArea<T extends { name: string }>(rules: readonly T[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const rule of rules) {
    const area = rule.name.split(".")[0]!;
    groups.set(area, [...(groups.get(area) ?? []), rule]);
  }
  return [...groups];
}

export function Policies() {
  return (
    <Page title={at("policies.title")} text={at("policies.text")}>
      <PolicyEditor level="account" />
    </Page>
  );
}

export function PolicyEditor({ level, id = "" }: { level: "account" | "group"; id?: string }) {
  const rules = useData<{ policies: PolicyRule[] }>("/api/policies");
  const account = useData<{ settings: Setting[] }>("/api/policies/account");
  const path = level === "account" ? "/api/policies/account" : `/api/groups/${segment(id)}/policies`;
  const group = useData<{ settings: Setting[] }>(level === "group" ? path : null);
  const own = level === "account" ? account : group;
  const may = useMay("settings_write");
  const { attempt } = useNotices();
  const put = async (setting: Setting) => {
    if (await attempt(() => api.put(path, { settings: [setting] }), at("saved"))) own.again();
  };
  const unset = async (name: string) => {
    if (await attempt(() => api.delete(`${path}/${segment(name)}`), at("saved"))) own.again();
  };
  return (
    <Loaded data={rules}>
      {({ policies }) => (
        <Loaded data={account}>
          {({ settings: ofAccount }) => (
            <Loaded data={own}>
              {({ settings }) => (
                <div className="column">
                  {byArea(policies.filter((r) => level === "account" || r.for_users)).map(([name, rulesOfArea]) => (
                    <section key={name} className="card policy-area" aria-labelledby={`policy-${name}`}>
                      <h2 id={`policy-${name}`}>{atOr(`policy.area.${name}`, name)}</h2>
                      {rulesOfArea.map((rule) => {
                        const above = level === "group" ? ofAccount.find((s) => s.name === rule.name) : undefined;
                        return <PolicyRow key={rule.name} rule={rule} {...keep({ own: settings.find((s) => s.name === rule.name), above })} may={may} onPut={put} onUnset={unset} />;
                      })}
                    </section>
                  ))}
                </div>
              )}
            </Loaded>
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

/** Without what is undefined. */
function keep<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> };
}

interface RowProps {
  rule: PolicyRule;
  own?: Setting;
  /** What the account says, of a group's policy. */
  above?: Setting;
  may: boolean;
  onPut(setting: Setting): Promise<void>;
  onUnset(name: string): Promise<void>;
}
function PolicyRow({ rule, own, above, may, onPut, onUnset }: RowProps) {
  const lockedAbove = above?.locked === true;
  const counts = lockedAbove ? above.value : (own?.value ?? above?.value ?? rule.standard);
  const set = (value: PolicyValue) => void onPut({ name: rule.name, value, locked: own?.locked === true });
  const where = lockedAbove ? at("policy.lockedAbove") : own ? at("policy.setHere") : above ? at("policy.fromAccount") : at("policy.standard");
  return (
    <div className="policy" data-policy={rule.name}>
      <div>
        <p>{meaningOf(rule)}</p>
        <span className="row">
          <code>{rule.name}</code>
          <span className={own && !lockedAbove ? "tag info" : "tag"}>{lockedAbove && <LockIcon />}{where}</span>
          {own?.locked === true && <span className="tag warn"><LockIcon />{at("policy.locked")}</span>}
        </span>
      </div>
      <PolicyControl rule={rule} value={counts} disabled={!may || lockedAbove} onChange={set} />
      <div className="row">
        {may && !lockedAbove && (
          <Button
            className="small icon-only" aria-pressed={own?.locked === true} aria-label={at(own?.locked ? "policy.unlock" : "policy.lock", { policy: meaningOf(rule) })}
            onPress={() => void onPut({ name: rule.name, value: own?.value ?? counts, locked: own?.locked !== true })}
          >
            {own?.locked ? <LockIcon /> : <UnlockIcon />}
          </Button>
        )}
        {may && <Button className="small quiet" isDisabled={!own} onPress={() => void onUnset(rule.name)}>{at("policy.reset")}<span className="only-spoken">: {meaningOf(rule)}</span></Button>}
      </div>
    </div>
  );
}

function PolicyControl({ rule, value, disabled, onChange }: { rule: PolicyRule; value: PolicyValue; disabled: boolean; onChange(value: PolicyValue): void }) {
  switch (rule.kind) {
    case "boolean":
      return <Switch aria-label={meaningOf(rule)} isSelected={value === true} isDisabled={disabled} onChange={onChange}><span className="box" aria-hidden="true" />{valueText(value === true)}</Switch>;
    case "word":
      return <Choice hideLabel label={meaningOf(rule)} value={String(value)} disabled={disabled} onChange={onChange} options={(rule.words ?? []).map((w) => [w, valueText(w)] as const)} />;
    case "number":
    case "text":
      return <TypedPolicy key={String(value)} rule={rule} value={value} disabled={disabled} onChange={onChange} />;
  }
}

/** Takes effect when the field is left or Enter is pressed. */
function TypedPolicy({ rule, value, disabled, onChange }: { rule: PolicyRule; value: PolicyValue; disabled: boolean; onChange(value: PolicyValue): void }) {
  const [text, setText] = useState(String(value));
  const isNumber = rule.kind === "number";
  const commit = () => {
    if (text === String(value) || (isNumber && text === "")) return setText(String(value));
    onChange(isNumber ? Math.min(rule.most ?? Infinity, Math.max(rule.least ?? -Infinity, Math.trunc(Number(text)))) : text);
  };
  return (
    <input
      type={isNumber ? "number" : "text"} aria-label={meaningOf(rule)} value={text} disabled={disabled} dir="auto"
      {...(isNumber ? { min: rule.least, max: rule.most, step: 1 } : { maxLength: rule.most })}
      onChange={(event) => setText(event.target.value)} onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
      }}
    />
  );
}

/** What counts for somebody, and who has said so. */
export function EffectivePolicies({ userId }: { userId: string }) {
  const rules = useData<{ policies: PolicyRule[] }>("/api/policies");
  const effective = useData<{ policies: Effective[] }>(`/api/users/${segment(userId)}/policies`);
  const groups = useData<{ groups: { id: string; name: string }[] }>(useMay("groups_read") ? "/api/groups" : null);
  const [all, setAll] = useState(false);
  return (
    <div className="column">
      <div className="spread">
        <h2 id="effective">{at("policies.effective")}</h2>
        <Button className="small" aria-pressed={all} onPress={() => setAll(!all)}>{all ? at("policies.onlySet") : at("policies.all")}</Button>
      </div>
      <Loaded data={effective}>
        {({ policies }) => {
          const shown = policies.filter((p) => all || p.source !== "standard");
          if (shown.length === 0) return <p className="hint">{at("policies.allStandard")}</p>;
          return (
            <div className="table-scroll" role="region" aria-labelledby="effective" tabIndex={0}>
              <table className="stacks">
                <thead><tr><th scope="col">{at("policy")}</th><th scope="col">{at("policy.value")}</th><th scope="col">{at("policy.source")}</th></tr></thead>
                <tbody>
                  {shown.map((p) => {
                    const rule = rules.value?.policies.find((r) => r.name === p.name);
                    const group = groups.value?.groups.find((g) => g.id === p.group_id);
                    return (
                      <tr key={p.name}>
                        <td data-label={at("policy")}>{rule ? meaningOf(rule) : p.name}</td>
                        <td data-label={at("policy.value")}>{valueText(p.value)}</td>
                        <td data-label={at("policy.source")}>
                          <span className="row"><span className="tag">{atOr(`policy.source.${p.source}`, p.source)}{group && <bdi>: {group.name}</bdi>}</span>{p.locked && <span className="tag warn"><LockIcon />{at("policy.locked")}</span>}</span>
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          );
        }}
      </Loaded>
    </div>
  );
}
