/** What the tests share: an executor that does what it is told, and things that count. */
import { type Context, type Future, PENDING, type Poll, type Task, type Waker } from "../mod.ts";

/** An executor: a queue, and a count of how often it was scheduled onto. */
export class Queue<T extends { run(): boolean } = Task<unknown>> {
  readonly tasks: T[] = [];
  schedules = 0;
  /** What the schedule function throws, while it is set. */
  failure: Error | undefined;

  readonly schedule = (task: T): void => {
    this.schedules++;
    if (this.failure !== undefined) throw this.failure;
    this.tasks.push(task);
  };

  /** Runs what is queued, and what is queued meanwhile. */
  run(): void {
    for (let task; (task = this.tasks.shift()) !== undefined;) task.run();
  }
}

/** A schedule function that runs the task at once. */
export function runNow(task: { run(): boolean }): void {
  task.run();
}

/** A waker that counts. */
export class CountingWaker implements Waker {
  wakes = 0;

  wake(): void {
    this.wakes++;
  }
}

/** A context with a waker of its own. */
export function context(): { waker: CountingWaker } {
  return { waker: new CountingWaker() };
}

/** A future that counts, and does in each poll what the test says. */
export class Probe<R> implements Future<R> {
  polls = 0;
  closes = 0;
  drops = 0;
  waker: Waker | undefined;
  readonly #onPoll: (cx: Context, poll: number) => Poll<R>;
  pollClose?: (cx: Context) => Poll<unknown>;

  constructor(onPoll: (cx: Context, poll: number) => Poll<R> = () => PENDING) {
    this.#onPoll = onPoll;
  }

  /** Makes it clean up asynchronously. */
  closing(onClose: (cx: Context, close: number) => Poll<unknown>): this {
    this.pollClose = (cx) => {
      this.waker = cx.waker;
      return onClose(cx, ++this.closes);
    };
    return this;
  }

  poll(cx: Context): Poll<R> {
    this.waker = cx.waker;
    return this.#onPoll(cx, ++this.polls);
  }

  [Symbol.dispose](): void {
    this.drops++;
  }
}

/** A probe that is pending once, and then ready with `value`. */
export function pendingOnce<R>(value: R): Probe<R> {
  return new Probe((_cx, poll) => poll === 1 ? PENDING : value);
}

/** What is thrown where any error will do. It holds none of a test's functions, as its stack is of here. */
export const boom = new Error("boom");

/** Throws `boom`. */
export function throws(): never {
  throw boom;
}

/** A function that throws `error`. */
export function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

/** What `reportError` is told while `fn` runs, and shortly after. */
export async function reported(fn: () => unknown): Promise<unknown[]> {
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent): void => {
    event.preventDefault();
    errors.push(event.error);
  };
  addEventListener("error", onError);
  try {
    await fn();
    await macrotask();
  } finally {
    removeEventListener("error", onError);
  }
  return errors;
}

/** What the errors are about that `reported` gives: each names a task, and has what that threw as its cause. */
export async function reportedOfTasks(fn: () => unknown): Promise<unknown[]> {
  return (await reported(fn)).map((error) => {
    if (/^Task \d+/.test((error as Error).message)) return (error as Error).cause;
    throw new TypeError("the report names no task", { cause: error });
  });
}

/** What the runtime reports as unhandled rejections while `fn` runs, and shortly after. */
export async function unhandledIn(fn: () => unknown): Promise<unknown[]> {
  const errors: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    errors.push(event.reason);
  };
  addEventListener("unhandledrejection", onRejection);
  try {
    await fn();
    await macrotask();
  } finally {
    removeEventListener("unhandledrejection", onRejection);
  }
  return errors;
}

/** Resolves when microtasks are done, and what was queued before for the next turn of the event loop. */
export function macrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (fn: () => void) => unknown };
  return new Promise((resolve) => setImmediate === undefined ? setTimeout(resolve) : setImmediate(resolve));
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener("abort", resolve));
}

/** A promise that is rejected with what the signal says, as fetch() does. */
export function heeds(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

/** The error that `fn` throws. */
export function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** How long `fn` takes, in ms. The machine may be busy: if it is not `enough`, the least of some tries. */
export async function leastTime(enough: number, fn: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let tries = 0; tries < 8 && least > enough; tries++) {
    const start = performance.now();
    await fn();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
