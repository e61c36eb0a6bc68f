// The last step: a meeting.
import { useState } from "react";
import { Button, Link } from "react-aria-components";
import { site } from "../../i18n/site";
import { CameraIcon } from "../../ui/icons";
import { sentenceOf } from "../api";
import { startNow } from "../meetings/Meetings";
import { Step } from "./Steps";

export function Ready() {
  const [problem, setProblem] = useState("");
  return (
    <Step n={5} title={site("setup.last.title")} text={site("setup.last.text")}>
      {problem !== "" && <p role="alert" className="problem">{problem}</p>}
      <div className="actions">
        <Link className="button" href="/app">{site("setup.last.site")}</Link>
        <Button className="primary" onPress={() => void startNow(site("setup.last.topic")).catch((error: unknown) => setProblem(sentenceOf(error)))}><CameraIcon />{site("setup.last.meeting")}</Button>
      </div>
    </Step>
  );
}
