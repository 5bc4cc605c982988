import { report } from "./errors.ts";

/**
 * What is told of a panic that was carried to the join side of its task when there was none any more.
 *
 * @param error What the task threw.
 * @param id The id of the task.
 * @param tag The tag (in `./v4`: the metadata) of the task.
 *
 * @example
 * ```ts
 * import { type PanicHook, setPanicHook } from "@tagged/async-task/v4";
 *
 * const log: PanicHook = (error, id, tag) => console.error(`task ${id} (${tag})`, error);
 * setPanicHook(setPanicHook(log));
 * ```
 */
export type PanicHook = (error: unknown, id: number, tag: unknown) => void;

let hook: PanicHook = report;

/**
 * Sets what is told of panics that nobody can see any more, of detached tasks with `propagatePanic`.
 *
 * @param to The new hook; what it throws is reported through `reportError`. Default: `reportError` itself.
 * @returns The hook that was set before.
 * @throws {TypeError} If `to` is no function.
 *
 * @example
 * ```ts
 * import { Builder, setPanicHook } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const lost: string[] = [];
 * const previous = setPanicHook((error) => lost.push(String(error)));
 * const [runnable, task] = new Builder().propagatePanic(true).spawn(() => { throw "boom"; }, () => {});
 * task.detach();
 * runnable.run();
 * assertEquals(lost, ["boom"]);
 * setPanicHook(previous);
 * ```
 */
export function setPanicHook(to: PanicHook): PanicHook {
  if (typeof to !== "function") {
    throw new TypeError(`Cannot set the panic hook: expected a function, got ${typeof to}`);
  }
  const previous = hook;
  hook = to;
  return previous;
}

/** A carried panic that waits for somebody to ask. */
interface Unseen {
  readonly error: unknown;
  readonly id: number;
  readonly tag: unknown;
  /** Whether somebody has asked in the meantime. */
  isSeen(): boolean;
}

let registry: FinalizationRegistry<Unseen> | undefined;

/** Hands a panic to the hook when `join`, the only one who could ask for it, is garbage: a backstop. */
export function losePanicWith(join: object, unseen: Unseen): void {
  registry ??= new FinalizationRegistry(({ error, id, tag, isSeen }) => {
    if (!isSeen()) losePanic(error, id, tag);
  });
  registry.register(join, unseen);
}

/** Hands a panic that nobody can see any more to the hook. */
export function losePanic(error: unknown, id: number, tag: unknown): void {
  try {
    hook(error, id, tag);
  } catch (another) {
    report(another);
  }
}
