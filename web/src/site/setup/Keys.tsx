// Where the keys live, and the paper that brings them back. The kit is the root key itself: it is printed on the server
// and never travels to a page.
import { useState } from "react";
import { Button } from "react-aria-components";
import { site } from "../../i18n/site";
import { api } from "../api";
import { Tick } from "../fields";
import { CopyButton, Shown } from "../parts";
import { useLoad } from "../useLoad";
import type { Check } from "./checks";
import { Step } from "./Steps";

const command = "sealhall keys kit --data DIR";

export function Keys({ onDone }: { onDone(): void }) {
  const [kept, setKept] = useState(false);
  const { loaded, again } = useLoad("keys", async (signal) => (await api.get<{ checks: Check[] }>("/api/self-test", {}, signal)).checks.find((c) => c.name === "keys"));
  return (
    <Step n={3} title={site("setup.keys.title")} text={site("setup.keys.text")}>
      <Shown of={loaded} again={again}>
        {(keys) => (
          <>
            <dl><dt>{site("setup.keys.root")}</dt><dd dir="auto">{keys?.verdict === "good" ? keys.value : site("setup.keys.away")}</dd></dl>
            {keys && !keys.value.startsWith("file") && keys.verdict === "good" ? <p>{site("setup.keys.hsm")}</p> : (
              <>
                <p>{site("setup.keys.kit")}</p>
                <div className="command"><code>{command}</code><CopyButton className="small" label={site("codes.copy")} text={() => command} /></div>
                <p className="hint">{site("setup.keys.folder")}</p>
                <p>{site("setup.keys.why")}</p>
                <Tick label={site("setup.keys.done")} value={kept} onChange={setKept} />
              </>
            )}
            <div className="actions">
              {!kept && keys?.value.startsWith("file") && <Button className="quiet" onPress={onDone}>{site("setup.skip")}</Button>}
              <Button className="primary" onPress={onDone} isDisabled={!kept && (keys?.value.startsWith("file") ?? false)}>{site("common.next")}</Button>
            </div>
          </>
        )}
      </Shown>
    </Step>
  );
}
