// What holds for the whole meeting and must not be overlooked: recorded, suspended, in a breakout room.
import { Button } from "react-aria-components";
import { t } from "../i18n";
import { at } from "../i18n/activities";
import { nameOf } from "../meeting/state";
import type { MeetingState, MeetingStore } from "../meeting/store";
import { BackIcon, PauseIcon, RecordIcon, RoomsIcon } from "../ui/icons";
import { harmless } from "./text";

interface Props {
  store: MeetingStore;
  state: MeetingState;
}

export function Banners(props: Props) {
  const { store, state } = props;
  return (
    <>
      <RecordingBanner {...props} />
      {state.meeting?.suspended && <p role="status" className="banner warn" data-suspended><PauseIcon /><span className="grow">{at("host.suspended")}</span></p>}
      {(state.meeting?.room ?? 0) !== 0 && (
        <div role="status" className="banner">
          <RoomsIcon />
          <span className="grow" dir="auto">{at("rooms.youAreIn", { name: harmless(state.meeting?.room_name ?? "") })}</span>
          <Button className="small" onPress={() => void store.enterRoom(0)}><BackIcon />{at("rooms.leave")}</Button>
        </div>
      )}
    </>
  );
}

function RecordingBanner({ state }: Props) {
  if (!state.recorded) return null;
  const paused = state.recorders.length > 0 && state.recorders.every((r) => state.roster.get(r)?.recording === "paused");
  const people = state.recorders.filter((r) => state.roster.get(r)?.client !== "recorder").map((r) => harmless(nameOf(state, r)));
  return (
    <p role="status" className="banner bad" data-recorded>
      <RecordIcon />
      <span className="grow" dir="auto">
        {paused ? at("recording.paused") : people.length > 0 ? at("recording.by", { names: people.join(", ") }) : t("recording.on")}
        {state.roster.get(state.self)?.consent === "refused" && ` ${at("recording.youRefused")}`}
      </span>
    </p>
  );
}
