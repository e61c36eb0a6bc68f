// Breakout rooms: hosts plan and lead them, everybody sees where they are and where they may go.
import { useState } from "react";
import { Button, Input, Label, TextField } from "react-aria-components";
import { at } from "../../i18n/activities";
import { isHost, nameOf } from "../../meeting/state";
import type { Surroundings } from "../../ui/bar";
import { BackIcon, QuestionIcon, RoomsIcon } from "../../ui/icons";
import { harmless } from "../text";
import { PlanForm } from "./PlanForm";
import { Countdown } from "./Countdown";

const countdowns = [0, 30, 60, 120, 300];

export default function RoomsPanel(around: Surroundings) {
  const { store, state } = around;
  const host = isHost(state);
  const here = state.meeting?.room ?? 0;
  const planner = host && !state.roomsOpen && here === 0;
  return (
    <div className="column">
      {here !== 0 && (
        <section className="room-here" aria-labelledby="room-here">
          <h3 id="room-here" dir="auto">{at("rooms.youAreIn", { name: harmless(state.meeting?.room_name ?? "") })}</h3>
          <div className="row">
            <Button className="small primary" onPress={() => void store.enterRoom(0)}><BackIcon />{at("rooms.back")}</Button>
            {!host && <Button className="small" onPress={() => store.say({ type: "ask_for_help" }) && store.tell(at("rooms.helpAsked"))}><QuestionIcon />{at("rooms.help")}</Button>}
          </div>
        </section>
      )}
      {state.roomsCloseAt !== null && <Countdown until={state.roomsCloseAt} />}
      {planner && <PlanForm store={store} state={state} />}
      {!planner && state.rooms.length === 0 && (
        <div className="empty">
          <RoomsIcon />
          <h3>{at("rooms.emptyTitle")}</h3>
          <p>{at("rooms.empty")}</p>
        </div>
      )}
      {!planner && <RoomList {...around} host={host} here={here} />}
      {host && state.roomsOpen && <Leading {...around} />}
    </div>
  );
}

function RoomList({ store, state, host, here }: Surroundings & { host: boolean; here: number }) {
  return (
    <ul className="breakouts">
      {state.rooms.map((room) => {
        const mine = room.assigned.includes(state.self);
        const may = state.roomsOpen && state.roomsCloseAt === null && (host || state.roomsChoose || mine) && room.room !== here;
        const people = state.roomsOpen ? room.inside : room.assigned;
        const help = state.helpWanted.find((h) => h.room === room.room);
        return (
          <li key={room.room} className="breakout">
            <div className="spread">
              <strong dir="auto" className="grow">{harmless(room.name)}</strong>
              {mine && <span className="tag info">{at("rooms.yours")}</span>}
              {may && <Button className="small" aria-label={at("rooms.enter", { name: harmless(room.name) })} onPress={() => void store.enterRoom(room.room, room.name)}>{at("rooms.join")}</Button>}
            </div>
            {help && <p className="problem" role="status" dir="auto">{at("rooms.helpWanted", { name: harmless(nameOf(state, help.participant)) })}</p>}
            {people.length === 0 && <p className="hint">{at("rooms.nobody")}</p>}
            <ul className="people">
              {people.map((p) => (
                <li key={p}>
                  <span className="grow" dir="auto">{harmless(nameOf(state, p))}</span>
                  {host && p !== state.self && <MoveSelect store={store} state={state} participant={p} room={room.room} />}
                </li>
              ))}
            </ul>
          </li>
        );
      })}
      {host && state.roomsOpen && <Unplaced store={store} state={state} />}
    </ul>
  );
}

/** Who is in the main room, to be sent somewhere. */
function Unplaced({ store, state }: Pick<Surroundings, "store" | "state">) {
  const inside = new Set(state.rooms.flatMap((r) => r.inside));
  const people = [...state.roster.values()].filter((e) => e.client !== "recorder" && e.participant !== state.self && !inside.has(e.participant) && state.meeting?.room === 0);
  if (people.length === 0) return null;
  return (
    <li className="breakout">
      <strong>{at("rooms.main")}</strong>
      <ul className="people">
        {people.map((e) => (
          <li key={e.participant}><span className="grow" dir="auto">{harmless(e.name)}</span><MoveSelect store={store} state={state} participant={e.participant} room={0} /></li>
        ))}
      </ul>
    </li>
  );
}

function MoveSelect({ store, state, participant, room }: Pick<Surroundings, "store" | "state"> & { participant: number; room: number }) {
  return (
    <select
      className="move" aria-label={at("rooms.move", { name: harmless(nameOf(state, participant)) })} value={room}
      onChange={(event) => store.say({ type: "assign_room", participant, room: Number(event.target.value) })}
    >
      <option value={0}>{at("rooms.main")}</option>
      {state.rooms.map((r) => <option key={r.room} value={r.room}>{harmless(r.name)}</option>)}
    </select>
  );
}

function Leading({ store, state }: Surroundings) {
  const [text, setText] = useState("");
  const [seconds, setSeconds] = useState(60);
  return (
    <section className="column" aria-labelledby="rooms-lead">
      <h3 id="rooms-lead">{at("rooms.lead")}</h3>
      <form
        className="column"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === "") return;
          if (store.say({ type: "tell_rooms", text: text.trim() })) setText("");
        }}
      >
        <TextField value={text} onChange={setText} maxLength={1000}><Label>{at("rooms.broadcast")}</Label><Input dir="auto" /></TextField>
        <div className="row"><Button type="submit" className="small" isDisabled={text.trim() === ""}>{at("rooms.tell")}</Button></div>
      </form>
      {state.roomsCloseAt === null && (
        <div className="row rooms-close">
          <label htmlFor="rooms-close">{at("rooms.closeIn")}</label>
          <select id="rooms-close" value={seconds} onChange={(event) => setSeconds(Number(event.target.value))}>
            {countdowns.map((s) => <option key={s} value={s}>{s === 0 ? at("rooms.atOnce") : at("rooms.seconds", { count: s })}</option>)}
          </select>
          <Button className="danger small" onPress={() => store.say({ type: "control_rooms", action: "close", seconds })}>{at("rooms.close")}</Button>
        </div>
      )}
    </section>
  );
}
