// A table of the server's: it pages, sorts, searches, filters and exports there; here one page is shown.
import { type ReactNode, useEffect, useId, useReducer, useState } from "react";
import { Button, Input, Label, SearchField } from "react-aria-components";
import { at } from "../../i18n/admin";
import type { Query } from "../../site/api";
import { save, tableOf } from "../../site/tables";
import { BackIcon, CloseIcon, DownIcon, DownloadIcon, type Icon, NextIcon, SearchIcon, UpIcon, WarningIcon } from "../../ui/icons";
import { Choice } from "./fields";
import { number } from "./format";
import { useNotices } from "./Notices";
import { changed, direction, filterQuery, freshTable, isFiltered, keysApart, pageQuery, pageSizes } from "./table";
import { useData } from "./useData";

export interface Column<Row> {
  title: string;
  cell(row: Row): ReactNode;
  /** The server's name of the field, when it can sort by it. */
  sort?: string;
  number?: boolean;
  /** For screen readers only: a column of buttons. */
  quiet?: boolean;
}
export interface Filter {
  name: string;
  label: string;
  /** Without options it is a day. */
  options?: readonly (readonly [value: string, text: string])[];
  /** One of the options always holds. */
  always?: boolean;
  /** The day that is chosen is included. */
  endOfDay?: boolean;
}
export interface Empty {
  Icon: Icon;
  title: string;
  text?: string;
  action?: ReactNode;
}
interface PageOf {
  page_number: number;
  page_count: number;
  page_size: number;
  total_records: number;
}
interface Props<Row> {
  label: string;
  /** The label is written above: the page is about more than this table. */
  titled?: boolean;
  path: string;
  /** The list's name in the answer. */
  rows: string;
  columns: readonly Column<Row>[];
  /** What tells a row from others; two may have one. */
  rowKey(row: Row): string;
  filters?: readonly Filter[];
  searchable?: string;
  fixed?: Query;
  initialSort?: string;
  initialFilters?: Record<string, string>;
  empty: Empty;
  /** Changes when the list should be asked for again. */
  version?: number;
  /** Name of the file; without it there is no export. */
  file?: string;
  every?: number;
}

const searchDelay = 250;

