// A text of somebody else's: lines kept, links as links, very long ones folded.
import { useState } from "react";
import { Button } from "react-aria-components";
import { at } from "../i18n/activities";
import { harmless, segments } from "./text";

const foldAfter = 1200;

export function RichText({ text, className }: { text: string; className?: string }) {
  const [whole, setWhole] = useState(false);
  const clean = harmless(text);
  const folded = !whole && clean.length > foldAfter;
  return (
    <>
      <p dir="auto" className={className ? `said ${className}` : "said"}>
        {segments(folded ? `${clean.slice(0, foldAfter)}…` : clean).map((s, k) =>
          "href" in s ? (
            <span key={k}>
              <a href={s.href} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">{s.text}</a>
              {s.host !== "" && <small dir="ltr"> [{s.host}]</small>}
            </span>
          ) : (
            s.text
          ),
        )}
      </p>
      {folded && <Button className="small quiet" onPress={() => setWhole(true)}>{at("text.showAll")}</Button>}
    </>
  );
}
