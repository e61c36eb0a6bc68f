// Is everything well: what the server says of itself, and a connection for media from this very browser.
import { Button } from "react-aria-components";
import { site } from "../../i18n/site";
import { CheckIcon, CloseIcon, WarningIcon } from "../../ui/icons";
import { api, sentenceOf } from "../api";
import { Shown } from "../parts";
import { useLoad } from "../useLoad";
import { type Check, wordsOf } from "./checks";
import { mediaTest } from "./mediaTest";
import { Step } from "./Steps";

const icons = { good: CheckIcon, note: WarningIcon, bad: CloseIcon };

function Line({ check }: { check: Check }) {
  const Glyph = icons[check.verdict];
  const { sentence, fix } = wordsOf(check);
  return (
    <li>
      <Glyph className={check.verdict} />
      <div><p><span className="only-spoken">{site(`verdict.${check.verdict}`)}: </span>{sentence}</p>{fix !== "" && <p className="hint">{fix}</p>}</div>
    </li>
  );
}

export function SelfTest({ onDone }: { onDone(): void }) {
  const server = useLoad("server", (signal) => api.get<{ checks: Check[] }>("/api/self-test", {}, signal));
  const browser = useLoad("browser", () => mediaTest(site("setup.check.topic")).catch((error: unknown): Check => ({ name: "browser", verdict: "bad", state: "failed", value: sentenceOf(error) })));
  const again = () => {
    server.again();
    browser.again();
  };
  return (
    <Step n={4} title={site("setup.check.title")} text={site("setup.check.text")}>
      <Shown of={server.loaded} again={again}>
        {({ checks }) => (
          <ul className="checks">
            {checks.map((check) => <Line key={check.name} check={check} />)}
            {browser.loaded.state === "here" ? <Line check={browser.loaded.value} /> : <li role="status" className="hint">{site("setup.check.busy")}</li>}
          </ul>
        )}
      </Shown>
      <div className="actions">
        <Button onPress={again}>{site("setup.check.again")}</Button>
        <Button className="primary" onPress={onDone}>{site("common.next")}</Button>
      </div>
    </Step>
  );
}
