// Files in the chat: those of a message, and those that are on their way.
import type { ChatFile } from "@protocol/signalling";
import { useSyncExternalStore } from "react";
import { Button } from "react-aria-components";
import { language } from "../../i18n";
import { at } from "../../i18n/activities";
import { serverSentence } from "../../i18n/activities/server";
import type { Transfer } from "../../meeting/files";
import type { MeetingStore } from "../../meeting/store";
import { CloseIcon, DownloadIcon, FileIcon } from "../../ui/icons";
import { fileSize, harmless, harmlessFileName } from "../text";

export const useTransfers = (store: MeetingStore): readonly Transfer[] => useSyncExternalStore(store.files.subscribe, store.files.snapshot);

export function FileLine({ file, store }: { file: ChatFile; store: MeetingStore }) {
  const transfer = useTransfers(store).find((t) => t.direction === "down" && t.file === file.file);
  const name = harmless(file.name);
  return (
    <div className="file-line">
      <FileIcon />
      <span className="grow">
        <span dir="auto">{name}</span>
        <small>{fileSize(file.size, language)}</small>
        {transfer && <Progress transfer={transfer} name={name} />}
      </span>
      <Button
        className="small icon-only" aria-label={at("file.download", { name })} isDisabled={transfer?.state === "moving"}
        onPress={() => {
          if (transfer) store.files.forget(transfer.key);
          void store.files.download(file, harmlessFileName(file.name));
        }}
      >
        <DownloadIcon />
      </Button>
    </div>
  );
}

export function UploadLine({ transfer, store }: { transfer: Transfer; store: MeetingStore }) {
  const name = harmless(transfer.name);
  return (
    <li className="file-line" data-state={transfer.state}>
      <FileIcon />
      <span className="grow">
        <span dir="auto">{name}</span>
        <small>{fileSize(transfer.size, language)}</small>
        <Progress transfer={transfer} name={name} />
      </span>
      <Button className="small quiet icon-only" aria-label={at("file.remove", { name })} onPress={() => store.files.forget(transfer.key)}><CloseIcon /></Button>
    </li>
  );
}

function Progress({ transfer, name }: { transfer: Transfer; name: string }) {
  if (transfer.state === "failed") return <small role="alert" className="bad-words" dir="auto">{transfer.message !== "" ? serverSentence(transfer.message) : at("file.failed")}</small>;
  if (transfer.state === "checking") return <small role="status">{at("file.checking")}</small>;
  if (transfer.state === "done") return <small role="status">{at("file.ready")}</small>;
  return <progress max={transfer.size} value={transfer.moved} aria-label={at(transfer.direction === "up" ? "file.uploading" : "file.downloading", { name })} />;
}
