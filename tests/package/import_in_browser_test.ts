/** Every export can be imported by URL in a browser, module by module, transpiled and no more. */
import { assertEquals } from "@std/assert";
import { inBrowser } from "../tools/browser.ts";
import { transpile } from "../tools/bundle.ts";
import { runtimes } from "../tools/runtimes.ts";
import { libFiles } from "./lib_files.ts";

const root = new URL("../../", import.meta.url);
const { exports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))) as {
  exports: Record<string, string>;
};
const paths = Object.values(exports).map((path) => path.slice(1));
const chromium = runtimes.find(({ name }) => name === "Chromium")!.find();

const PAGE = `<!DOCTYPE html><meta charset="utf-8"><script type="module">
  const imported = {};
  for (const path of ${JSON.stringify(paths)}) {
    imported[path] = await import(path).then((module) => Object.keys(module).length > 0, String);
  }
  const { spawn } = await import("/mod.ts");
  const [task, handle] = spawn(async ({ tag }) => (await null, tag), (task) => void task.run(), "tag");
  task.run();
  const tag = await handle;
  const { TaskHandle } = await import("/lib/thread/mod.ts");
  const { add } = await import("/jobs.js");
  const sum = await TaskHandle.spawn(add, [1, 2]);
  await fetch("/report", { method: "POST", body: JSON.stringify({ imported, tag, sum }) });
</script>`;

const JOBS = `
  import { defineTask } from "/lib/thread/mod.ts";
  export const add = defineTask(import.meta.url, "add", (_token, a, b) => a + b);`;

/** The files of `lib`, and the root, by path. */
async function transpiled(): Promise<Record<string, string>> {
  const entries = ["mod.ts", ...libFiles()].map(async (path) => {
    return [`/${path}`, await transpile(await Deno.readTextFile(new URL(path, root)))];
  });
  return Object.fromEntries(await Promise.all(entries));
}

Deno.test({
  name: "every export can be imported in Chromium from a web server",
  ignore: chromium === undefined,
  fn: async () => {
    const said = await inBrowser(chromium!, { "/": PAGE, "/jobs.js": JOBS, ...await transpiled() });
    assertEquals(said, {
      imported: Object.fromEntries(paths.map((path) => [path, true])),
      tag: "tag",
      sum: 3,
    });
  },
});
