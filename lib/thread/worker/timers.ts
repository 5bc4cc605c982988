/**
 * Whose timer has thrown: an uncaught exception is told without the context of the timer, in Deno. So the
 * timers that a job sets remember it.
 */
import { globals } from "../../internal/runtime.ts";
import { type Running, runningJob } from "./call.ts";

type Timer = (fn: unknown, ...rest: unknown[]) => unknown;

/** What the last of them has thrown. */
let thrown: { readonly error: unknown; readonly by: Running } | undefined;

/** The job whose timer has thrown this. */
export function throwerOf(error: unknown): Running | undefined {
  const { by } = thrown?.error === error && thrown !== undefined ? thrown : { by: undefined };
  thrown = undefined;
  return by;
}

/** Has the timers of this thread remember whose they are, where that is needed. */
export function followTimers(): void {
  if (globals.Deno === undefined) return;
  const scope = globalThis as unknown as Record<string, Timer>;
  for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
    const original = scope[name];
    if (original === undefined) continue;
    const following: Timer = (fn, ...rest) => original(followed(fn), ...rest);
    scope[name] = Object.assign(following, original);
  }
}

function followed(fn: unknown): unknown {
  const by = runningJob();
  if (by === undefined || typeof fn !== "function") return fn;
  return function (this: unknown, ...args: unknown[]) {
    try {
      return fn.apply(this, args);
    } catch (error) {
      thrown = { error, by };
      throw error;
    }
  };
}
