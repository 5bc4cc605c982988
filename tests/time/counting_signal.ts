/** A signal that counts its listeners. */
export class CountingSignal {
  readonly #controller = new AbortController();
  /** How many were ever added. */
  added = 0;
  /** How many there are. */
  listeners = 0;

  constructor() {
    const { signal } = this;
    const { addEventListener, removeEventListener } = signal;
    const current = new Set<unknown>();
    signal.addEventListener = (...args: unknown[]): void => {
      this.added++;
      current.add(args[1]);
      this.listeners = current.size;
      addEventListener.apply(signal, args as never);
    };
    signal.removeEventListener = (...args: unknown[]): void => {
      current.delete(args[1]);
      this.listeners = current.size;
      removeEventListener.apply(signal, args as never);
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }
}
