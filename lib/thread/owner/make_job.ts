/** How a job becomes a task of this thread's. */
import { nameTask } from "../../core/friend.ts";
import type { Job } from "../wire/job.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { JobCell } from "./job_cell.ts";
import type { JobOptions } from "./job_options.ts";
import { Work } from "./work.ts";

/** A job as a task, which whoever makes it gives a handle, and then its arguments. */
export function makeJob(
  dispatcher: Dispatcher,
  job: Job<never, unknown>,
  options: JobOptions<unknown>,
  flags: number,
): { cell: JobCell; work: Work } {
  const work = new Work(job, options, dispatcher, flags);
  const cell = new JobCell(work, dispatcher.schedule, options.tag);
  if (options.name !== undefined) nameTask(cell, options.name);
  work.cell = cell;
  return { cell, work };
}
