/** Bundles with esbuild, which is installed if it isn't there. */
import { install } from "./installed.ts";

const root = new URL("../../", import.meta.url);

const ESM = ["--format=esm", "--target=es2022", "--loader=ts", "--log-level=warning"];

/** What this code, in the root of the repository, is as one file of JavaScript. */
export function bundle(code: string, options: string[] = []): Promise<string> {
  return esbuild(code, ["--bundle", ...options]);
}

/** What this code is in JavaScript; it imports what it did before. */
export function transpile(code: string): Promise<string> {
  return esbuild(code, []);
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
