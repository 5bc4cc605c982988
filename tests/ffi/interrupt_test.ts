/** Ctrl-C, while C waits. */
import { assertEquals } from "@std/assert";
import { withFolder } from "../programs.ts";
import { compile, noCompiler } from "./compile.ts";

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Blocks its thread in C until it is interrupted, twice, and then goes on. */
const PROGRAM = `
import { exportTask, takeLastError } from ${url("../../lib/ffi/mod.ts")};
import { spin } from ${url("jobs.ts")};

const table = exportTask(spin, { name: "spin", result: "usize" });
if (Deno.args[0] === "header") console.log(table.header());
else {
  let heard = 0;
  if (Deno.args[1] === "listen") Deno.addSignalListener("SIGINT", () => heard++);
  const { symbols } = Deno.dlopen(Deno.args[0], {
    spin_load: { parameters: ["buffer"], result: "void" },
    spin_spawn: { parameters: [], result: "u64" },
    spin_wait: { parameters: ["u64"], result: "pointer" },
    spin_wait_timeout: { parameters: ["u64", "f64"], result: "pointer" },
    spin_cancel: { parameters: ["u64"], result: "void" },
  });
  symbols.spin_load(table.pointers);
  const job = symbols.spin_spawn();
  console.log("waiting");
  console.log(symbols.spin_wait(job), takeLastError());
  console.log("waiting");
  console.log(symbols.spin_wait_timeout(job, 60_000), takeLastError());
  symbols.spin_cancel(job);
  console.log(symbols.spin_wait(job) !== null, takeLastError());
  await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(heard > 0);
  Deno.exit();
}
`;

/** Runs the program, and interrupts it for as long as it waits. */
async function interrupted(
  folder: string,
  ...args: string[]
): Promise<Deno.CommandStatus & { lines: string[] }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-config", `${folder}/program.ts`, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
  });
  const child = command.spawn();
  const lines: string[] = [];
  let text = "";
  let timer: ReturnType<typeof setInterval> | undefined;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (chunk.includes("waiting")) timer ??= setInterval(() => kill(child), 250);
  }
  clearInterval(timer);
  lines.push(...text.trimEnd().split("\n"));
  return { ...await child.status, lines };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGINT");
  } catch {
    // It has ended.
  }
}

function withProgram(fn: (folder: string, library: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/program.ts`, PROGRAM);
    const header = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--no-config", `${folder}/program.ts`, "header"],
    });
    await Deno.writeFile(`${folder}/spin.h`, (await header.output()).stdout);
    await Deno.writeTextFile(`${folder}/c.c`, '#define ASYNC_TASK_IMPLEMENTATION\n#include "spin.h"\n');
    await fn(folder, await compile(folder, "library", [`${folder}/c.c`]));
  });
}

const ignore = noCompiler !== "";

Deno.test({
  name: "NAME_wait() and NAME_wait_timeout() end on Ctrl-C when there is a listener, and the job goes on" +
    noCompiler,
  ignore,
  fn: () =>
    withProgram(async (folder, library) => {
      const { lines, code } = await interrupted(folder, library, "listen");
      const over = "null Cannot wait any longer: it was interrupted by SIGINT";
      assertEquals({ code, lines }, {
        code: 0,
        lines: ["waiting", over, "waiting", over, "true undefined", "true"],
      });
    }),
});

Deno.test({
  name: "NAME_wait() leaves it to Ctrl-C to end the process when there is no listener" + noCompiler,
  ignore,
  fn: () =>
    withProgram(async (folder, library) => {
      const { lines, signal } = await interrupted(folder, library);
      assertEquals({ signal, lines }, { signal: "SIGINT", lines: ["waiting"] });
    }),
});
