/** Bundles with esbuild, which is installed if it isn't there. */
import { install } from "./installed.ts";

const root = new URL("../../", import.meta.url);

/** What this code, in the root of the repository, is as one file of JavaScript. */
export async function bundle(code: string, options: string[] = []): Promise<string> {
  const child = new Deno.Command(await install("esbuild"), {
    args: [
      "--bundle",
      "--format=esm",
      "--target=es2022",
      "--loader=ts",
      "--log-level=warning",
      ...options,
    ],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`Cannot bundle: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
