/**
 * What differs by runtime. It is found out here, and the rest of the package asks this module.
 *
 * | ability                    | Deno, Node, Bun       | workerd             | browsers                 | without it                                        |
 * | -------------------------- | --------------------- | ------------------- | ------------------------ | ------------------------------------------------- |
 * | the async context          | yes                   | with `nodejs_compat`| no                       | a function is followed to its first native await   |
 * | threads                    | `node:worker_threads` | no                  | `Worker`                 | the job fails: "this runtime has no Workers"      |
 * | shared memory              | yes                   | yes                 | if cross-origin isolated | `TypeError`: "Cannot share memory here"           |
 * | blocking a thread          | yes                   | no                  | in Workers               | `wait()` is a `TypeError`, `blockOn` is busy      |
 * | looking into a port        | yes                   | no                  | no                       | `wait()` is a `TypeError`                         |
 * | `Atomics.waitAsync`        | yes                   | yes                 | not in Firefox < 145     | looks every 5 ms                                  |
 * | the macrotask              | `setImmediate`        | the same, or a timer| a `MessageChannel`       | a timer                                           |
 * | timers that keep no process| `unref`               | it has none         | they have none           | the process stays until they are over             |
 * | timers that all can share  | yes                   | one per request     | yes                      | `systemClock` takes one per wake-up               |
 * | a thread's heap limit      | Deno needs one set    | no threads          | the browser sees to it   | it takes the process with it                      |
 * | `reportError`              | Deno, Bun             | yes                 | yes                      | an uncaught exception                             |
 * | `SuppressedError`          | not Node < 24         | yes                 | not all                  | an `Error` with that name and its fields          |
 */

/** What is not global everywhere. */
interface Globals {
  readonly process?: {
    getBuiltinModule?(name: string): unknown;
    on?(event: string, fn: (value: unknown) => void): void;
  };
  readonly Deno?: { exit: unknown; unrefTimer(id: number): void; readonly internal?: symbol };
  readonly navigator?: { readonly hardwareConcurrency?: number; readonly userAgent?: string };
  setImmediate?(fn: () => void): unknown;
  clearImmediate?(id: unknown): void;
}

export const globals: Globals = globalThis as Globals;

/** A module of Node's that Deno, Bun and, perhaps, workerd have, too. Asks for no permission. */
export function builtin<T>(name: string): T | undefined {
  return globals.process?.getBuiltinModule?.(name) as T | undefined;
}

/**
 * Calls `fn` when the process has nothing left to do, and is about to exit; where that can't be told, never.
 */
export function onIdleExit(fn: () => void): void {
  globals.process?.on?.("beforeExit", fn);
}

/** Whether `receiveMessageOnPort` looks at every element of what it gives, which takes long. */
export function walksMessages(): boolean {
  return globals.Deno !== undefined;
}

/** The parts of `node:async_hooks` that are used. */
export interface AsyncHooks {
  AsyncLocalStorage: new () => {
    getStore(): unknown;
    run<A extends unknown[], R>(value: unknown, fn: (...args: A) => R, ...args: A): R;
  };
  AsyncResource: new (type: string, options?: { requireManualDestroy?: boolean }) => {
    runInAsyncScope<A extends unknown[], R>(fn: (...args: A) => R, self: unknown, ...args: A): R;
  };
}

/** What follows async functions across their awaits, where there is no {@linkcode asyncMapping}. */
export function asyncHooks(): AsyncHooks | undefined {
  return builtin<AsyncHooks>("node:async_hooks");
}

/** What Deno's `AsyncLocalStorage` is made of. */
export interface AsyncMapping {
  /** The values of all variables, by their ids: an object that is never changed, or `undefined`. */
  get(): object | undefined;
  set(mapping: object | undefined): void;
}

/** A variable of Deno's; `enter` returns the mapping that was in force. */
type AsyncVariable = new () => { enter(value: unknown): object | undefined; get(): unknown };

interface DenoCore {
  getAsyncContext?(): object | undefined;
  setAsyncContext?(mapping: object | undefined): void;
  AsyncVariable?: AsyncVariable;
}

/**
 * Reads and sets the async context as a whole, in 5 ns, where `AsyncLocalStorage` takes 50 times that. It is
 * nothing that Deno promises: taken only where a variable is seen to keep its value in a copy, with a key of
 * our own in it.
 */
