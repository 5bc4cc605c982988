/** Who waits for a scope. */
import type { Awaitable, TaskHandle } from "../core/mod.ts";
import { Conditions } from "../executor/friend.ts";
import { haveEnded } from "./members.ts";

/** Who waits for the end, for no task to be left, or for some to end: each is looked at when it may be so. */
export class Waiting {
  // Each made for the first who waits.
  #atEnd: Conditions | undefined;
  #atEmpty: Conditions | undefined;
  #atEach: Conditions | undefined;

  /** Ready when `isMet`, which is asked at the end. */
  ended(isMet: () => boolean): Awaitable<void> & Disposable {
    return (this.#atEnd ??= new Conditions()).when(isMet);
  }

  /** Ready when `isMet`, which is asked when no task is left. */
  joined(isMet: () => boolean): Awaitable<void> & Disposable {
    return (this.#atEmpty ??= new Conditions()).when(isMet);
  }

  /** Ready when these tasks have ended. */
  haveEnded(tasks: TaskHandle<unknown>[]): Awaitable<void> & Disposable {
    return (this.#atEach ??= new Conditions()).when(haveEnded(tasks));
  }

  /** A task has ended; whether it was the last. */
  taskEnded(isLast: boolean): void {
    this.#atEach?.check();
    if (isLast) this.#atEmpty?.check();
  }

  /** The scope has ended. */
  end(): void {
    this.#atEnd?.check();
  }
}
