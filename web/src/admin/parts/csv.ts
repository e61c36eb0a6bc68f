// Reading a file with lines of values (RFC 4180) that a person has chosen. Saving one: site/tables.ts.

/** Rows of cells. Separated by comma, semicolon or tab, whichever the first line has most of; a byte order mark is no
 * content; empty lines are left out. */
export function parseCsv(text: string): string[][] {
  const content = text.replace(/^\uFEFF/, "");
  const firstLine = content.split(/\r?\n/, 1)[0] ?? "";
  const separator = [",", ";", "\t"].map((s) => [s, firstLine.split(s).length] as const).sort((a, b) => b[1] - a[1])[0]![0];
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    cell = "";
    if (row.some((c) => c.trim() !== "")) rows.push(row);
    row = [];
  };
  for (let i = 0; i < content.length; ++i) {
    const c = content[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (content[i + 1] === '"') {
        cell += '"';
        ++i;
      } else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === separator) {
      row.push(cell);
      cell = "";
    } else if (c === "\n") endRow();
    else if (c !== "\r") cell += c;
  }
  if (cell !== "" || row.length > 0) endRow();
  return rows;
}

export interface ImportLine {
  /** In the file, from 1, the heading counted. */
  line: number;
  login: string;
  name: string;
  role: string;
  group: string;
}

const columnNames: Record<keyof Omit<ImportLine, "line">, string[]> = {
  login: ["login", "email", "e-mail", "mail", "電子郵件", "帳號"],
  name: ["name", "display_name", "full name", "姓名", "名稱"],
  role: ["role", "角色"],
  group: ["group", "department", "群組"],
};

/** The lines of a file with a heading; nullopt without a column of addresses. Without a heading the columns are login,
 * name, role, group. */
export function importLines(text: string): ImportLine[] | null {
  const rows = parseCsv(text);
  const heading = (rows[0] ?? []).map((c) => c.trim().toLowerCase());
  const place = Object.fromEntries(Object.entries(columnNames).map(([key, names]) => [key, heading.findIndex((h) => names.includes(h))])) as Record<keyof typeof columnNames, number>;
  let from = 1;
  if (place.login < 0) {
    if (!heading[0]?.includes("@")) return null;
    Object.assign(place, { login: 0, name: 1, role: 2, group: 3 });
    from = 0;
  }
  const cell = (row: string[], at: number) => (at < 0 ? "" : (row[at] ?? "").trim());
  return rows.slice(from).map((row, i) => ({
    line: i + from + 1, login: cell(row, place.login), name: cell(row, place.name), role: cell(row, place.role), group: cell(row, place.group),
  }));
}
