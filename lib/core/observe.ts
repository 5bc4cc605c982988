/** What tasks do, for whoever wants to see it. */
import { report } from "./errors.ts";

/**
 * What {@linkcode observe} tells, each synchronously, with the id of the task. Every method is optional.
 *
 * What a method throws is reported through `reportError` and changes nothing for the task. A method may look
 * at everything, but is called in the middle of a transition: to run, wake, cancel or drop the very task that
 * it is told of, wait for a microtask.
 *
 * @example
 * ```ts
 * import { observe, type Observer, ready, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const observer: Observer = {
 *   spawn: (_id, tag) => log.push(`spawn ${tag}`),
 *   pollStart: () => log.push("poll"),
 *   close: (_id, _tag, status) => log.push(status),
 * };
 * const stop = observe(observer);
 * const [task] = spawn(ready(1), () => {}, "t");
 * task.run();
 * stop();
 * assertEquals(log, ["spawn t", "poll", "completed"]);
 * ```
 */
export interface Observer {
  /** A task was spawned; `parentId` is the task that was running then. */
  spawn?(id: number, tag: unknown, parentId: number | undefined): void;
  /** A poll (or a step of the clean-up) begins. */
  pollStart?(id: number, tag: unknown): void;
  /** A poll (or a step of the clean-up) is over, in whatever way. */
  pollEnd?(id: number, tag: unknown): void;
  /** A wake made the task ready to run again; wakes that change nothing are not told. */
  wake?(id: number, tag: unknown): void;
  /** The task was cancelled, by whichever side; its clean-up is still to come. */
  cancel?(id: number, tag: unknown, reason: unknown): void;
  /** The task has ended, and its future is gone. */
  close?(id: number, tag: unknown, status: "completed" | "cancelled" | "panicked"): void;
}

/** A task, as far as an observer is told of it. */
interface Observed {
  readonly id: number;
  readonly tag: unknown;
}

/** An observer, as it is told whatever it is told. */
type Told = Partial<Record<keyof Observer, (id: number, tag: unknown, more: unknown) => void>>;

/** The one observer, or `undefined`: a null check is all that a task pays when nobody listens. */
export let observer: { readonly to: Observer } | undefined;

/** Tells the observer, if there is one. */
export function tell(event: keyof Observer, { id, tag }: Observed, more?: unknown): void {
  try {
    (observer?.to as Told | undefined)?.[event]?.(id, tag, more);
  } catch (error) {
    report(error);
  }
}

/**
 * Subscribes to what all tasks of this program do, for tracing. There is one observer at a time.
 *
 * @returns A function that unsubscribes.
 * @throws {TypeError} If `to` is no object, or an observer is subscribed already.
 *
 * @example
 * ```ts
 * import { observe, ready, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const tags: unknown[] = [];
 * const stop = observe({ spawn: (_id, tag) => tags.push(tag) });
 * spawn(ready(1), () => {}, "first");
 * stop();
 * spawn(ready(2), () => {}, "second");
 * assertEquals(tags, ["first"]);
 * ```
 */
export function observe(to: Observer): () => void {
  if (typeof to !== "object" || to === null) {
    throw new TypeError("Cannot observe: expected an object of functions");
  }
  if (observer !== undefined) {
    throw new TypeError("Cannot observe: another observer is subscribed, stop it first");
  }
  const mine = observer = { to };
  return () => {
    if (observer === mine) observer = undefined;
  };
}
