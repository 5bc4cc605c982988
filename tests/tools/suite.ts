/** The conformance suite: every file of `tests/everywhere` that is named `<part>_cases.ts`. */
import type { Cases } from "../everywhere/cases.ts";
import { bundleSplit } from "./bundle.ts";

const folder = new URL("../everywhere/", import.meta.url);

/** The names of the parts that have cases. */
export function parts(): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => /^(\w+)_cases[.]ts$/.exec(name)?.[1])
    .filter((name) => name !== undefined).sort();
}

/** The cases, by part. */
export async function suite(): Promise<Record<string, Cases>> {
  const entries = parts().map(async (part) => {
    const module: { cases: Cases } = await import(new URL(`${part}_cases.ts`, folder).href);
    return [part, module.cases];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The modules with jobs, which threads load by themselves. */
const jobs = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith("_jobs.ts"))
  .map(({ name }) => `tests/everywhere/${name}`);

/**
 * The cases as files of JavaScript, of which `bundle.js` has a function `run`, for runtimes without `Deno.test`.
 */
export function bundleSuite(): Promise<Record<string, string>> {
  const imports = parts().map((part) =>
    `import { cases as ${part} } from "./tests/everywhere/${part}_cases.ts";`
  );
  const code = `
    import { runCases } from "./tests/everywhere/cases.ts";
    ${imports.join("\n")}
    export const run = () => runCases({ ${parts().join(", ")} });
  `;
  return bundleSplit("bundle", code, jobs);
}