export function asyncMapping(): AsyncMapping | undefined {
  const deno = globals.Deno as { internal?: symbol; [internal: symbol]: { core?: DenoCore } } | undefined;
  const core = deno?.internal === undefined ? undefined : deno[deno.internal]?.core;
  const { getAsyncContext: get, setAsyncContext: set, AsyncVariable } = core ?? {};
  if (get === undefined || set === undefined || AsyncVariable === undefined) return undefined;
  const outer = get();
  try {
    return keepsCopies(get, set, AsyncVariable) ? { get, set } : undefined;
  } catch {
    return undefined;
  } finally {
    set(outer);
  }
}

function keepsCopies(
  get: AsyncMapping["get"],
  set: AsyncMapping["set"],
  AsyncVariable: AsyncVariable,
): boolean {
  const [mine, theirs] = [Symbol(), new AsyncVariable()];
  theirs.enter("before");
  set({ __proto__: null, ...get(), [mine]: "mine" });
  const isCopied = theirs.get() === "before";
  const outer = theirs.enter("after");
  const isKept = theirs.get() === "after" && (get() as { [mine]?: unknown })[mine] === "mine";
  set(outer);
  return isCopied && isKept && theirs.get() === "before";
}

/**
 * Whether this is workerd, where what waits for I/O belongs to the request in which it began, and many
 * requests share a thread.
 */
export function isWorkerd(): boolean {
  return globals.navigator?.userAgent === "Cloudflare-Workers";
}

/**
 * Whether timers get their turn between messages; in workerd, messages that are posted for ever starve them.
 */
export function hasFairMessages(): boolean {
  return typeof MessageChannel === "function" && !isWorkerd();
}

/** Whether there are the Workers of a page. */
export function hasWorkers(): boolean {
  return typeof Worker === "function";
}

/** How many threads the hardware has. */
export function hardwareThreads(): number {
  return globals.navigator?.hardwareConcurrency || 4;
}

/** Whether threads can share memory. */
export function canShare(): boolean {
  return typeof SharedArrayBuffer === "function";
}

/**
 * Memory that other threads can be given.
 *
 * @throws {TypeError} Where there is none.
 */
export function share(bytes: number): SharedArrayBuffer {
  if (canShare()) return new SharedArrayBuffer(bytes);
  throw new TypeError("Cannot share memory here: a page must be cross-origin isolated for that");
}

/** Whether it is such memory. */
export function isShared(value: unknown): value is SharedArrayBuffer {
  return canShare() && value instanceof SharedArrayBuffer;
}

/** Whether a thread can wait for a word of shared memory without being blocked. */
export function canWaitAsync(): boolean {
  return typeof Atomics.waitAsync === "function";
}

/** Whether this thread may be blocked. */
export function canBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(share(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * How often a word is looked at before the thread sleeps: some 100 us, as going to sleep and back takes about
 * that.
 */
const LOOKS = 10_000;

/**
 * Blocks this thread until the word is not `seen` any more, for `ms` at most.
 *
 * @throws {TypeError} Where this thread must not be blocked.
 */
export function waitFor(word: Int32Array<SharedArrayBuffer>, seen: number, ms: number): void {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(word, 0) !== seen) return;
  Atomics.wait(word, 0, seen, ms);
}

/** The longest time that a timer takes, in ms. */
const MAX_MS = 0x7fffffff;

/** A timer that does not keep the process alive; none, if the time is too long for one. */
export function startTimer(fn: () => void, ms: number): ReturnType<typeof setTimeout> | undefined {
  if (ms > MAX_MS) return undefined;
  const timer = setTimeout(fn, ms);
  keepNothing(timer);
  return timer;
}

/** The same, again and again. */
export function startInterval(fn: () => void, ms: number): ReturnType<typeof setInterval> {
  const timer = setInterval(fn, ms);
  keepNothing(timer);
  return timer;
}

/** Lets the process end although the timer has not fired. */
export function keepNothing(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
  if (typeof timer === "number") globals.Deno?.unrefTimer(timer);
}

/**
 * Reports an error that nobody can see any more: `reportError` where there is one, else an uncaught
 * exception.
 */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Two errors at once: `error` came while `suppressed` was already under way. */
export function suppress(error: unknown, suppressed: unknown): Error {
  const message = "An error was thrown while another one was on its way";
  if (typeof SuppressedError === "function") return new SuppressedError(error, suppressed, message);
  return Object.assign(new Error(message), { name: "SuppressedError", error, suppressed });
}
