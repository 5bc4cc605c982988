/** Finds the jobs that a thread is given, and calls them. */
import { spawn } from "../adapt/mod.ts";
import type { CancellationToken } from "./cancellation_token.ts";
import { here, keyOf } from "./here.ts";
import type { Job } from "./job.ts";
import type { Order } from "./protocol.ts";

/** What a job has come to. */
export type Outcome = { value: unknown } | { error: unknown; isPanic?: boolean };

/** A job that was ordered once. */
export interface Known {
  /** Once its module is loaded. */
  job: Job<unknown[], unknown> | undefined;
  /** Whether it was, the last time. */
  isQuick: boolean;
}

/** All of them, by URL and name. */
const jobs = new Map<string, Map<string, Known>>();

export function jobOf({ url, name }: Order): Known {
  let named = jobs.get(url);
  if (named === undefined) jobs.set(url, named = new Map());
  let known = named.get(name);
  if (known === undefined) named.set(name, known = { job: undefined, isQuick: false });
  return known;
}

export async function load(order: Order, known: Known, token: CancellationToken): Promise<Outcome> {
  const { url } = order;
  const thread = here()!;
  try {
    thread.loading = url;
    known.job = find(await import(url), order);
  } catch (error) {
    return { error, isPanic: true };
  } finally {
    thread.loading = undefined;
  }
  return await call(known.job, order, token);
}

/** The export of that name, or else the one job that was defined under it: bundlers rename exports. */
function find(module: Record<string, unknown>, order: Order): Job<unknown[], unknown> {
  const { url, name } = order;
  const exported = module[name] as Job<unknown[], unknown> | undefined;
  if (typeof exported?.run === "function" && exported.name === name) return exported;
  const { defined } = here()!;
  const job = defined.get(keyOf(order)) as Job<unknown[], unknown> | undefined;
  if (job !== undefined) return job;
  throw new TypeError(`${url} has ${defined.has(keyOf(order)) ? "several tasks" : "no task"} ${name}`);
}

/** In a task, so that `currentTag()` answers in the job: it runs at once, and once; what it returns is awaited here. */
export function call(
  job: Job<unknown[], unknown>,
  { args, tag }: Order,
  token: CancellationToken,
): Outcome | Promise<Outcome> {
  let outcome!: Outcome;
  const [task] = spawn(
    () => {
      try {
        outcome = { value: job.run(token, ...args) };
      } catch (error) {
        outcome = { error };
      }
    },
    () => {},
    tag,
  );
  task.run();
  return "value" in outcome && isThenable(outcome.value)
    ? Promise.resolve(outcome.value).then((value) => ({ value }), (error) => ({ error }))
    : outcome;
}

/** Whether it may be one: of what throws when it is asked, `Promise.resolve` makes a rejection. */
function isThenable(value: unknown): boolean {
  try {
    return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
  } catch {
    return true;
  }
}
