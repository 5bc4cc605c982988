/**
 * Gives a C library jobs to run on background threads: `ffi_helpers::task` in Rust.
 *
 *     deno run -A examples/ffi/spin.ts headers build
 *     cc -shared -fPIC -Ibuild -o build/libspin.so examples/ffi/spin.c
 *     deno run --allow-ffi --allow-read examples/ffi/spin.ts run build/libspin.so
 *
 * @module
 */
import { exportTask } from "../../lib/ffi/mod.ts";
import { dies, fails, spin } from "./jobs.ts";

const tables = [
  exportTask(spin, { name: "spin", result: "usize" }),
  exportTask(fails, { name: "fails", result: "f64", parameters: ["u32"] }),
  exportTask(dies, { name: "dies", result: { count: "u32", mean: "f64" } }),
];

const [command, path] = Deno.args;
if (command === "headers") {
  await Deno.mkdir(path, { recursive: true });
  for (const table of tables) await Deno.writeTextFile(`${path}/${table.name}.h`, table.header());
} else if (command === "run") {
  const library = Deno.dlopen(path, { demo: { parameters: ["buffer", "buffer", "buffer"], result: "void" } });
  const [one, two, three] = tables.map(({ pointers }) => pointers);
  library.symbols.demo(one, two, three);
  for (const table of tables) table.close();
  library.close();
} else {
  console.error("Usage: spin.ts headers <folder> | run <library>");
  Deno.exitCode = 2;
}
