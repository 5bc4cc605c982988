/** Finds the jobs that a thread is given, and calls them. */
import { Cell, currentFrame, taskOf } from "../../core/friend.ts";
import { JoinHandle, Task } from "../../core/mod.ts";
import { intoFuture } from "../../adapt/friend.ts";
import { CancellationToken } from "../wire/cancellation_token.ts";
import type { Job } from "../wire/job.ts";
import type { JobName } from "../wire/messages.ts";
import type { Order } from "../wire/orders.ts";
import { keyOf, threadContext } from "../wire/thread_context.ts";
import { WorkerError } from "../wire/worker_error.ts";

/** What a job has come to. */
export type Answer = { value: unknown } | { error: unknown; isPanic?: boolean };

/** A job that was ordered once. */
export interface Known {
  /** Once its module is loaded. */
  job: Job<unknown[], unknown> | undefined;
  /** Whether it was, the last time. */
  isQuick: boolean;
}

/** A job that is being done. */
export class Running {
  readonly order: Order;
  readonly token: CancellationToken;
  readonly known: Known;
  readonly begunAt: number;
  /** Which of the thread's words says that it is at it. */
  readonly seat: number;
  /** Once it is called. */
  task: Cell | undefined;

  constructor(order: Order, token: CancellationToken, known: Known, seat: number, begunAt: number) {
    this.order = order;
    this.token = token;
    this.known = known;
    this.begunAt = begunAt;
    this.seat = seat;
    this.task = undefined;
  }
}

/**
 * Cancels a job that is being done: its awaits of what is this package's throw the reason, and its signal is
 * aborted.
 */
export function cancel({ token, task }: Running): void {
  task?.cancel(token.reason ?? token.signal.reason);
}

/** The task of a job, on its thread: it has the id, the parent and the tag of the owner's. */
class JobTask extends Cell {
  declare readonly running: Running;

  constructor(body: () => unknown, running: Running) {
    super(intoFuture(body), runNow as never, running.order.tag, 0);
    this.running = running;
    const { taskId: id, parentId } = running.order;
    Object.assign(this, { id, parentId });
  }
}

/**
 * The job whose code is running, or has left it behind: also after its awaits, where the runtime follows
 * them.
 */
export function runningJob(): Running | undefined {
  const task = taskOf(currentFrame());
  return task instanceof JobTask ? task.running : undefined;
}

/** All of them, by URL and name. */
const jobs = new Map<string, Map<string, Known>>();

export function jobOf({ url, name }: JobName): Known {
  let named = jobs.get(url);
  if (named === undefined) jobs.set(url, named = new Map());
  let known = named.get(name);
  if (known === undefined) named.set(name, known = { job: undefined, isQuick: false });
  return known;
}

/** Imports the module of a job, and finds it there. */
export async function load(name: JobName, known: Known): Promise<Job<unknown[], unknown>> {
  const context = threadContext()!;
  try {
    context.loading = name.url;
    return known.job = find(await import(name.url), name);
  } finally {
    context.loading = undefined;
  }
}

export async function loadAndCall(running: Running, finish?: (value: unknown) => unknown): Promise<Answer> {
  const { order, known } = running;
  try {
    await load(order, known);
  } catch (error) {
    return { error, isPanic: true };
  }
  return await call(running, finish);
}

/** The export of that name, or else the one job that was defined under it: bundlers rename exports. */
function find(module: Record<string, unknown>, { url, name }: JobName): Job<unknown[], unknown> {
  const exported = module[name] as Job<unknown[], unknown> | undefined;
  if (typeof exported?.run === "function" && exported.name === name) return exported;
  const { defined } = threadContext()!;
  const key = keyOf({ url, name });
  const job = defined.get(key) as Job<unknown[], unknown> | undefined;
  if (job !== undefined) return job;
  throw new TypeError(`${url} has ${defined.has(key) ? "several tasks" : "no task"} ${name}`);
}

/** The tasks of jobs run as soon as they can: when the job has ended, or is cancelled. */
const runNow = (task: Task): void => void task.run();

/**
 * Calls the job in a task, so that `currentTask()` answers in it, and its awaits are interrupted when it is
 * cancelled.
 *
 * @param finish What its value goes through, in the same task.
 */
export function call(running: Running, finish?: (value: unknown) => unknown): Answer | Promise<Answer> {
  let outcome!: Answer | Promise<Answer>;
  const body = (): unknown => {
    outcome = attempt(running, finish);
    return outcome instanceof Promise ? outcome : undefined;
  };
  const cell = running.task = new JobTask(body, running);
  const task = new Task(cell);
  cell.connect(task, new JoinHandle(cell));
  task.run();
  return outcome;
}

function attempt(
  { order, token, known }: Running,
  finish?: (value: unknown) => unknown,
): Answer | Promise<Answer> {
  try {
    const value = known.job!.run(token, ...order.args);
    if (finish !== undefined) return settled(Promise.resolve(value).then(finish));
    return isThenable(value) ? settled(Promise.resolve(value)) : { value };
  } catch (error) {
    return { error };
  }
}

function settled(promise: Promise<unknown>): Promise<Answer> {
  return promise.then((value) => ({ value }), (error) => ({ error }));
}

/** Calls a job that is done for the thread itself: its set-up, or its tear-down. */
export async function callForThread(name: JobName, what: string): Promise<void> {
  try {
    const job = await load(name, jobOf(name));
    await job.run(new CancellationToken());
  } catch (cause) {
    throw new WorkerError(`its ${what} has failed: ${cause}`, { cause });
  }
}

/** Whether it may be one: of what throws when it is asked, `Promise.resolve` makes a rejection. */
function isThenable(value: unknown): boolean {
  try {
    return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
  } catch {
    return true;
  }
}
