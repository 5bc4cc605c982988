/** Panics that went to the join side of their task, and who is told of those that nobody can see any more. */
import type { Cell } from "./cell.ts";
import { checkFunction, report, reportOf } from "./errors.ts";
import { HANDLE, KEPT, PANICKED, SEEN } from "./state.ts";

/**
 * What is told of a panic that was propagated to the join side of its task when there was none any more.
 *
 * @param error What the task threw. Where the task itself was reachable from the error, and so was collected
 * with it: an error that says so, with its text.
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

/** Reports the panic as an error that names the task, with what it threw as its cause. */
export function reportPanic(error: unknown, id: number, tag: unknown): void {
  reportOf(id, tag, "panicked", error);
}

let hook: PanicHook = reportPanic;

/**
 * Sets what is told of panics that nobody can see any more, of detached tasks with `propagatePanic`.
 *
 * @param to The new hook; what it throws is reported through `reportError`. Default: `reportError`, with an
 * error that names the task and has the panic as its `cause`.
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

/** The hook that is set when it is told. */
function tellHook(error: unknown, id: number, tag: unknown): void {
  hook(error, id, tag);
}

/** What a group of tasks does with its panics instead of the hook. Known by its schedule function. */
export interface PanicSink {
  /** A panic that nobody can see any more. */
  readonly lost: PanicHook;
  /** A panic that nobody at the join side has asked for yet. */
  readonly unseen: (panic: UnseenPanic) => void;
}

const sinks = new WeakMap<object, PanicSink>();

/** Panics of tasks with this schedule function go to `sink`. */
export function routePanics(schedule: object, sink: PanicSink): void {
  sinks.set(schedule, sink);
}

/** A panic at a join side that nobody has asked. It does not refer to the join side, which may be garbage. */
export class UnseenPanic {
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
    return (this.#cell.state & (SEEN | KEPT | HANDLE)) !== HANDLE;
  }

  /** Nobody will ask any more: tells whom it may concern, unless somebody has. */
  lose(): void {
    if (this.isSeen) return;
    markSeen(this.#cell);
    tell(this.#lost, this.#error, this.#cell.id, this.#cell.tag);
  }
}

/** The panics of join sides that nobody has asked. */
const unseen = new WeakMap<object, UnseenPanic>();

/** A panic goes to `join`. If that becomes garbage unasked, the panic is lost: a backstop. */
export function keepPanic(error: unknown, cell: Cell, join: object): void {
  const sink = sinks.get(cell.onSchedule!);
  const lost = sink?.lost ?? tellHook;
  const panic = new UnseenPanic(error, cell, lost);
  unseen.set(join, panic);
  sink?.unseen(panic);
  watch(join, new Obituary(error, cell, lost, panic), cell);
}

/** The join side is dropped: nobody will ask it any more. */
export function losePanicOf(join: object): void {
  unseen.get(join)?.lose();
}

/** A panic that never had anybody to see it. */
export function losePanic(error: unknown, cell: Cell): void {
  tell(sinks.get(cell.onSchedule!)?.lost ?? tellHook, error, cell.id, cell.tag);
}

/** Somebody was told of the panic, or it was reported. */
export function markSeen(cell: Cell): void {
  const isNews = (cell.state & (PANICKED | SEEN)) === PANICKED;
  cell.state |= SEEN;
  if (isNews) registry?.unregister(cell);
}

/** A scope keeps the panic, and sees to it that somebody is told. */
export function markKept(cell: Cell): void {
  cell.state |= KEPT;
  registry?.unregister(cell);
}

let registry: FinalizationRegistry<Obituary> | undefined;

function watch(join: object, obituary: Obituary, cell: Cell): void {
  registry ??= new FinalizationRegistry((obituary) => obituary.tell());
  registry.register(join, obituary, cell);
}

/**
 * What is told when a join side is garbage that nobody has asked. Whatever might refer to the join side is
 * held weakly, as it would else never be garbage.
 */
class Obituary {
  readonly #error: unknown;
  readonly #tag: unknown;
  readonly #id: number;
  readonly #text: string;
  readonly #lost: PanicHook;
  /** Where an executor keeps it as well, it is told once. */
  readonly #panic: WeakRef<UnseenPanic>;

  constructor(error: unknown, { id, tag }: Cell, lost: PanicHook, panic: UnseenPanic) {
    this.#error = heldWeakly(error);
    this.#tag = heldWeakly(tag);
    this.#id = id;
    this.#text = this.#error === error ? "" : String((error as Error).message ?? "");
    this.#lost = lost;
    this.#panic = new WeakRef(panic);
  }

  tell(): void {
    const panic = this.#panic.deref();
    if (panic !== undefined) return panic.lose();
    const error = this.#error instanceof WeakRef ? this.#error.deref() : this.#error;
    const tag = this.#tag instanceof WeakRef ? this.#tag.deref() : this.#tag;
    tell(
      this.#lost,
      error ?? new Error(`${this.#text} (the error was collected with its task)`),
      this.#id,
      tag,
    );
  }
}

/** The value itself if nothing can be reached from it, else a weak reference. */
function heldWeakly(value: unknown): unknown {
  const isObject = typeof value === "object" ? value !== null : typeof value === "function";
  return !isObject || isPlainError(value as object) ? value : new WeakRef(value as object);
}

/** Whether it is an error that has nothing but its text. */
function isPlainError(value: object): boolean {
  if (!(value instanceof Error)) return false;
  return Reflect.ownKeys(value).every((key) => {
    const field = Object.getOwnPropertyDescriptor(value, key)!;
    return key === "stack" || typeof field.value !== "object" && typeof field.value !== "function" &&
        field.get === undefined;
  });
}

function tell(lost: PanicHook, error: unknown, id: number, tag: unknown): void {
  try {
    lost(error, id, tag);
  } catch (another) {
    report(another);
  }
}
