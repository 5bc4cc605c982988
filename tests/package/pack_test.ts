/** The npm tarball: what is in it, and that Node and TypeScript can use it. */
import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../programs.ts";
import { install } from "../tools/installed.ts";
import { DENO_ONLY, list, pack, run } from "../tools/pack.ts";
import { onPath, runtimes } from "../tools/runtimes.ts";

const root = new URL("../../", import.meta.url);
const { name, exports: all } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))) as {
  name: string;
  exports: Record<string, string>;
};
const exports = Object.fromEntries(Object.entries(all).filter(([subpath]) => !DENO_ONLY.includes(subpath)));
const specifiers = Object.keys(exports).map((path) => name + path.slice(1));

/** In kB; it is for noticing that something big has slipped in. */
const MAX_SIZE = 320;

const IMPORTS = specifiers.map((specifier, index) => `import * as module${index} from "${specifier}";`).join(
  "\n",
);

const JAVASCRIPT = `${IMPORTS}
import { currentTag, spawn } from "${name}";

const modules = [${specifiers.map((_, index) => `module${index}`)}];
const queue = [];
const [task, handle] = spawn(async () => (await null, currentTag()), (task) => queue.push(task), "tag");
task.schedule();
while (queue.length > 0) {
  queue.shift().run();
  await new Promise((resolve) => setTimeout(resolve));
}
const { TaskHandle } = await import("${name}/thread");
const { add } = await import("./jobs.js");
console.log(modules.every((module) => Object.keys(module).length > 0), await handle);
console.log(await TaskHandle.spawn(add, [1, 2]), TaskHandle.spawn(add, [3, 4]).wait());
`;

const JOBS = `import { defineTask } from "${name}/thread";

export const add = defineTask(import.meta.url, "add", (_token, a, b) => a + b);
`;

const TYPESCRIPT = `${IMPORTS}
import { currentTag, type JoinHandle, spawn, type Task, type TaskContext, type TaskGenerator, yieldNow } from "${name}";
import { Builder, type Runnable, type Task as Task4 } from "${name}/v4";
import { type Clock, sleep, VirtualClock } from "${name}/time";

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false;
function same<A, B>(_: Same<A, B>): void {}

function* count(to: number): TaskGenerator<number> {
  yield* yieldNow();
  return to;
}
const pair = spawn(count(3), (task, info) => {
  same<typeof task, Task<"tag">>(true);
  same<typeof info.wokenWhileRunning, boolean>(true);
}, "tag" as const);
same<typeof pair, [Task<"tag">, JoinHandle<number, "tag">]>(true);
const output = await pair[1];
same<typeof output, number | undefined>(true);

const [, ofAsync] = spawn(async ({ tag, signal }: TaskContext<{ id: number }>) => {
  same<typeof signal, AbortSignal>(true);
  await sleep(1);
  return String(tag.id);
}, () => {}, { id: 1 });
same<typeof ofAsync, JoinHandle<string, { id: number }>>(true);
const outcome = await ofAsync.outcome();
if (outcome.status === "completed") same<typeof outcome.value, string>(true);

const [runnable, task] = new Builder().metadata(5).spawn((five) => five > 4, () => {});
same<typeof runnable, Runnable<number>>(true);
same<typeof task, Task4<boolean, number>>(true);
const isDone = await task;
same<typeof isDone, boolean>(true);

const clock: Clock = new VirtualClock();
const tag = currentTag<number>();
same<typeof tag, number | undefined>(true);
const disposables: Disposable[] = [pair[0], pair[1], runnable, task, sleep(1, { clock })];
const asyncDisposable: AsyncDisposable = task;
console.log(disposables, asyncDisposable, [${specifiers.map((_, index) => `module${index}`)}]);

// @ts-expect-error: the tag is a number
spawn(() => 1, (task: Task<string>) => {}, 7);
`;

/** What both compilers are asked for: to check the package's own types as well. */
const OPTIONS = {
  target: "es2022",
  lib: ["es2022", "esnext.disposable", "dom"],
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: false,
};

/** Makes an empty project into which the tarball is installed. */
async function project(folder: string, files: Record<string, string>): Promise<void> {
  await pack(`${folder}/package.tgz`);
  for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${path}`, text);
  const flags = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await run("npm", ["install", ...flags, "./package.tgz"], folder);
}

function node20(): Promise<string> {
  return runtimes.find(({ name }) => name === "Node 20")!.install();
}

Deno.test("the npm tarball has the package, its types and nothing else", () =>
  withFolder(async (folder) => {
    const file = `${folder}/package.tgz`;
    await pack(file);
    const paths = (await list(file)).map((path) => path.replace(/^package\//, ""));
    // The comments of the code refer to the README of lib.
    const texts = ["CHANGELOG.md", "LICENSE", "README.md", "lib/README.md", "package.json"];
    assertEquals(paths.filter((path) => !/^(mod|lib(\/\w+){2,3})(\.js|\.d\.ts)$/.test(path)), texts);
    for (const path of Object.values(exports)) {
      const stem = path.slice(2, -3);
      assert(paths.includes(`${stem}.js`) && paths.includes(`${stem}.d.ts`), path);
    }
    const size = (await Deno.stat(file)).size / 1000;
    console.log(`${paths.length} files, ${size.toFixed(1)} kB`);
    assert(size < MAX_SIZE, `${size} kB`);
  }));

Deno.test({
  name: "the npm tarball, installed into an empty project, works in Node 20 and has types for TypeScript",
  ignore: onPath(["npm"]) === undefined,
  fn: () =>
    withFolder(async (folder) => {
      const configs = Object.entries({ nodenext: "nodenext", bundler: "esnext" }).map((
        [moduleResolution, module],
      ) => [
        `tsconfig.${moduleResolution}.json`,
        JSON.stringify({ compilerOptions: { ...OPTIONS, module, moduleResolution }, files: ["main.ts"] }),
      ]);
      await project(folder, {
        "package.json": JSON.stringify({ private: true, type: "module" }),
        "main.js": JAVASCRIPT,
        "jobs.js": JOBS,
        "main.ts": TYPESCRIPT,
        ...Object.fromEntries(configs),
      });
      const node = await node20();
      assertEquals(await run(node, ["main.js"], folder), "true tag\n3 7\n");
      const tsc = await install("typescript");
      for (const [config] of configs) assertEquals(await run(node, [tsc, "-p", config], folder), "", config);
    }),
});
