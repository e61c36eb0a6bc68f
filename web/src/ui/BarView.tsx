// Draws the bar from bar.tsx: what has room as buttons, the rest behind "More".
import { type ReactNode, useRef, useState } from "react";
import { Button, DialogTrigger, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { t } from "../i18n";
import { st } from "../i18n/stage";
import { type BarItem, barItems, type Panel, panels, type Surroundings } from "./bar";
import { Bubble } from "./Bubble";
import { LeaveIcon, MoreIcon, UpIcon } from "./icons";
import { useWidth } from "./useWidth";

const leastRank = { wide: 1, medium: 2, narrow: 3 } as const;

export function BarView({ around }: { around: Surroundings }) {
  const least = leastRank[useWidth()];
  const { state } = around;
  const items = barItems.filter((i) => i.shown?.(state) ?? true);
  const beside = panels.filter((p) => p.shown?.(state) ?? true);
  return (
    <footer>
      <div className="bar" role="toolbar" aria-label={t("bar.label")}>
        <div className="bar-part">{items.filter((i) => i.rank >= least).map((item) => <Item key={item.id} item={item} around={around} />)}</div>
        <div className="bar-part">
          {beside.filter((p) => p.rank >= least).map((panel) => <PanelButton key={panel.id} panel={panel} around={around} />)}
          <More around={around} items={items.filter((i) => i.rank < least)} beside={beside.filter((p) => p.rank < least)} />
          <Button className="bar-button leave" onPress={() => around.store.leave()}>
            <span className="bar-icon"><LeaveIcon /></span>
            <span className="bar-label">{t("bar.leave")}</span>
          </Button>
        </div>
      </div>
    </footer>
  );
}

function Item({ item, around }: { item: BarItem; around: Surroundings }) {
  const { state } = around;
  const Icon = item.icon(state);
  const face = (
    <>
      <span className="bar-icon"><Icon /></span>
      <span className="bar-label">{item.label(state)}</span>
    </>
  );
  const mark = item.mark?.(state);
  const Popup = item.popover;
  const main = Popup
    ? <Opens around={around} view={Popup} name={item.label(state)}><Button className="bar-button" data-mark={mark} data-item={item.id}>{face}</Button></Opens>
    : <Button className="bar-button" data-mark={mark} data-item={item.id} onPress={() => item.press?.(around)}>{face}</Button>;
  if (!item.beside) return main;
  return (
    <div className="bar-pair">
      {main}
      <Opens around={around} view={item.beside.view} name={item.beside.label()}>
        <Button className="bar-beside" aria-label={item.beside.label()}><UpIcon /></Button>
      </Opens>
    </div>
  );
}

/** A button and what opens over it. */
function Opens({ around, view: View, name, children }: { around: Surroundings; view: NonNullable<BarItem["popover"]>; name: string; children: ReactNode }) {
  return (
    <DialogTrigger>
      {children}
      <Bubble label={name} placement="top">{(close) => <View {...around} close={close} />}</Bubble>
    </DialogTrigger>
  );
}

function PanelButton({ panel, around }: { panel: Panel; around: Surroundings }) {
  const open = around.panel === panel.id;
  const count = panel.count?.(around.state) ?? 0;
  return (
    <Button className="bar-button" aria-expanded={open} data-mark={open ? "open" : undefined} data-item={panel.id} onPress={() => around.open(open ? null : panel.id)}>
      <span className="bar-icon"><panel.icon />{count > 0 && <span className="bar-count" aria-hidden="true">{count > 99 ? "99+" : count}</span>}</span>
      <span className="bar-label">{panel.label()}</span>
    </Button>
  );
}

function More({ around, items, beside }: { around: Surroundings; items: BarItem[]; beside: Panel[] }) {
  const button = useRef<HTMLButtonElement>(null);
  const [popup, setPopup] = useState<BarItem | null>(null);
  const { state } = around;
  const waiting = beside.some((p) => (p.count?.(state) ?? 0) > 0);
  const View = popup?.popover;
  const act = (key: string) => {
    const panel = beside.find((p) => p.id === key);
    if (panel) return around.open(around.panel === key ? null : key);
    const item = items.find((i) => i.id === key);
    if (item?.popover) setPopup(item);
    else item?.press?.(around);
  };
  return (
    <>
      <MenuTrigger>
        <Button ref={button} className="bar-button" data-item="more">
          <span className="bar-icon"><MoreIcon />{waiting && <span className="bar-count dot" aria-hidden="true" />}</span>
          <span className="bar-label">{st("bar.more")}</span>
        </Button>
        <Popover placement="top end">
          <Menu aria-label={st("bar.more")} onAction={(key) => act(String(key))}>
            {items.map((item) => {
              const Icon = item.icon(state);
              return <MenuItem key={item.id} id={item.id} textValue={item.label(state)}><Icon />{item.label(state)}</MenuItem>;
            })}
            {items.length > 0 && beside.length > 0 && <Separator />}
            {beside.map((panel) => {
              const count = panel.count?.(state) ?? 0;
              const name = count > 0 ? st("bar.badge", { name: panel.label(), count }) : panel.label();
              return <MenuItem key={panel.id} id={panel.id} textValue={name}><panel.icon />{name}</MenuItem>;
            })}
          </Menu>
        </Popover>
      </MenuTrigger>
      {View && (
        <Popover aria-label={popup.label(state)} triggerRef={button} isOpen placement="top end" onOpenChange={(open) => !open && setPopup(null)}>
          <div className="react-aria-Dialog"><View {...around} close={() => setPopup(null)} /></div>
        </Popover>
      )}
    </>
  );
}
