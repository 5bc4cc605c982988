/** Runs the benches, each in a process of its own: all, or those that are named (`deno task bench core time`). */
const folder = new URL("../bench/", import.meta.url);
const lock = `--lock=${new URL("../deno.lock", import.meta.url).pathname}`;
const all = [...Deno.readDirSync(folder)].flatMap(({ name }) => /^(.+)_bench\.ts$/.exec(name)?.[1] ?? [])
  .sort();
const names = Deno.args.length > 0 ? Deno.args : all;
for (const name of names) {
  if (!all.includes(name)) throw new TypeError(`Cannot run bench ${name}: there are ${all.join(", ")}`);
}
for (const name of names) {
  const { success } = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", lock, "--v8-flags=--expose-gc", new URL(`${name}_bench.ts`, folder).pathname],
    stdout: "inherit",
    stderr: "inherit",
  }).outputSync();
  if (!success) Deno.exit(1);
}
