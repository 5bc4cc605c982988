/**
 * Measures what an import adds to a bundle, and writes it to the table of the README.
 *
 *     deno run -A tests/tools/sizes.ts
 *
 * @module
 */
import { bundle } from "./bundle.ts";
import { writeTable } from "./readme.ts";

const { name, exports } = JSON.parse(
  await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
) as { name: string; exports: Record<string, string> };

/** In bytes. */
export interface Size {
  /** What is imported, as the table has it. */
  label: string;
  minified: number;
  gzip: number;
}

/** The root, `spawn` alone, and every subpath, each in a bundle of its own. */
export async function sizes(): Promise<Size[]> {
  const [[, root], ...others] = Object.entries(exports);
  return await Promise.all([
    sizeOf(`\`${name}\``, `export * from "${root}"`),
    sizeOf("of which `{ spawn }`", `export { spawn } from "${root}"`),
    ...others.map(([subpath, path]) => sizeOf(`\`${subpath}\``, `export * from "${path}"`)),
  ]);
}

/** What is left of an import of which nothing is used, in bytes, by export. */
export async function unused(): Promise<Record<string, number>> {
  const entries = Object.entries(exports).map(async ([subpath, path]) => {
    return [subpath, (await minify(`import "${path}"`)).length];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function sizeOf(label: string, code: string): Promise<Size> {
  const minified = new TextEncoder().encode(await minify(code));
  const zipped = new Blob([minified]).stream().pipeThrough(new CompressionStream("gzip"));
  return { label, minified: minified.length, gzip: (await new Response(zipped).bytes()).length };
}

async function minify(code: string): Promise<string> {
  return (await bundle(code, ["--minify", "--external:node:*"])).trim();
}

/** As the table has it. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

if (import.meta.main) {
  const rows = (await sizes()).map((
    { label, minified, gzip },
  ) => [label, kilobytes(minified), kilobytes(gzip)]);
  await writeTable("bundle sizes", [["import", " minified", " gzip"], ...rows]);
  console.log(rows.map((row) => row.join("  ")).join("\n"));
}
