// A panel whose code is loaded when it is opened first.
import { type ComponentType, lazy, Suspense } from "react";
import { t } from "../i18n";

export function later<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): ComponentType<Props> {
  const Loaded = lazy(load) as unknown as ComponentType<Props>;
  return (props: Props) => (
    <Suspense fallback={<p role="status" className="hint">{t("app.loading")}</p>}>
      <Loaded {...props} />
    </Suspense>
  );
}
