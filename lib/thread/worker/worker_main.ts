/** What a thread is started with: makes it one that takes orders, and sees to it that its end is told. */
import { globals } from "../../internal/runtime.ts";
import type { Boot } from "../wire/messages.ts";
import { threadContext } from "../wire/thread_context.ts";
import { onOutOfMemory } from "./memory.ts";
import { redirectOutput } from "./output.ts";
import { followTimers } from "./timers.ts";
import { Worker } from "./worker.ts";

/** Where this module is, if modules have URLs in this runtime. */
export const url: string | undefined = import.meta.url;

/** Called on a new thread, by the script that it is started with. */
export function startWorker(boot: Boot): void {
  threadContext()!.loading = undefined;
  const worker = new Worker(boot);
  const { process, Deno } = globals;
  if (process?.on !== undefined) {
    process.on("exit", (code) => worker.end(`it has exited with code ${code}`));
    process.on("uncaughtException", (error) => worker.stray(error));
    process.on("unhandledRejection", (error) => worker.stray(error));
  } else {
    addEventListener("error", (event) => (event.preventDefault(), worker.stray(event.error)));
    addEventListener("unhandledrejection", (event) => (event.preventDefault(), worker.stray(event.reason)));
  }
  onOutOfMemory(() => worker.end("it has run out of memory"));
  if (Deno !== undefined) before(Deno, "exit", (code = 0) => worker.end(`it has exited with code ${code}`));
  before(globalThis, "close", () => worker.end("it has closed itself"));
  redirectOutput(boot.isCaptured ? (stream, text) => worker.print(stream, text) : undefined);
  followTimers();
  void worker.start();
}

/**
 * Calls `fn` before a method that ends this thread: its owner may be blocked, and see no other sign of it.
 */
function before(on: object, method: string, fn: (argument: unknown) => void): void {
  const methods = on as Record<string, (argument: unknown) => void>;
  const original = methods[method];
  methods[method] = (argument) => {
    fn(argument);
    original?.call(on, argument);
  };
}
