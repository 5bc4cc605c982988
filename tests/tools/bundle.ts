/** Bundles with esbuild, which is installed if it isn't there. */
import { install } from "./installed.ts";

const root = new URL("../../", import.meta.url);

const ESM = ["--format=esm", "--target=es2022", "--log-level=warning"];

/** What this code, in the root of the repository, is as one file of JavaScript. */
export function bundle(code: string, options: string[] = []): Promise<string> {
  return esbuild(code, ["--loader=ts", "--bundle", ...options]);
}

/**
 * What several modules are, bundled so that what they share is there once: files of JavaScript, by name. The code is
 * `<name>.js`, and the others, given by their paths in the repository, keep their names.
 */
export async function bundleSplit(
  name: string,
  code: string,
  others: string[],
  options: string[] = [],
): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "bundle-" });
  try {
    const main = `${folder}/${name}.ts`;
    await Deno.writeTextFile(main, code.replaceAll(`"./`, `"${root.pathname}`));
    const files = [main, ...others.map((path) => new URL(path, root).pathname)];
    await esbuild("", [
      "--bundle",
      "--splitting",
      "--entry-names=[name]",
      `--outdir=${folder}/out`,
      ...options,
      ...files,
    ]);
    const built = [...Deno.readDirSync(`${folder}/out`)].map(async ({ name }) => {
      return [name, await Deno.readTextFile(`${folder}/out/${name}`)];
    });
    return Object.fromEntries(await Promise.all(built));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What this code is in JavaScript; it imports what it did before. */
export function transpile(code: string): Promise<string> {
  return esbuild(code, ["--loader=ts"]);
}

async function esbuild(code: string, options: string[]): Promise<string> {
  const child = new Deno.Command(await install("esbuild"), {
    args: [...ESM, ...options],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`esbuild: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
