// Where the keys live, and the paper that brings them back. The kit is the root key itself: it is shown on the server and
// never travels to a page (docs/decisions/0022). The page says by which command, sees that it was done, and asks for
// something of the sheet that is no secret.
import { useEffect, useState } from "react";
import { Button, Form } from "react-aria-components";
import { site } from "../../i18n/site";
import { CheckIcon, WarningIcon } from "../../ui/icons";
import { api, sentenceOf } from "../api";
import { Field } from "../fields";
import { CopyButton, Shown } from "../parts";
import { dayAndClock } from "../times";
import { useLoad } from "../useLoad";
import type { Check } from "./checks";
import { kitCommand, kitStateOf, type KitState } from "./kit";
import { Step } from "./Steps";

const lookAgainMs = 3000;

type OnPaper = Exclude<KitState, { kind: "in_module" }>;

function State({ state }: { state: OnPaper }) {
  const shown = state.kind === "shown";
  const Glyph = shown ? CheckIcon : WarningIcon;
  const sentence = state.kind === "never_shown" ? site("setup.keys.never") : site(`setup.keys.${state.kind}`, { when: dayAndClock(state.at) });
  return <p role="status" className={shown ? "banner good kit-state" : "banner warn kit-state"}><Glyph /><span className="grow">{sentence}</span></p>;
}

/** The sheet's last line names a public key: whoever can type its beginning has the sheet. */
function Sheet({ confirmed, onConfirmed }: { confirmed: boolean; onConfirmed(): void }) {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.post("/api/keys/kit-check", { audit_key: typed.replaceAll(/\s/g, "") });
      onConfirmed();
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  if (confirmed) return <p role="status" className="banner good kit-state"><CheckIcon /><span className="grow">{site("setup.keys.confirmed")}</span></p>;
  return (
    <Form className="kit-check" validationBehavior="aria" onSubmit={(event) => { event.preventDefault(); void check(); }}>
      <Field label={site("setup.keys.sheet")} hint={site("setup.keys.sheetHint")} value={typed} onChange={setTyped} maxLength={40} autoComplete="off" problem={problem} />
      <Button type="submit" isPending={busy}>{site("setup.keys.check")}</Button>
    </Form>
  );
}

function Kit({ state, command, passphrase, onDone }: { state: OnPaper; command: string; passphrase: boolean; onDone(): void }) {
  const [confirmed, setConfirmed] = useState(false);
  return (
    <>
      <State state={state} />
      <p>{site("setup.keys.kit")}</p>
      <div className="command"><code>{command}</code><CopyButton className="small" label={site("codes.copy")} text={() => command} /></div>
      <p className="hint">{site("setup.keys.folder")}{passphrase && ` ${site("setup.keys.passphrase")}`}</p>
      <p>{site("setup.keys.why")}</p>
      {state.kind === "shown" && <Sheet confirmed={confirmed} onConfirmed={() => setConfirmed(true)} />}
      <div className="actions">
        {!confirmed && <Button className="quiet" onPress={onDone}>{site("setup.skip")}</Button>}
        <Button className="primary" onPress={onDone} isDisabled={!confirmed}>{site("common.next")}</Button>
      </div>
    </>
  );
}

export function Keys({ onDone }: { onDone(): void }) {
  const { loaded, again } = useLoad("keys", async (signal) => {
    const { checks, data_directory: folder } = await api.get<{ checks: Check[]; data_directory: string }>("/api/self-test", {}, signal);
    return { keys: checks.find((c) => c.name === "keys"), kit: kitStateOf(checks), command: kitCommand(folder) };
  });
  // Whoever runs the command on the server sees here that it was done.
  const waits = loaded.state === "here" && loaded.value.kit.kind !== "shown" && loaded.value.kit.kind !== "in_module";
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(again, lookAgainMs);
    return () => clearInterval(timer);
  }, [waits, again]);
  return (
    <Step n={3} title={site("setup.keys.title")} text={site("setup.keys.text")}>
      <Shown of={loaded} again={again}>
        {({ keys, kit, command }) => (
          <>
            <dl><dt>{site("setup.keys.root")}</dt><dd dir="auto">{keys?.verdict === "good" ? keys.value : site("setup.keys.away")}</dd></dl>
            {kit.kind === "in_module" ? (
              <>
                <p>{site("setup.keys.hsm")}</p>
                <div className="actions"><Button className="primary" onPress={onDone}>{site("common.next")}</Button></div>
              </>
            ) : <Kit state={kit} command={command} passphrase={keys?.value.startsWith("file with a passphrase") ?? false} onDone={onDone} />}
          </>
        )}
      </Shown>
    </Step>
  );
}
