/** A job that C has a handle of, and who is told when it ends. */
import type { TaskHandle } from "../thread/mod.ts";

/** Somebody in C who is told once: that the job has ended, or that nobody will be told any more. */
export class Listener {
  /** Ends the wait for it; `undefined` if that has no limit. */
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly #handle: bigint;
  readonly #callback: Deno.UnsafeFnPointer<{ parameters: ["u64", "pointer"]; result: "void" }>;
  readonly #data: Deno.PointerValue;
  /** Whether it is told at once, wherever C is: a thread that sleeps is told, and does nothing here. */
  readonly isUrgent: boolean;
  #isTold = false;

  constructor(
    handle: bigint,
    callback: Deno.PointerObject,
    data: Deno.PointerValue,
    isUrgent: boolean,
  ) {
    this.isUrgent = isUrgent;
    this.#handle = handle;
    this.#callback = new Deno.UnsafeFnPointer(callback as never, {
      parameters: ["u64", "pointer"],
      result: "void",
    });
    this.#data = data;
  }

  /** Calls C. */
  tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    clearTimeout(this.timer);
    this.#callback.call(this.#handle, this.#data);
  }
}

/** A timer can't be longer than this, in ms: some 24 days. */
const MAX_MS = 2 ** 31 - 1;

/** What a handle of an exported job stands for. */
export class CJob {
  readonly task: TaskHandle<unknown, unknown>;
  readonly #listeners: Set<Listener> = new Set();
  #isWatched = false;

  constructor(task: TaskHandle<unknown, unknown>) {
    this.task = task;
  }

  /** Tells `listener` when the job has ended, or after so many ms. */
  listen(listener: Listener, ms = Infinity): void {
    this.#listeners.add(listener);
    if (ms <= MAX_MS) listener.timer = setTimeout(() => this.#tell(listener), ms);
    if (this.task.isFinished) return this.#tellSoon();
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#watch();
  }

  /** Tells all: the handle is no more. */
  release(): void {
    this.#tellSoon();
  }

  /** The same, before this returns: soon, C may be no more. */
  releaseNow(): void {
    for (const listener of [...this.#listeners]) this.#tell(listener);
  }

  /** A task tells one waker: so this is the only one, and wakes all. */
  #watch(): void {
    this.task.poll({ waker: { wake: () => this.task.isFinished ? this.#tellSoon() : this.#watch() } });
  }

  /** In a microtask: C may be in the midst of something that has led to this. */
  #tellSoon(): void {
    for (const listener of [...this.#listeners]) if (listener.isUrgent) this.#tell(listener);
    if (this.#listeners.size > 0) queueMicrotask(() => this.releaseNow());
  }

  #tell(listener: Listener): void {
    if (this.#listeners.delete(listener)) listener.tell();
  }
}