export function DataTable<Row>({ label, titled = false, path, rows: name, columns, rowKey, filters = [], searchable, fixed = {}, initialSort = "", initialFilters, empty, version = 0, file, every = 0 }: Props<Row>) {
  const [state, change] = useReducer(changed, undefined, () => freshTable(initialSort, { ...Object.fromEntries(filters.map((f) => [f.name, ""])), ...initialFilters }));
  const [search, setSearch] = useState("");
  const [exporting, setExporting] = useState(false);
  const { complain } = useNotices();
  const caption = useId();
  // What is typed is asked for when the person pauses.
  useEffect(() => {
    if (search === state.search) return;
    const timer = setTimeout(() => change({ type: "search", text: search }), searchDelay);
    return () => clearTimeout(timer);
  }, [search, state.search]);
  const data = useData<PageOf & Record<string, Row[]>>(path, pageQuery(state, fixed), every);
  const { again } = data;
  useEffect(() => {
    if (version > 0) again();
  }, [version, again]);
  const rows: Row[] = data.value?.[name] ?? [];
  const keys = keysApart(rows.map(rowKey));
  const page: PageOf | undefined = data.value;
  const sortable = columns.some((c) => c.sort !== undefined);
  const narrowSorts = columns.flatMap((c) => (c.sort === undefined ? [] : [[c.sort, at("table.up", { column: c.title })] as const, [`-${c.sort}`, at("table.down", { column: c.title })] as const]));

  const exportAll = async () => {
    setExporting(true);
    try {
      save(`${file}.csv`, await tableOf(path, filterQuery(state, fixed)));
    } catch (error) {
      complain(error);
    } finally {
      setExporting(false);
    }
  };

  return (
    <div className="data-table">
      <h2 id={caption} className={titled ? undefined : "only-spoken"}>{label}</h2>
      <div className="table-tools">
        {searchable !== undefined && (
          <SearchField className="table-search" value={search} onChange={setSearch}>
            <Label className="only-spoken">{searchable}</Label>
            <SearchIcon />
            <Input placeholder={searchable} maxLength={100} />
            {search !== "" && <Button className="quiet small icon-only" aria-label={at("table.noSearch")}><CloseIcon /></Button>}
          </SearchField>
        )}
        {filters.map((filter) => filter.options !== undefined
          ? <Choice key={filter.name} small label={filter.label} value={state.filters[filter.name] ?? ""} onChange={(value) => change({ type: "filter", name: filter.name, value })} options={filter.always ? filter.options : [["", at("table.any")], ...filter.options]} />
          : <DayFilter key={filter.name} filter={filter} value={state.filters[filter.name] ?? ""} onChange={(value) => change({ type: "filter", name: filter.name, value })} />)}
        {sortable && (
          <div className="narrow-only">
            <Choice small label={at("table.sort")} value={state.sort} onChange={(value) => change({ type: "sort", field: value })} options={[["", at("table.ownOrder")], ...narrowSorts]} />
          </div>
        )}
        {isFiltered(state) && (
          <Button className="quiet small" onPress={() => { setSearch(""); change({ type: "clear" }); }}>{at("table.clear")}</Button>
        )}
        <span className="grow" />
        {file !== undefined && <Button className="small" isDisabled={exporting || rows.length === 0} onPress={() => void exportAll()}><DownloadIcon />{exporting ? at("table.exporting") : at("table.export")}</Button>}
      </div>
      {data.problem !== undefined && <p className="banner bad" role="alert" dir="auto"><WarningIcon />{data.problem} <Button className="small" onPress={again}>{at("again")}</Button></p>}
      {rows.length > 0 ? (
        <div className="table-scroll" role="region" aria-labelledby={caption} tabIndex={0} aria-busy={data.loading}>
          <table className="stacks">
            <thead>
              <tr>
                {columns.map((column, i) => (
                  <th key={i} scope="col" className={column.number ? "number" : undefined} aria-sort={column.sort === undefined ? undefined : direction(state, column.sort)}>
                    {column.sort === undefined
                      ? <span className={column.quiet ? "only-spoken" : undefined}>{column.title}</span>
                      : <SortButton title={column.title} direction={direction(state, column.sort)} onPress={() => change({ type: "sort", field: column.sort! })} />}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, k) => (
                <tr key={keys[k]}>
                  {columns.map((column, i) => <td key={i} className={column.number ? "number" : column.quiet ? "cell-actions" : undefined} data-label={column.quiet ? undefined : column.title}>{column.cell(row)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : data.loading ? (
        <p role="status" className="hint">{at("loading")}</p>
      ) : data.problem === undefined && (
        <div className="empty card">
          <empty.Icon />
          <h3>{isFiltered(state) ? at("table.nothing") : empty.title}</h3>
          {isFiltered(state)
            ? <Button onPress={() => { setSearch(""); change({ type: "clear" }); }}>{at("table.clear")}</Button>
            : <>{empty.text !== undefined && <p>{empty.text}</p>}{empty.action}</>}
        </div>
      )}
      {page !== undefined && page.total_records > 0 && (
        <div className="table-foot">
          <p className="hint" role="status">
            {at("table.range", { from: number((page.page_number - 1) * page.page_size + 1), to: number((page.page_number - 1) * page.page_size + rows.length), total: number(page.total_records) })}
          </p>
          <span className="grow" />
          {page.total_records > pageSizes[0]! && <Choice small label={at("table.pageSize")} value={String(state.pageSize)} onChange={(size) => change({ type: "pageSize", size: Number(size) })} options={pageSizes.map((n) => [String(n), String(n)])} />}
          {page.page_count > 1 && (
            <div className="row" role="group" aria-label={at("table.pages")}>
              <Button className="small icon-only" aria-label={at("table.before")} isDisabled={page.page_number <= 1} onPress={() => change({ type: "page", page: page.page_number - 1 })}><BackIcon /></Button>
              <span className="hint numbers">{at("table.page", { page: number(page.page_number), count: number(page.page_count) })}</span>
              <Button className="small icon-only" aria-label={at("table.after")} isDisabled={page.page_number >= page.page_count} onPress={() => change({ type: "page", page: page.page_number + 1 })}><NextIcon /></Button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function SortButton({ title, direction: way, onPress }: { title: string; direction: "ascending" | "descending" | "none"; onPress(): void }) {
  return <Button className="quiet small sort" onPress={onPress}>{title}{way === "ascending" ? <UpIcon /> : way === "descending" ? <DownIcon /> : null}</Button>;
}

function DayFilter({ filter, value, onChange }: { filter: Filter; value: string; onChange(value: string): void }) {
  const id = useId();
  // The last moment of a day is the first of the next: the server's "to" is not included.
  const shown = value === "" ? "" : filter.endOfDay ? new Date(new Date(value).getTime() - 1000).toISOString().slice(0, 10) : value.slice(0, 10);
  return (
    <div className="choice small">
      <label htmlFor={id}>{filter.label}</label>
      <input
        id={id} type="date" value={shown}
        onChange={(event) => {
          const chosen = event.target.value;
          if (chosen === "") return onChange("");
          onChange(filter.endOfDay ? new Date(new Date(`${chosen}T00:00:00Z`).getTime() + 86_400_000).toISOString().slice(0, 19) + "Z" : chosen);
        }}
      />
    </div>
  );
}
