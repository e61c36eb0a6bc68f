// Parts of a page whose code is loaded when they are shown first. Code that does not come (the server has been updated, and
// what this page names is gone; the network is away) leaves a sentence in the part's place, and a way on.
import { type ComponentType, lazy, Suspense, useState } from "react";
import { t } from "../i18n";

/** What is around the sentence: the whole page, the page beside the site's navigation, or nothing but a part of one. */
type Frame = "message" | "page" | "part";

function missing(frame: Frame): ComponentType {
  const content = (
    <div className="empty" role="alert">
      <p>{t("app.notLoaded")}</p>
      <button type="button" className="primary" onClick={() => location.reload()}>{t("app.reload")}</button>
    </div>
  );
  return () => (frame === "part" ? content : <main className={frame}>{content}</main>);
}

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

/** For who has a Suspense around it. Only the page, loaded again, names the code that there is now. */
export function lazily<Props extends object>(load: Load<Props>, frame: Frame): ComponentType<Props> {
  const instead = (): { default: ComponentType<Props> } => ({ default: missing(frame) as ComponentType<Props> });
  return lazy(() => load().catch(instead)) as unknown as ComponentType<Props>;
}

/** A panel, or the screen inside of a frame. What has not come is asked for again when it is opened the next time: the network
 * may be back. */
export function later<Props extends object>(load: Load<Props>): ComponentType<Props> {
  let failed = false;
  const watched: Load<Props> = () => load().catch((why: unknown) => {
    failed = true;
    throw why;
  });
  let part = lazily(watched, "part");
  const current = () => {
    if (failed) part = lazily(watched, "part");
    failed = false;
    return part;
  };
  return (props: Props) => {
    const [Loaded] = useState(current);
    return (
      <Suspense fallback={<p role="status" className="hint loading">{t("app.loading")}</p>}>
        <Loaded {...props} />
      </Suspense>
    );
  };
}
