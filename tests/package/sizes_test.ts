/** What an import adds to a bundle. */
import { assert, assertEquals } from "@std/assert";
import { readTable } from "../tools/readme.ts";
import { kilobytes, sizes, unused } from "../tools/sizes.ts";

/** By how much the table of the README may be wrong; `deno run -A tests/tools/sizes.ts` writes it anew. */
const TOLERANCE = 0.05;

/** What may be left of an import of which nothing is used, in bytes: a constant. */
const MAX_UNUSED = 40;
/** What threads there are is found out when the module is loaded; what is for Deno alone is not bundled. */
const larger: Record<string, number> = { "./ffi": 5_000, "./thread": 200 };

Deno.test("README's table of bundle sizes says what esbuild makes", async () => {
  const measured = await sizes();
  for (const { label, minified, gzip } of measured) {
    console.log(`${label}: ${kilobytes(minified)}, ${kilobytes(gzip)} gzipped`);
  }
  const table = await readTable("bundle sizes");
  assertEquals(table.map(([label]) => label), measured.map(({ label }) => label));
  for (const [index, { label, minified, gzip }] of measured.entries()) {
    for (const [column, actual] of [minified, gzip].entries()) {
      const said = parseFloat(table[index][column + 1]) * 1000;
      const isClose = Math.abs(said - actual) <= actual * TOLERANCE;
      assert(isClose, `${label}: ${actual} bytes, but README says ${said}`);
    }
  }
});

Deno.test("an import of which nothing is used leaves nothing in a bundle, or nearly so", async () => {
  const left = await unused();
  console.log(left);
  for (const [subpath, bytes] of Object.entries(left)) {
    assert(bytes <= (larger[subpath] ?? MAX_UNUSED), `${subpath} leaves ${bytes} bytes`);
  }
});
