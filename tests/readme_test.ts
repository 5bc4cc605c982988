/** Runs the code of the README as a newcomer would, and compares what it prints with what the README says. */
import { assert, assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);
const readme = Deno.readTextFileSync(new URL("README.md", root)).replaceAll("\r\n", "\n");

/** The contents of all code blocks in this language, top to bottom. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map((match) =>
    match[1]
  );
}

/** What comments such as `// → 42` say that a program prints. */
function promised(program: string): string {
  return [...program.matchAll(/\/\/ → (.*)$/gm)].map((match) => `${match[1]}\n`).join("");
}

/** Runs a program that is given no permissions, and returns what it prints. */
async function run(program: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "-"],
    cwd: root, // where the name of the package stands for its sources
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

const [first, ...tutorial] = blocks("ts");

Deno.test("README's program prints what the README says", async () => {
  assertEquals(await run(first), blocks("text")[0]);
});

Deno.test("README's tutorial has programs that print something", () => {
  assert(tutorial.length > 5);
  for (const program of tutorial) assert(promised(program) !== "", program);
});

for (const [index, program] of tutorial.entries()) {
  Deno.test(`README's tutorial program ${index + 1} prints what its comments say`, async () => {
    assertEquals(await run(program), promised(program));
  });
}

Deno.test("README names commands that exist", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  for (const [, name] of readme.matchAll(/(?:deno|deno@[\d.]+) task (\w+)/g)) assert(name in tasks, name);
});
