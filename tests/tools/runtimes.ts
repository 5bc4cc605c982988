/** The runtimes of the conformance suite: where each is found, and how it is given a bundle to run. */
import type { Report } from "../everywhere/cases.ts";
import { inBrowser } from "./browser.ts";
import { findInstalled, install, type Installable } from "./installed.ts";

/** Files, by name; `bundle.js` has `export { run }`, which resolves to a `Report`. */
export type Bundle = Record<string, string>;

export interface Runtime {
  /** As the README names it. */
  name: string;
  /** The program, if it is there. */
  find(): string | undefined;
  /** The program, which is installed if it isn't there; why it can't be had is what it throws. */
  install(): Promise<string>;
  /** Runs the bundle. */
  run(program: string, bundle: Bundle): Promise<Report>;
}

/** How long a program may take, in ms: one that goes on after its report has left something open. */
const TIMEOUT = 30_000;

/** What the line begins with on which a program says how it went. */
const MARK = "@report ";

const IMPORT = `import { run } from "./bundle.js";`;
const SAY = `console.log(${JSON.stringify(MARK)} + JSON.stringify(await run()));`;

export const runtimes: Runtime[] = [
  script("Deno", () => Deno.execPath(), () => Promise.resolve(Deno.execPath()), [
    "run",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    // For the jobs' module, which threads load by themselves.
    "--allow-read=.",
  ]),
  node("Node 20", "node20", 20),
  node("Node 22", "node22", 22),
  node("Node 24", "node24", 24),
  node("Node 26", "node26", 26),
  script("Bun", () => findInstalled("bun"), () => install("bun"), ["run"]),
  workerd("workerd, nodejs_compat", ["nodejs_compat"]),
  workerd("workerd", []),
  browser("Chromium", "chromium", ["chromium", "chromium-browser", "google-chrome"]),
  browser("Firefox", "firefox-esr", ["firefox-esr", "firefox"]),
];

/** The version that a program says it has. */
export async function versionOf(program: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: ["--version"] }).output();
  const decoder = new TextDecoder();
  const version = /\d[\w.-]*/.exec(decoder.decode(stdout))?.[0];
  if (code !== 0 || version === undefined) throw new Error(`${program} --version: ${decoder.decode(stderr)}`);
  return version;
}

/** A runtime that is given a file of JavaScript. */
function script(name: string, find: Runtime["find"], install: Runtime["install"], args: string[]): Runtime {
  return {
    name,
    find,
    install,
    run: (program, bundle) =>
      inFolder(
        { ...bundle, "package.json": `{ "type": "module" }`, "main.js": `${IMPORT}\n${SAY}` },
        (folder) => report(program, [...args, "main.js"], folder),
      ),
  };
}

/** The Node on the path, if it is one of these; else the package. */
function node(name: string, installable: Installable, major: number): Runtime {
  const find = (): string | undefined => nodeOnPath(major) ?? findInstalled(installable);
  return script(name, find, async () => find() ?? await install(installable), []);
}

function nodeOnPath(major: number): string | undefined {
  const program = onPath(["node"]);
  if (program === undefined) return undefined;
  const { stdout } = new Deno.Command(program, { args: ["--version"] }).outputSync();
  return new TextDecoder().decode(stdout).startsWith(`v${major}.`) ? program : undefined;
}

/**
 * workerd runs everything inside of a handler, here that of `workerd test`; a bundle may also have a handler of requests,
 * `fetch`, which `run` is given something to make requests to.
 */
function workerd(name: string, flags: string[]): Runtime {
  const config = (names: string[]): string =>
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  modules = [
    ${names.map((name) => `(name = "${name}", esModule = embed "${name}"),`).join("\n    ")}
  ],
  compatibilityDate = "2025-09-01",
  compatibilityFlags = ${JSON.stringify(flags)},
  bindings = [(name = "self", service = "main")],
))]);`;
  const main = `import * as bundle from "./bundle.js";
    const { run, ...handlers } = bundle;
    const say = (report) => console.log(${JSON.stringify(MARK)} + JSON.stringify(report));
    export default { ...handlers, test: async (_controller, { self }) => say(await run(self)) };`;
  return {
    name,
    find: () => findInstalled("workerd"),
    install: () => install("workerd"),
    run: (program, bundle) =>
      inFolder(
        { ...bundle, "main.js": main, "config.capnp": config(["main.js", ...Object.keys(bundle)]) },
        (folder) => report(program, ["test", "config.capnp"], folder),
      ),
  };
}

/** A browser, which only Debian's package manager installs. */
function browser(name: string, debian: string, names: string[]): Runtime {
  const find = (): string | undefined => onPath(names);
  return {
    name,
    find,
    install: async () => find() ?? await aptInstall(debian),
    run: (program, bundle) =>
      inBrowser<Report>(program, {
        "/": `<!doctype html><meta charset="utf-8"><script type="module">
          import { run } from "/bundle.js";
          const report = await run();
          if (!crossOriginIsolated) report.failed.push({ name: "page", error: "it is not isolated" });
          await fetch("/report", { method: "POST", body: JSON.stringify(report) });
        </script>`,
        ...Object.fromEntries(Object.entries(bundle).map(([name, text]) => [`/${name}`, text])),
      }),
  };
}

async function aptInstall(name: string): Promise<string> {
  const apt = onPath(["apt-get"]);
  if (apt === undefined || Deno.uid() !== 0) {
    throw new Error(
      `no ${name} on the path, and ${apt === undefined ? "no apt-get" : "no right to install it"}`,
    );
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", name]]) {
    const { success, stderr } = await new Deno.Command(apt, { args: ["-qq", ...args], env }).output();
    if (!success) {
      throw new Error(`apt-get ${args[0]}: ${new TextDecoder().decode(stderr).trim().split("\n")[0]}`);
    }
  }
  const path = onPath([name]);
  if (path === undefined) throw new Error(`apt-get has installed ${name}, but not on the path`);
  return path;
}

/** The first of these programs that is on the path. */
export function onPath(names: string[]): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  for (const name of names) {
    for (const folder of folders) {
      const path = `${folder}/${name}${suffix}`;
      try {
        if (Deno.statSync(path).isFile) return path;
      } catch {
        // not there
      }
    }
  }
}

/** Calls `fn` with a new folder that has these files. */
async function inFolder<R>(files: Record<string, string>, fn: (folder: string) => Promise<R>): Promise<R> {
  const folder = await Deno.makeTempDir({ prefix: "everywhere-" });
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    return await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a program reports. */
async function report(program: string, args: string[], cwd: string): Promise<Report> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const options = { args, cwd, env, signal: AbortSignal.timeout(TIMEOUT) };
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const line = output.split("\n").find((line) => line.includes(MARK));
  if (line === undefined || code !== 0) throw new Error(`it ended with exit code ${code}\n${output.trim()}`);
  return JSON.parse(line.slice(line.indexOf(MARK) + MARK.length));
}
