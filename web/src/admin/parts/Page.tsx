// The frame of one screen: where it is, its name, what can be done there.
import type { ReactNode } from "react";
import { Breadcrumb, Breadcrumbs, Button, Link } from "react-aria-components";
import { at } from "../../i18n/admin";
import { usePage } from "../../site/usePage";
import { WarningIcon } from "../../ui/icons";
import type { Data } from "./useData";

interface Props {
  title: string;
  text?: string;
  /** Areas above this one. */
  above?: readonly { title: string; href: string }[];
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, text, above = [], actions, children }: Props) {
  const heading = usePage(title);
  return (
    <>
      <nav aria-label={at("breadcrumbs")}>
        <Breadcrumbs className="crumbs">
          <Breadcrumb><Link href="/admin">{at("console")}</Link></Breadcrumb>
          {above.map((a) => <Breadcrumb key={a.href}><Link href={a.href}><bdi>{a.title}</bdi></Link></Breadcrumb>)}
          <Breadcrumb><span aria-current="page"><bdi>{title}</bdi></span></Breadcrumb>
        </Breadcrumbs>
      </nav>
      <header className="page-head">
        <div className="grow">
          <h1 ref={heading} tabIndex={-1} dir="auto">{title}</h1>
          {text !== undefined && <p className="hint">{text}</p>}
        </div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </header>
      {children}
    </>
  );
}

/** What is there, or that it is on the way, or why it is not. */
export function Loaded<T>({ data, children }: { data: Data<T>; children(value: T): ReactNode }) {
  if (data.value !== undefined) {
    return (
      <>
        {data.problem !== undefined && <p className="banner bad" role="alert" dir="auto"><WarningIcon />{data.problem}</p>}
        {children(data.value)}
      </>
    );
  }
  if (data.problem !== undefined) {
    return (
      <div className="empty card" role="alert">
        <WarningIcon />
        <p dir="auto">{data.problem}</p>
        <Button onPress={data.again}>{at("again")}</Button>
      </div>
    );
  }
  return <p role="status" className="hint">{at("loading")}</p>;
}
