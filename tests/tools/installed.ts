/**
 * npm packages that only tests need: runtimes, a bundler, a compiler. They are kept in a folder outside the
 * repository, each in the one version that is named here.
 */
const os = { linux: "linux", darwin: "darwin", windows: "win" }[Deno.build.os as string] ?? Deno.build.os;
const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
/** As workerd's packages say it. */
const bits = arch === "x64" ? "64" : arch;
const exe = Deno.build.os === "windows" ? ".exe" : "";

/** By the name that they have here: the package, its version, and what is wanted of it. */
const packages = {
  node20: [`node-${os}-${arch}`, "20.20.2", `bin/node${exe}`],
  node22: [`node-${os}-${arch}`, "22.23.3", `bin/node${exe}`],
  node24: [`node-${os}-${arch}`, "24.21.0", `bin/node${exe}`],
  node26: [`node-${os}-${arch}`, "26.10.0", `bin/node${exe}`],
  bun: [
    `@oven/bun-${os === "win" ? "windows" : os}-${arch === "x64" ? "x64" : "aarch64"}`,
    "1.4.5",
    `bin/bun${exe}`,
  ],
  workerd: [
    `@cloudflare/workerd-${os === "win" ? "windows" : os}-${bits}`,
    "1.20261117.1",
    `bin/workerd${exe}`,
  ],
  esbuild: [
    `@esbuild/${os === "win" ? "win32" : os}-${arch}`,
    "0.28.2",
    os === "win" ? "esbuild.exe" : "bin/esbuild",
  ],
  typescript: ["typescript", "5.9.3", "lib/tsc.js"],
} as const;

/** What can be installed. */
export type Installable = keyof typeof packages;

/** Where it all is; `XDG_CACHE_HOME` moves it. */
export function cacheDirectory(): string {
  const { XDG_CACHE_HOME, HOME, LOCALAPPDATA, TMPDIR = "/tmp" } = Deno.env.toObject();
  return `${XDG_CACHE_HOME || LOCALAPPDATA || (HOME ? `${HOME}/.cache` : TMPDIR)}/async-task-everywhere`;
}

/** The file that is wanted of a package, if the package is there already. */
export function findInstalled(name: Installable): string | undefined {
  const [, version, file] = packages[name];
  const path = `${cacheDirectory()}/${name}-${version}/node_modules/${name}/${file}`;
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

const installing = new Map<Installable, Promise<string>>();

/** The file that is wanted of a package, which is installed if it isn't there. */
export function install(name: Installable): Promise<string> {
  const path = installing.get(name) ?? findOrFetch(name);
  installing.set(name, path);
  return path;
}

async function findOrFetch(name: Installable): Promise<string> {
  const found = findInstalled(name);
  if (found !== undefined) return found;
  const [source, version, file] = packages[name];
  const target = `${cacheDirectory()}/${name}-${version}`;
  await Deno.mkdir(cacheDirectory(), { recursive: true });
  const folder = await Deno.makeTempDir({ dir: cacheDirectory(), prefix: `${name}-` });
  const dependencies = { [name]: `npm:${source}@${version}` };
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ private: true, dependencies }));
  const args = ["install", "--quiet", "--no-lock", "--node-modules-dir=auto"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
  if (!success) {
    await Deno.remove(folder, { recursive: true });
    throw new Error(`Cannot install ${source}@${version}: ${new TextDecoder().decode(stderr).trim()}`);
  }
  // Whoever else has installed it meanwhile has installed the same.
  await Deno.rename(folder, target).catch(() => Deno.remove(folder, { recursive: true }));
  return findInstalled(name) ?? `${target}/node_modules/${name}/${file}`;
}
