/** Who may import whom, and what may be in a file of `lib`. */
import { assert, assertEquals } from "@std/assert";
import { runDeno } from "../programs.ts";
import { libFiles } from "./lib_files.ts";

const root = new URL("../../", import.meta.url);
const { exports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))) as {
  exports: Record<string, string>;
};

/** Lines of code that a file may have, and what is allowed more. */
const MAX_LINES = 250;
const longer: Record<string, number> = { "core/cell.ts": 255 };

/** The parts that a part may import; `root` is `mod.ts`. */
const allowed: Record<string, string[]> = {
  root: ["core", "adapt"],
  core: ["internal"],
  internal: [],
  adapt: ["core", "internal"],
  v4: ["core", "adapt", "internal"],
  scope: ["core", "adapt", "internal", "time", "executor"],
  time: ["core", "adapt", "internal"],
  executor: ["core", "adapt", "internal", "time"],
  channel: ["core", "adapt", "time", "internal"],
  thread: ["core", "adapt", "internal", "channel"],
  ffi: ["core", "adapt", "thread", "internal"],
};

/** The parts of more than fifteen files with a natural cut: they may have folders inside. */
const WITH_FOLDERS = ["thread"];

/** The doors of a part: what users may use, and what only other parts may. */
const DOORS = ["mod.ts", "friend.ts"];

interface Module {
  specifier: string;
  dependencies?: { specifier: string; code?: { specifier: string }; type?: { specifier: string } }[];
}

async function modules(): Promise<Map<string, Module>> {
  const found = new Map<string, Module>();
  for (const path of Object.values(exports)) {
    const args = ["info", "--json", new URL(path, root).pathname];
    const { stdout } = await runDeno(args, { cwd: root });
    for (const module of JSON.parse(stdout).modules as Module[]) {
      found.set(module.specifier, module);
    }
  }
  return found;
}

/** The part and the file that a URL names. */
function locate(url: string): { part: string; file: string } {
  const path = url.slice(root.href.length).split("/");
  if (path.length === 1) return { part: "root", file: path[0] };
  assertEquals(
    { top: path[0], depth: path.length },
    { top: "lib", depth: path.length === 4 && WITH_FOLDERS.includes(path[1]) ? 4 : 3 },
    `${url} is not lib/<part>/<file>`,
  );
  return { part: path[1], file: path.slice(2).join("/") };
}

Deno.test("imports go downward only, through a part's mod.ts or friend.ts", async () => {
  for (const { specifier, dependencies = [] } of (await modules()).values()) {
    const from = locate(specifier);
    for (const dependency of dependencies) {
      const target = (dependency.code ?? dependency.type)!.specifier;
      assert(dependency.specifier.startsWith("."), `${specifier} imports ${dependency.specifier}`);
      const to = locate(target);
      if (to.part === from.part) {
        assert(!DOORS.includes(to.file), `${specifier} imports its own ${to.file}`);
        continue;
      }
      assert(allowed[from.part]?.includes(to.part), `${specifier} imports ${target}`);
      assert(
        DOORS.includes(to.file) || to.part === "internal",
        `${specifier} imports ${target}, and not through a door`,
      );
    }
  }
});

Deno.test("what is public is not taken from a friend's door", () => {
  const { publish } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  assert(publish.include.includes("lib"));
  for (const path of Object.values(exports)) {
    const code = Deno.readTextFileSync(new URL(path, root));
    const taken = [...code.matchAll(/^export .* from "[^"]*friend\.ts";$/gm)].map(([line]) => line);
    assertEquals(taken, [], path);
  }
});

/** The imports of a module that are there at run time, as URLs. */
function runTimeImports({ specifier, dependencies = [] }: Module): string[] {
  const code = Deno.readTextFileSync(new URL(specifier));
  return dependencies.filter((dependency) =>
    dependency.code !== undefined && isRunTimeImport(code, dependency.specifier)
  ).map(({ code }) => code!.specifier);
}

/** Whether `code` imports anything of `specifier` that is not a type. */
function isRunTimeImport(code: string, specifier: string): boolean {
  const statements = code.matchAll(/^(?:import|export)\s+(type\s+)?([^;]*?)\s*from "([^"]+)";$/gm);
  for (const [, type, names, from] of statements) {
    if (from !== specifier || type !== undefined) continue;
    const list = /^\{([^}]*)\}$/.exec(names)?.[1].split(",").map((name) => name.trim()).filter(Boolean);
    if (list === undefined || list.some((name) => !name.startsWith("type "))) return true;
  }
  return false;
}

Deno.test("no module imports itself at run time, by whatever way round", async () => {
  const found = await modules();
  const done = new Set<string>();
  const visit = (url: string, path: string[]): void => {
    assert(!path.includes(url), `a circle: ${[...path.slice(path.indexOf(url)), url].join(" → ")}`);
    const module = found.get(url);
    if (done.has(url) || module === undefined) return;
    for (const next of runTimeImports(module)) visit(next, [...path, url]);
    done.add(url);
  };
  for (const url of found.keys()) visit(url, []);
});

Deno.test("every file of lib is reached by an export", async () => {
  const reached = await modules();
  for (const path of libFiles()) assert(reached.has(new URL(path, root).href), `${path} is dead`);
});

Deno.test("lib has no `using`, and no file that one can't hold in mind", async () => {
  for (const url of (await modules()).keys()) {
    const lines = Deno.readTextFileSync(new URL(url)).split("\n");
    const code = lines.filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line));
    assert(!code.some((line) => /^\s*(await )?using \w+ =/.test(line)), `${url} has \`using\``);
    const { part, file } = locate(url);
    assert(
      code.length <= (longer[`${part}/${file}`] ?? MAX_LINES),
      `${url} has ${code.length} lines of code`,
    );
  }
});

/** What says that a file finds out for itself what its runtime can do. `./ffi` is for Deno alone. */
const DETECTION =
  /getBuiltinModule|\bnavigator\b|\bDeno\.(?!test)|typeof (globalThis\.)?[A-Z]\w+(\.\w+)? [=!]==|typeof reportError/;

Deno.test("what differs by runtime is found out in one module", async () => {
  for (const url of (await modules()).keys()) {
    const { part, file } = locate(url);
    if (part === "ffi" || (part === "internal" && file === "runtime.ts")) continue;
    const lines = Deno.readTextFileSync(new URL(url)).split("\n");
    const found = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line) && DETECTION.test(line));
    assertEquals(found, [], url);
  }
});
