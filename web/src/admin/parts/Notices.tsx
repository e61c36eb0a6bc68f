// Short sentences at the edge: what has been done, or why not. Spoken by screen readers, gone by themselves when good.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { at } from "../../i18n/admin";
import { sentenceOf } from "../../site/api";
import { CheckIcon, CloseIcon, WarningIcon } from "../../ui/icons";

interface Notice {
  id: number;
  text: string;
  bad: boolean;
}
interface Notices {
  say(text: string): void;
  complain(error: unknown): void;
  /** Does it, and says how it went. Gives whether it went well. */
  attempt(what: () => Promise<unknown>, done: string): Promise<boolean>;
}
const Context = createContext<Notices | null>(null);
const goodStays = 6000;

export function NoticeArea({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<Notice[]>([]);
  const next = useRef(1);
  const drop = useCallback((id: number) => setNotices((all) => all.filter((n) => n.id !== id)), []);
  const add = useCallback((text: string, bad: boolean) => {
    const id = next.current++;
    setNotices((all) => [...all.slice(-3), { id, text, bad }]);
    if (!bad) setTimeout(() => drop(id), goodStays);
  }, [drop]);
  const value = useMemo<Notices>(() => {
    const say = (text: string) => add(text, false);
    const complain = (error: unknown) => add(sentenceOf(error), true);
    return {
      say, complain,
      async attempt(what, done) {
        try {
          await what();
          say(done);
          return true;
        } catch (error) {
          complain(error);
          return false;
        }
      },
    };
  }, [add]);
  return (
    <Context value={value}>
      {children}
      <div className="notices" role="log" aria-label={at("notices")}>
        {notices.map((n) => (
          <div key={n.id} className={n.bad ? "notice bad" : "notice"}>
            {n.bad ? <WarningIcon /> : <CheckIcon />}
            <span className="grow" dir="auto">{n.text}</span>
            <Button className="quiet small icon-only" aria-label={at("close")} onPress={() => drop(n.id)}><CloseIcon /></Button>
          </div>
        ))}
      </div>
    </Context>
  );
}

export function useNotices(): Notices {
  const value = useContext(Context);
  if (!value) throw new Error("no NoticeArea");
  return value;
}
