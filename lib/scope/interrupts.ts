/** What cancels a scope from outside: its signal, and its time. */
import type { Waker } from "../core/mod.ts";
import { type AbortTarget, listenToAbort, unlistenToAbort } from "../internal/abort.ts";
import type { KnownDeadline } from "../time/friend.ts";
import type { ClockEntry } from "../time/mod.ts";

/** Listens, and has a wake-up at the clock, until the scope has ended. */
export class Interrupts implements AbortTarget, Waker {
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: KnownDeadline | undefined;
  readonly #tell: (reason: unknown) => void;
  #entry: ClockEntry | undefined;

  constructor(
    signal: AbortSignal | undefined,
    deadline: KnownDeadline | undefined,
    tell: (reason: unknown) => void,
  ) {
    this.#signal = signal;
    this.#deadline = deadline;
    this.#tell = tell;
  }

  /** From now on, the scope is told; at once, if the signal is aborted already. */
  begin(): void {
    if (this.#deadline !== undefined) this.#entry = this.#deadline.clock.register(this.#deadline.time, this);
    if (this.#signal?.aborted) this.onAbort();
    else if (this.#signal !== undefined) listenToAbort(this.#signal, this);
  }

  /** Called by the signal. */
  onAbort(): void {
    this.#tell(this.#signal!.reason);
  }

  /** Called by the clock. */
  wake(): void {
    this.#tell(new DOMException("Cannot go on: the time of the scope is up", "TimeoutError"));
  }

  stop(): void {
    if (this.#entry !== undefined) this.#deadline!.clock.cancel(this.#entry);
    if (this.#signal !== undefined) unlistenToAbort(this.#signal, this);
  }
}
