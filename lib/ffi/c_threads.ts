/** The threads on which jobs run that C spawns. */
import { taskName } from "../core/friend.ts";
import { ThreadPool } from "../thread/mod.ts";

/** As many as there may be at a time: each takes some 14 MB. */
export const MAX_THREADS = 64;

let threads: ThreadPool | undefined;

/** Those of all tables that were not given any. */
export function cThreads(): ThreadPool {
  return threads ??= new ThreadPool({ maxThreads: MAX_THREADS, onError: print });
}

/**
 * C has let go of a job without having asked what became of it, or a thread is broken. As in Rust, that is
 * told to who looks at the terminal, and ends no process: nobody in C could help that.
 */
function print(error: unknown, id: number | undefined, tag: unknown): void {
  const who = id === undefined ? "A thread" : `T${taskName(id, tag).slice(1)}`;
  console.error(`${who} has failed, and C has not asked for the error:`, error);
}
