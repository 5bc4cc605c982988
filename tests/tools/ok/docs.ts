/**
 * The documentation's examples as tests. `deno test --doc` gives each a runtime of its own, which takes far
 * longer than the example; here those of a folder share one.
 */
const root = new URL("../../../", import.meta.url);

/** A block of code, and where it begins. */
interface Example {
  path: string;
  /** From 1. */
  line: number;
  code: string;
}

/** Writes tests of the examples in these files to a folder, and gives what `deno test` is told of them. */
export async function writeTests(folder: string, paths: string[]): Promise<string[]> {
  const tests: string[] = [];
  for (const [name, inFolder] of Map.groupBy(paths, (path) => path.slice(0, path.lastIndexOf("/") + 1))) {
    const examples = await Promise.all(inFolder.map(examplesOf));
    const written = await Promise.all(examples.flat().map((example) => write(example, `${folder}/${name}`)));
    if (written.length === 0) continue;
    tests.push(`${folder}/${name}docs_test.ts`);
    await Deno.writeTextFile(tests.at(-1)!, written.join(""));
  }
  const importMap = `${folder}/imports.json`;
  const examples = { [`file://${folder}/examples/`]: new URL("examples/", root).href };
  await Deno.writeTextFile(importMap, JSON.stringify({ imports: { ...await imports(), ...examples } }));
  return [`--import-map=${importMap}`, ...tests];
}

/** The blocks of TypeScript of a Markdown file, or of the comments of a module. */
async function examplesOf(path: string): Promise<Example[]> {
  const text = (await Deno.readTextFile(new URL(path, root))).replaceAll("\r\n", "\n");
  const pattern = path.endsWith(".md") ? /^()```ts\n(.*?)^```$/gms : /^( *\* )```ts\n(.*?)^ *\* ```$/gms;
  return [...text.matchAll(pattern)].map(({ 1: prefix, 2: block, index }) => ({
    path,
    line: text.slice(0, index).split("\n").length + 1,
    code: block.split("\n").map((line) => line.slice(prefix.length)).join("\n"),
  }));
}

/** Writes an example as a module, and gives the code of its test. */
async function write({ path, line, code }: Example, folder: string): Promise<string> {
  const name = `./${path.slice(path.lastIndexOf("/") + 1)}.${line}.ts`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(folder + name, `${code}\nexport {};\n`);
  return `Deno.test("${path}:${line}", async () => void await import("${name}"));\n`;
}

/** What examples import, by the names that users do. */
async function imports(): Promise<Record<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("tests/imports.json", root)));
  const { name, exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  for (const [subpath, path] of Object.entries<string>(exports)) {
    imports[name + subpath.slice(1)] = new URL(path, root).href;
  }
  return imports;
}
