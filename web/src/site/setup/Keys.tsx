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

export function Keys({ onDone }: { onDone(): void }) {
  const [kept, setKept] = useState(false);
  const { loaded, again } = useLoad("keys", async (signal) => {
    const { checks, data_directory: folder } = await api.get<{ checks: Check[]; data_directory: string }>("/api/self-test", {}, signal);
    return { keys: checks.find((c) => c.name === "keys"), command: `sealhall keys kit --data ${/^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`}` };
  });
  return (
    <Step n={3} title={site("setup.keys.title")} text={site("setup.keys.text")}>
      <Shown of={loaded} again={again}>
        {({ keys, command }) => (
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
