// The menu beside a person; what is in it is decided in offers.ts.
import type { HostAction, RosterEntry } from "@protocol/signalling";
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { at } from "../../i18n/activities";
import type { MeetingState, MeetingStore } from "../../meeting/store";
import { MoreIcon } from "../../ui/icons";
import { harmless } from "../text";
import { offers } from "./offers";
import type { PersonQuestion } from "./PersonDialog";

interface Props {
  entry: RosterEntry;
  store: MeetingStore;
  state: MeetingState;
  open(panel: string | null): void;
  ask(question: PersonQuestion): void;
}

export function PersonMenu({ entry, store, state, open, ask }: Props) {
  const groups = offers(entry, state);
  if (groups.length === 0) return null;
  const name = harmless(entry.name);
  const act = (key: string) => {
    const offer = groups.flat().find((o) => o.id === key);
    if (!offer) return;
    if (offer.asks) return ask({ what: offer.id as PersonQuestion["what"], participant: entry.participant, name });
    const others = state.spotlight.filter((p) => p !== entry.participant);
    switch (offer.id) {
      case "write":
        store.set({ chatTo: entry.participant });
        return open("chat");
      case "spotlight":
        return void store.say({ type: "set_spotlight", participants: [...others, entry.participant] });
      case "spotlight_off":
        return void store.say({ type: "set_spotlight", participants: others });
      default:
        return void store.command(offer.id as HostAction, entry.participant);
    }
  };
  return (
    <MenuTrigger>
      <Button className="small quiet icon-only" aria-label={at("person.menu", { name })}><MoreIcon /></Button>
      <Popover placement="bottom end">
        <Menu aria-label={at("person.menu", { name })} onAction={(key) => act(String(key))}>
          {groups.flatMap((group, k) => [
            ...(k > 0 ? [<Separator key={`line-${k}`} />] : []),
            ...group.map((o) => <MenuItem key={o.id} id={o.id} className={o.danger ? "react-aria-MenuItem danger" : "react-aria-MenuItem"}>{at(o.words)}</MenuItem>),
          ])}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
