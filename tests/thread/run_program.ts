/** Programs in a process of their own: what ends a process, or keeps it alive, can't be seen from inside. */

import { local, type Result, runDeno, withFolder } from "../programs.ts";

/** What a program finds: all of `lib/thread`, and the jobs of the tests. */
const imports = `
  import * as thread from ${local("lib/thread/mod.ts")};
  import { CancelledError } from ${local("mod.ts")};
  import * as jobs from ${local("tests/thread/jobs.ts")};
  const { defineTask, TaskHandle, ThreadPool, WorkerError } = thread;
`;

/** Runs it with Deno; one that doesn't end by itself is ended. */
export function runProgram(source: string, flags: string[] = []): Promise<Result> {
  return runDeno(["eval", "--ext=ts", "--no-lock", ...flags, imports + source]);
}

/** Runs a file that imports whatever it needs, with these permissions. */
export function runFile(source: string, permissions: string[] = []): Promise<Result> {
  return withFolder(async (folder) => {
    const file = `${folder}/main.js`;
    await Deno.writeTextFile(file, source);
    return await runDeno(["run", "--no-prompt", "--no-lock", "--no-config", ...permissions, file]);
  });
}
