// Around every page: when one breaks, a sentence and a way on stand there instead of nothing. What the page held is let go by the
// ends of its effects (MeetingApp).
import { Component, type ReactNode } from "react";
import { t } from "../i18n";

export class Whole extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <main className="message">
        <h1>{t("app.broken.title")}</h1>
        <p role="alert">{t("app.broken")}</p>
        <button type="button" className="primary" onClick={() => location.reload()}>{t("app.reload")}</button>
      </main>
    );
  }
}
