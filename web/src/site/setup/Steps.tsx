// The frame of a step: where one is, what it is about, and going on.
import type { ReactNode } from "react";
import { site } from "../../i18n/site";
import { Brand } from "../../ui/Brand";
import { usePage } from "../usePage";

export const stepCount = 5;

export function Step({ n, title, text, children }: { n: number; title: string; text: string; children: ReactNode }) {
  const heading = usePage(title);
  return (
    <main className="entry">
      <div className="entry-card roomy card">
        <p className="brand"><Brand /></p>
        <div className="steps" role="img" aria-label={site("setup.step", { n, of: stepCount })}>{Array.from({ length: stepCount }, (_, i) => <span key={i} data-done={i < n} />)}</div>
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <p className="hint">{text}</p>
        {children}
      </div>
    </main>
  );
}
