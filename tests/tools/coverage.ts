/** Reports the coverage of `lib`. A Worker that was terminated leaves half a file behind: such are left out. */
const folder = ".coverage";
for (const { name } of Deno.readDirSync(folder)) {
  const path = `${folder}/${name}`;
  try {
    JSON.parse(Deno.readTextFileSync(path));
  } catch {
    Deno.removeSync(path);
  }
}
const { success } = new Deno.Command(Deno.execPath(), {
  args: ["coverage", "--include=/lib/[a-z0-9]+/[^/]+[.]ts$", folder],
  stdout: "inherit",
  stderr: "inherit",
}).outputSync();
if (!success) Deno.exit(1);
