/**
 * Reports the coverage of `lib`, and of its files where it is too little, from what tests left in a folder.
 *
 *     deno run -A tests/tools/coverage.ts folder
 *
 * @module
 */
const [folder] = Deno.args;
for (const { name } of Deno.readDirSync(folder)) {
  const path = `${folder}/${name}`;
  if (!isOfLib(Deno.readTextFileSync(path))) Deno.removeSync(path);
}

/** A Worker that was terminated leaves half a file behind. */
function isOfLib(text: string): boolean {
  try {
    return JSON.parse(text).url.includes("/lib/");
  } catch {
    return false;
  }
}

const { coverage } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), {
  args: ["coverage", "--include=/lib/[a-z0-9]+/.+[.]ts$", folder],
  env: { NO_COLOR: "1" },
}).outputSync();
const decoder = new TextDecoder();
console.log(decoder.decode(stdout).split("\n").filter(isWorthReading).join("\n").trim());
console.error(decoder.decode(stderr).trim());
if (!success) Deno.exit(1);

/** All but the rows of files that are covered well enough. */
function isWorthReading(line: string): boolean {
  const [, name, branches, lines] = /^\| (\S.*?) +\| +([\d.]+) \| +[\d.]+ \| +([\d.]+) \|$/.exec(line) ?? [];
  if (name === undefined || name === "All files") return true;
  return Number(branches) < coverage.thresholds.branches || Number(lines) < coverage.thresholds.lines;
}
