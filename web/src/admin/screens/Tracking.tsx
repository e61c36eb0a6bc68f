// Tracking fields: what every meeting that is planned is asked for, or may say.
import { useState } from "react";
import { Button } from "react-aria-components";
import { at } from "../../i18n/admin";
import { api, segment } from "../../site/api";
import { FilterIcon, PlusIcon } from "../../ui/icons";
import { ConfirmSheet, FormSheet } from "../parts/dialogs";
import { Field, Tick } from "../parts/fields";
import { useNotices } from "../parts/Notices";
import { Loaded, Page } from "../parts/Page";
import { useData } from "../parts/useData";
import { useMay } from "../rights";

interface TrackingField {
  id: string;
  field: string;
  required: boolean;
  visible: boolean;
  recommended_values: string[];
}

const path = "/v2/tracking_fields";

/** One a line, each once. */
export function valuesIn(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()).filter((line) => line !== ""))];
}

function FieldForm({ field, onClose, onDone }: { field?: TrackingField; onClose(): void; onDone(): void }) {
  const [name, setName] = useState(field?.field ?? "");
  const [required, setRequired] = useState(field?.required ?? false);
  const [visible, setVisible] = useState(field?.visible ?? true);
  const [values, setValues] = useState((field?.recommended_values ?? []).join("\n"));
  const { say } = useNotices();
  return (
    <FormSheet
      title={field ? at("tracking.change") : at("tracking.create")} action={field ? at("save") : at("tracking.create")} onClose={onClose} disabled={name.trim() === ""}
      onSubmit={async () => {
        const body = { field: name.trim(), required, visible, recommended_values: valuesIn(values) };
        if (field) await api.patch(`${path}/${segment(field.id)}`, body);
        else await api.post(path, body);
        say(at("saved"));
        onDone();
      }}
    >
      <Field label={at("name")} value={name} onChange={setName} required autoFocus max={64} hint={at("tracking.nameHint")} />
      <Tick label={at("tracking.required")} value={required} onChange={setRequired} />
      <Tick label={at("tracking.visible")} value={visible || required} onChange={setVisible} disabled={required} />
      <Field label={at("tracking.values")} value={values} onChange={setValues} long max={2000} hint={at("tracking.valuesHint")} />
    </FormSheet>
  );
}

export function Tracking() {
  const data = useData<{ tracking_fields: TrackingField[] }>(path);
  const may = useMay("settings_write");
  const [form, setForm] = useState<{ field?: TrackingField } | null>(null);
  const [removing, setRemoving] = useState<TrackingField | null>(null);
  const create = may && <Button className="primary" onPress={() => setForm({})}><PlusIcon />{at("tracking.create")}</Button>;
  return (
    <Page title={at("tracking.title")} text={at("tracking.text")} actions={create}>
      <Loaded data={data}>
        {({ tracking_fields: fields }) => (fields.length === 0 ? (
          <div className="empty card"><FilterIcon /><h2>{at("tracking.none")}</h2><p>{at("tracking.noneText")}</p></div>
        ) : (
          <div className="table-scroll" role="region" aria-label={at("tracking.title")} tabIndex={0}>
            <table className="stacks">
              <thead><tr><th scope="col">{at("name")}</th><th scope="col">{at("tracking.asked")}</th><th scope="col">{at("tracking.values")}</th>{may && <th scope="col"><span className="only-spoken">{at("actions")}</span></th>}</tr></thead>
              <tbody>
                {fields.map((one) => (
                  <tr key={one.id}>
                    <td data-label={at("name")}><bdi>{one.field}</bdi></td>
                    <td data-label={at("tracking.asked")}><span className={one.required ? "tag info" : "tag"}>{at(one.required ? "tracking.always" : one.visible ? "tracking.offered" : "tracking.hidden")}</span></td>
                    <td data-label={at("tracking.values")}><bdi>{one.recommended_values.join(", ")}</bdi></td>
                    {may && (
                      <td data-label={at("actions")}>
                        <span className="row">
                          <Button className="small" onPress={() => setForm({ field: one })}>{at("tracking.change")}<span className="only-spoken">: {one.field}</span></Button>
                          <Button className="small quiet danger" onPress={() => setRemoving(one)}>{at("tracking.remove")}<span className="only-spoken">: {one.field}</span></Button>
                        </span>
                      </td>
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ))}
      </Loaded>
      {form && <FieldForm {...form} onClose={() => setForm(null)} onDone={data.again} />}
      {removing && (
        <ConfirmSheet
          title={at("tracking.remove")} text={at("tracking.removeText", { name: removing.field })} action={at("tracking.remove")} onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.delete(`${path}/${segment(removing.id)}`);
            data.again();
          }}
        />
      )}
    </Page>
  );
}
