/** A job as a task: the core's state machine, whose future is the job on its thread. */
import { Cell, PROPAGATE, propagating, report } from "../../core/friend.ts";
import type { Work } from "./work.ts";

/** Runs a task of a job at once: there is nothing to step, it has ended. */
export type JobSchedule = (cell: JobCell) => void;

/**
 * A task that is run once, when its job has ended, and until then is where its job is: in a queue, or on a
 * thread.
 *
 * A job hears of its cancellation, and ends as it likes: with a value as well. So a cancellation goes to the
 * job first, and the task is cancelled if, and when, the job ends because of it.
 */
export class JobCell extends Cell {
  declare readonly work: Work;

  constructor(work: Work, onSchedule: JobSchedule, tag: unknown) {
    propagating();
    super(work, onSchedule as never, tag, PROPAGATE);
    this.work = work;
  }

  /** Whether this was the first time. */
  override cancel(reason: unknown): boolean {
    return this.work.cancel(reason);
  }

  /** The job has ended because of a cancellation. */
  endCancelled(reason: unknown): void {
    try {
      super.cancel(reason);
    } catch (error) {
      report(error);
    }
    this.end();
  }

  /** The job has ended: its future is ready. What a waker throws is not for whoever has brought the news. */
  end(): void {
    try {
      this.run();
    } catch (error) {
      report(error);
    }
  }
}
