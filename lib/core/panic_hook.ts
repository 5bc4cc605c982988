import type { Cell } from "./cell.ts";
import { checkFunction, report } from "./errors.ts";
import { HANDLE, SEEN } from "./state.ts";

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
  const previous = hook;
  hook = checkFunction(to, "set the panic hook");
  return previous;
}

/** What a group of tasks does with its panics instead of the hook. Known by its schedule function. */
export interface PanicSink {
  /** A panic that nobody can see any more. */
  readonly lost: PanicHook;
  /** A panic that was carried to the join side, where nobody has asked for it yet. */
  readonly carried: (panic: CarriedPanic) => void;
}

const sinks = new WeakMap<object, PanicSink>();

/** Panics of tasks with this schedule function go to `sink`. */
export function routePanics(schedule: object, sink: PanicSink): void {
  sinks.set(schedule, sink);
}

/** A carried panic that waits for somebody to ask. It does not refer to the join side, which may be garbage. */
export class CarriedPanic {
  readonly #error: unknown;
  readonly #cell: Cell;
  readonly #lost: PanicHook;

  constructor(error: unknown, cell: Cell, lost: PanicHook) {
    this.#error = error;
    this.#cell = cell;
    this.#lost = lost;
  }

  /** Whether somebody has asked, or there is nobody left to ask. */
  get isSeen(): boolean {
    return (this.#cell.state & (SEEN | HANDLE)) !== HANDLE;
  }

  /** Nobody will ask any more: hands it to the hook, unless somebody has. */
  lose(): void {
    if (this.isSeen) return;
    this.#cell.state |= SEEN;
    tell(this.#lost, this.#error, this.#cell);
  }
}

/** The panics of join sides that nobody has asked. */
const carried = new WeakMap<object, CarriedPanic>();

let registry: FinalizationRegistry<CarriedPanic> | undefined;

/** A panic is carried to `join`. If that becomes garbage unasked, the hook is told: a backstop. */
export function carryPanic(error: unknown, cell: Cell, join: object): void {
  const sink = sinks.get(cell.onSchedule!);
  const panic = new CarriedPanic(error, cell, sink?.lost ?? tellHook);
  registry ??= new FinalizationRegistry((panic) => panic.lose());
  registry.register(join, panic);
  carried.set(join, panic);
  sink?.carried(panic);
}

/** The join side is dropped: nobody will ask it any more. */
export function loseCarriedPanic(join: object): void {
  carried.get(join)?.lose();
}

/** Hands a panic to the hook that never had anybody to see it. */
export function losePanic(error: unknown, cell: Cell): void {
  tell(sinks.get(cell.onSchedule!)?.lost ?? tellHook, error, cell);
}

/** The hook that is set when it is told. */
function tellHook(error: unknown, id: number, tag: unknown): void {
  hook(error, id, tag);
}

function tell(lost: PanicHook, error: unknown, { id, tag }: Cell): void {
  try {
    lost(error, id, tag);
  } catch (another) {
    report(another);
  }
}
