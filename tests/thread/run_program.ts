/** Programs in a process of their own: what ends a process, or keeps it alive, can't be seen from inside. */

/** The file, as it is written in an import. */
export function local(path: string): string {
  return JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
}

/** How a program ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a program finds: all of `lib/thread`, and the jobs of the tests. */
const imports = `
  import * as thread from ${local("lib/thread/mod.ts")};
  import { CancelledError } from ${local("mod.ts")};
  import * as jobs from ${local("tests/thread/jobs.ts")};
  const { defineTask, TaskHandle, ThreadPool, WorkerError } = thread;
`;

/** Runs it with Deno; one that doesn't end by itself is ended. */
export function runProgram(source: string, flags: string[] = []): Promise<Outcome> {
  return runDeno(["eval", "--ext=ts", "--no-lock", ...flags, imports + source]);
}

/** Runs a file that imports whatever it needs, with these permissions. */
export async function runFile(source: string, permissions: string[] = []): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/main.js`;
  await Deno.writeTextFile(file, source);
  try {
    return await runDeno(["run", "--no-prompt", "--no-lock", "--no-config", ...permissions, file]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runDeno(args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    signal: AbortSignal.timeout(20_000),
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out, stderr: error };
}
