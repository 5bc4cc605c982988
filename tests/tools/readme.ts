/** The tables of the README that are written by a program, each between two comments with its name. */
const path = new URL("../../README.md", import.meta.url);

function find(text: string, name: string): [start: number, end: number] {
  const [open, close] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start === -1 || end < start) throw new Error(`README.md has no ${open} before ${close}`);
  return [start + open.length, end];
}

/** The cells of a table, without its head. */
export async function readTable(name: string): Promise<string[][]> {
  const text = await Deno.readTextFile(path);
  const lines = text.slice(...find(text, name)).trim().split(/\r?\n/).slice(2);
  return lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** Writes a table; the first row is its head, and a column whose head begins with a blank is aligned right. */
export async function writeTable(name: string, [head, ...rows]: string[][]): Promise<void> {
  const rule = head.map((cell) => cell.startsWith(" ") ? "--:" : "---");
  const table = [head, rule, ...rows].map((cells) => `| ${cells.map((cell) => cell.trim()).join(" | ")} |`);
  const text = await Deno.readTextFile(path);
  const [start, end] = find(text, name);
  await Deno.writeTextFile(path, `${text.slice(0, start)}\n\n${table.join("\n")}\n\n${text.slice(end)}`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path.pathname] }).output();
}
