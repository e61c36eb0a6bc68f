// Planning the rooms: how many, what they are called, and who goes where, by hand or at random.
import { useState } from "react";
import { Button, Checkbox, Input, Label, TextField } from "react-aria-components";
import { at } from "../../i18n/activities";
import { shuffled } from "../../meeting/activities/rooms";
import type { MeetingState, MeetingStore } from "../../meeting/store";
import { MinusIcon, PlusIcon } from "../../ui/icons";
import { harmless } from "../text";

const mostRooms = 20;

/** Everybody but oneself and machines: whoever leads stays, and goes where they like. */
const guests = (state: MeetingState): number[] =>
  [...state.roster.values()].filter((e) => e.participant !== state.self && e.client !== "recorder" && e.client !== "stream").map((e) => e.participant);

export function PlanForm({ store, state }: { store: MeetingStore; state: MeetingState }) {
  const [names, setNames] = useState<string[]>(() => (state.rooms.length > 0 ? state.rooms.map((r) => r.name) : [1, 2].map((number) => at("rooms.name", { number }))));
  const [places, setPlaces] = useState<ReadonlyMap<number, number>>(() => new Map(state.rooms.flatMap((r) => r.assigned.map((p) => [p, r.room] as const))));
  const [choose, setChoose] = useState(state.roomsChoose);
  const people = guests(state);
  const count = (next: number) => setNames(Array.from({ length: next }, (_, k) => names[k] ?? at("rooms.name", { number: k + 1 })));
  const open = () => {
    const rooms = names.map((name, k) => ({ name: name.trim() === "" ? at("rooms.name", { number: k + 1 }) : name.trim(), assigned: people.filter((p) => places.get(p) === k + 1) }));
    if (store.say({ type: "plan_rooms", rooms, choose })) store.say({ type: "control_rooms", action: "open", seconds: 0 });
  };
  return (
    <div className="column">
      <p className="hint">{at("rooms.planHint")}</p>
      <div className="spread">
        <span id="rooms-count">{at("rooms.count")}</span>
        <span className="row" role="group" aria-labelledby="rooms-count">
          <Button className="small icon-only" aria-label={at("rooms.fewer")} isDisabled={names.length <= 1} onPress={() => count(names.length - 1)}><MinusIcon /></Button>
          <span className="numbers" role="status">{names.length}</span>
          <Button className="small icon-only" aria-label={at("rooms.more")} isDisabled={names.length >= mostRooms} onPress={() => count(names.length + 1)}><PlusIcon /></Button>
        </span>
      </div>
      {names.map((name, k) => (
        <TextField key={k} value={name} maxLength={64} onChange={(text) => setNames(names.map((n, j) => (j === k ? text : n)))}>
          <Label>{at("rooms.nameOf", { number: k + 1 })}</Label><Input dir="auto" />
        </TextField>
      ))}
      <section aria-labelledby="rooms-people">
        <div className="spread">
          <h3 id="rooms-people">{at("rooms.people")}</h3>
          <Button
            className="small" isDisabled={people.length === 0}
            onPress={() => setPlaces(new Map(shuffled(people, names.length, Math.random).flatMap((room, k) => room.map((p) => [p, k + 1] as const))))}
          >
            {at("rooms.random")}
          </Button>
        </div>
        {people.length === 0 && <p className="hint">{at("rooms.alone")}</p>}
        <ul className="people">
          {people.map((p) => {
            const who = harmless(state.roster.get(p)?.name ?? "");
            return (
              <li key={p}>
                <span className="grow" dir="auto">{who}</span>
                <select className="move" aria-label={at("rooms.move", { name: who })} value={places.get(p) ?? 0} onChange={(event) => setPlaces(new Map(places).set(p, Number(event.target.value)))}>
                  <option value={0}>{at("rooms.notAssigned")}</option>
                  {names.map((name, k) => <option key={k} value={k + 1}>{name}</option>)}
                </select>
              </li>
            );
          })}
        </ul>
      </section>
      <Checkbox isSelected={choose} onChange={setChoose}><span className="box" aria-hidden="true" />{at("rooms.choose")}</Checkbox>
      <Button className="primary" onPress={open}>{at("rooms.open")}</Button>
    </div>
  );
}
