/** Jobs for the items of an iterable. */
import { show } from "../../internal/show.ts";
import { hardwareThreads } from "../../internal/runtime.ts";
import type { Job } from "../wire/job.ts";
import { checkJob, checkJobOptions, type JobOptions } from "./job_options.ts";
import { abandon, type TaskHandle } from "./task_handle.ts";

/** As much of a pool as `map` needs. */
interface JobSpawner {
  spawn<A, R>(job: Job<[A], R>, args: [A], options: JobOptions<unknown>): TaskHandle<R, unknown>;
}

/**
 * `ThreadPool.map`: throws now what is wrong with its arguments. `capacity`: how many jobs the pool can run
 * at a time.
 */
export function mapItems<A, R>(
  pool: JobSpawner,
  capacity: number,
  job: Job<[A], R>,
  items: Iterable<A> | AsyncIterable<A>,
  options: JobOptions<unknown>,
): AsyncGenerator<R, void> {
  checkJob(job);
  checkJobOptions(job.name, options);
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(items);
  if (typeof (async ?? sync) !== "function") {
    throw new TypeError(`Cannot map ${job.name}: expected an iterable, got ${show(items)}`);
  }
  const most = 2 * (capacity === Infinity ? hardwareThreads() : capacity);
  return mapInOrder(pool, most, job, items, options);
}

async function* mapInOrder<A, R>(
  pool: JobSpawner,
  most: number,
  job: Job<[A], R>,
  items: Iterable<A> | AsyncIterable<A>,
  options: JobOptions<unknown>,
): AsyncGenerator<R, void> {
  /** What is under way, in the order of the items. */
  const handles: TaskHandle<R>[] = [];
  try {
    for await (const item of items) {
      handles.push(pool.spawn(job, [item], options));
      if (handles.length >= most) yield await handles[0], handles.splice(0, 1);
    }
    while (handles.length > 0) yield await handles[0], handles.splice(0, 1);
  } finally {
    // The first that failed was thrown; the others are not reported besides.
    for (const handle of handles) abandon(handle);
  }
}
