// A dialog that asks before something that cannot be taken back.
import type { ReactNode } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { at } from "../i18n/activities";

interface Props {
  title: string;
  children?: ReactNode;
  yes: string;
  danger?: boolean;
  /** The button that does it is off, for example while a field is empty. */
  off?: boolean;
  onYes(): void;
  onClose(): void;
}

export function Ask({ title, children, yes, danger = false, off = false, onYes, onClose }: Props) {
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal>
        <Dialog role={danger ? "alertdialog" : "dialog"}>
          <Heading slot="title">{title}</Heading>
          {children}
          <div className="actions">
            <Button onPress={onClose}>{at("ask.cancel")}</Button>
            <Button
              className={danger ? "danger" : "primary"}
              isDisabled={off}
              onPress={() => {
                onClose();
                onYes();
              }}
            >
              {yes}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
