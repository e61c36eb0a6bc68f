// The outcome of a poll as bars: a list that can be read aloud as well as seen.
import { useLayoutEffect, useRef } from "react";
import { language } from "../../i18n";
import { at } from "../../i18n/activities";
import type { KnownPoll } from "../../meeting/activities/polls";
import type { MeetingState } from "../../meeting/store";
import { nameOf } from "../../meeting/state";
import { harmless } from "../text";

const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });

/** Of everybody who has voted; in a question with several answers the shares may be more than one together. */
export const share = (votes: number, voters: number): number => (voters === 0 ? 0 : Math.min(votes / voters, 1));

export function Results({ poll, state }: { poll: KnownPoll; state: MeetingState }) {
  return (
    <div className="results">
      {poll.questions.map((question, k) => {
        const tally = poll.results[k];
        const most = Math.max(0, ...(tally?.votes ?? []));
        return (
          <section key={k} aria-label={harmless(question.text)}>
            <p className="results-question" dir="auto">{harmless(question.text)}</p>
            <ul>
              {question.options.map((option, j) => {
                const votes = tally?.votes[j] ?? 0;
                const voters = tally?.voters[j]?.participants ?? [];
                return (
                  <li key={j} data-most={votes > 0 && votes === most}>
                    <span className="spread">
                      <span dir="auto" className="grow">{harmless(option)}</span>
                      <span className="numbers">{at("polls.result", { votes, share: percent.format(share(votes, poll.votes)) })}</span>
                    </span>
                    <Bar share={share(votes, poll.votes)} />
                    {voters.length > 0 && <small dir="auto">{voters.map((v) => harmless(nameOf(state, v))).join(", ")}</small>}
                  </li>
                );
              })}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

/** Its length is set by the page's style object: the policy of the page allows no style in the markup. */
function Bar({ share: part }: { share: number }) {
  const fill = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    fill.current?.style.setProperty("--share", `${part * 100}%`);
  }, [part]);
  return <span className="result-track" aria-hidden="true"><span className="result-fill" ref={fill} /></span>;
}
