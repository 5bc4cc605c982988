/** Reports the coverage of `lib`, of what tests have left in a folder: `deno run -A tests/tools/coverage.ts folder`. */
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

const { success } = new Deno.Command(Deno.execPath(), {
  args: ["coverage", "--include=/lib/[a-z0-9]+/[^/]+[.]ts$", folder],
  stdout: "inherit",
  stderr: "inherit",
}).outputSync();
if (!success) Deno.exit(1);
