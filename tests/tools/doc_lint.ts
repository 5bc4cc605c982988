/** Lints the documentation of every export that `deno.json` names. */
const root = new URL("../../", import.meta.url);
const { exports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));

const { success } = new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...Object.values<string>(exports)],
  cwd: root,
  stdout: "null", // what the exports look like
  stderr: "inherit", // what is wrong with them
}).outputSync();
if (!success) Deno.exit(1);
