// The film with its chapters and the chat beside it. The element plays by ranges: it fetches what it needs.
import { useEffect, useRef, useState } from "react";
import { Button, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { site } from "../../i18n/site";
import { clockOf } from "../times";
import { type Chapter, currentOf, type Said } from "./journal";
import { playUrl, type RecordingFile } from "./types";

export function words(chapter: Chapter): string {
  return site(`chapter.${chapter.kind}`, { name: chapter.name, length: clockOf(chapter.length ?? 0) });
}

export function Player({ film, chapters, chat }: { film: RecordingFile; chapters: readonly Chapter[]; chat: readonly Said[] }) {
  const video = useRef<HTMLVideoElement>(null);
  const [seconds, setSeconds] = useState(0);
  const [failed, setFailed] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const now = currentOf(chapters, seconds);
  const line = currentOf(chat, seconds);
  useEffect(() => {
    // The chat follows the film without pulling the page along.
    const box = list.current;
    const row = box?.children[line] as HTMLElement | undefined;
    if (box && row) box.scrollTop = row.offsetTop - box.offsetTop - box.clientHeight / 2;
  }, [line]);
  const seek = (at: number) => {
    if (!video.current) return;
    video.current.currentTime = at;
    void video.current.play().catch(() => undefined);
  };
  return (
    <div className="player">
      <div>
        <video ref={video} src={playUrl(film)} controls playsInline preload="metadata" aria-label={site("player.label")} onTimeUpdate={(event) => setSeconds(event.currentTarget.currentTime)} onError={() => setFailed(true)} />
        {failed && <p role="alert" className="problem">{site("player.failed")}</p>}
      </div>
      <Tabs className="react-aria-Tabs beside">
        <TabList aria-label={site("player.beside")}>
          <Tab id="chapters">{site("player.chapters")}</Tab>
          <Tab id="chat">{site("player.chat", { count: chat.length })}</Tab>
        </TabList>
        <TabPanel id="chapters">
          <ol className="chapters">
            {chapters.map((chapter, i) => (
              <li key={`${chapter.at} ${chapter.kind}`}>
                <Button className="quiet" onPress={() => seek(chapter.at)} {...(i === now ? { "aria-current": "true" as const } : {})}>
                  <span className="numbers at">{clockOf(chapter.at)}</span><bdi className="grow">{words(chapter)}</bdi>
                </Button>
              </li>
            ))}
          </ol>
        </TabPanel>
        <TabPanel id="chat">
          {chat.length === 0 ? <p className="hint">{site("player.noChat")}</p> : (
            <ol className="chapters said" ref={list} tabIndex={0} aria-label={site("player.chatLabel")}>
              {chat.map((said, i) => (
                <li key={i} data-now={i === line}>
                  <Button className="quiet small" aria-label={site("player.goTo", { at: clockOf(said.at) })} onPress={() => seek(said.at)}><span className="numbers at">{clockOf(said.at)}</span></Button>
                  <div className="grow"><b dir="auto">{said.name}</b><p dir="auto">{said.text}</p></div>
                </li>
              ))}
            </ol>
          )}
        </TabPanel>
      </Tabs>
    </div>
  );
}
