// The whiteboard lies over the meeting while it is open; its code is loaded then.
import { Dialog, Heading, Modal, ModalOverlay, Button } from "react-aria-components";
import { at } from "../../i18n/activities";
import type { Surroundings } from "../../ui/bar";
import { CloseIcon } from "../../ui/icons";
import { later } from "../later";

const Board = later<Surroundings>(() => import("./Board"));

export function BoardOverlay(around: Surroundings) {
  const { store, state } = around;
  if (!state.boardOpen) return null;
  const close = () => store.set({ boardOpen: false, boardNews: false });
  return (
    <ModalOverlay isOpen isDismissable={false} onOpenChange={(open) => !open && close()}>
      <Modal className="react-aria-Modal board-modal">
        <Dialog className="react-aria-Dialog board-dialog">
          <div className="spread">
            <Heading slot="title">{at("board.bar")}</Heading>
            <Button className="quiet icon-only small" aria-label={at("shortcuts.close")} onPress={close}><CloseIcon /></Button>
          </div>
          <Board {...around} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
