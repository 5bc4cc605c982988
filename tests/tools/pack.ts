/**
 * Makes the npm tarball: `deno task pack [file]`, by default `tagged-async-task-<version>.tgz` in the root of the
 * repository.
 *
 * `deno pack` does the work; what it can't say in `package.json` is added: that no module has side effects, for
 * bundlers to leave out what isn't used, and what the package is.
 *
 * @module
 */
const root = new URL("../../", import.meta.url);

/** A line for those who search. */
const MORE = {
  description: "Rust's async-task for TypeScript: a future with a tag, run by the executor that you write",
  keywords: ["async", "task", "executor", "future", "scheduler", "cancellation", "structured-concurrency"],
  sideEffects: false,
  engines: { node: ">=20" },
};

/** The exports that are for Deno alone: their types are about its namespace. */
export const DENO_ONLY = ["./ffi"];

/** Writes the tarball to `file`. */
export async function pack(file: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pack-" });
  try {
    const plain = `${folder}/plain.tgz`;
    await run(Deno.execPath(), ["pack", "--quiet", "--no-source-maps", "--allow-dirty", "-o", plain], root);
    await run("tar", ["-xzf", "plain.tgz"], folder);
    const path = `${folder}/package/package.json`;
    const { name, version, ...others } = JSON.parse(await Deno.readTextFile(path));
    for (const subpath of DENO_ONLY) {
      delete others.exports[subpath];
      await Deno.remove(`${folder}/package/lib/${subpath.slice(2)}`, { recursive: true });
    }
    await Deno.writeTextFile(path, JSON.stringify({ name, version, ...MORE, ...others }, null, 2) + "\n");
    await Deno.copyFile(new URL("CHANGELOG.md", root), `${folder}/package/CHANGELOG.md`);
    await run("tar", ["-czf", "whole.tgz", "package"], folder);
    await Deno.copyFile(`${folder}/whole.tgz`, file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The paths in a tarball, sorted. */
export async function list(file: string): Promise<string[]> {
  const output = await run("tar", ["-tzf", file], root);
  return output.trim().split("\n").filter((path) => !path.endsWith("/")).sort();
}

/** What a program prints. */
export async function run(program: string, args: string[], cwd: URL | string): Promise<string> {
  const env = { NO_COLOR: "1" };
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd, env }).output();
  const output = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`${program} ${args[0]}: ${output}${new TextDecoder().decode(stderr)}`);
  return output;
}

if (import.meta.main) {
  const { name, version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const file = Deno.args[0] ?? `${name.slice(1).replace("/", "-")}-${version}.tgz`;
  await pack(file);
  console.log(
    `${file}: ${(await list(file)).length} files, ${((await Deno.stat(file)).size / 1000).toFixed(1)} kB`,
  );
}
