import { hardwareThreads } from "../internal/runtime.ts";
import type { Job } from "./job.ts";
import { checkJob, checkJobOptions, type JobOptions, type TaskHandle } from "./task_handle.ts";

/** As much of a pool as `map` needs. */
interface Spawner {
  readonly maxThreads: number;
  spawn<A, R>(job: Job<[A], R>, args: [A], options: JobOptions<unknown>): TaskHandle<R, unknown>;
}

/** `ThreadPool.map`: throws now what is wrong with its arguments. */
export function mapItems<A, R>(
  pool: Spawner,
  job: Job<[A], R>,
  items: Iterable<A> | AsyncIterable<A>,
  options: JobOptions<unknown>,
): AsyncGenerator<R, void> {
  checkJob(job);
  checkJobOptions(job.name, options);
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(items);
  if (typeof (async ?? sync) !== "function") {
    throw new TypeError(`Cannot map ${job.name}: expected an iterable, got ${typeof items}`);
  }
  return mapInOrder(pool, job, items, options);
}

async function* mapInOrder<A, R>(
  pool: Spawner,
  job: Job<[A], R>,
  items: Iterable<A> | AsyncIterable<A>,
  options: JobOptions<unknown>,
): AsyncGenerator<R, void> {
  const most = 2 * (pool.maxThreads === Infinity ? hardwareThreads() : pool.maxThreads);
  /** What is under way, in the order of the items. */
  const handles: TaskHandle<R>[] = [];
  try {
    for await (const item of items) {
      handles.push(pool.spawn(job, [item], options));
      if (handles.length >= most) yield await handles[0], handles.splice(0, 1);
    }
    while (handles.length > 0) yield await handles[0], handles.splice(0, 1);
  } finally {
    for (const handle of handles) handle[Symbol.dispose]();
  }
}
