/** Listening to signals: with one listener a signal, however many wait. */
import { report } from "./runtime.ts";

/** Who is told that a signal is aborted. */
export interface AbortTarget {
  onAbort(): void;
}

/**
 * Who waits for one signal. A listener for each would cost as many steps as there are others, and Node warns
 * of a leak when there are more than ten.
 */
class AbortListener implements EventListenerObject {
  readonly #targets: Set<AbortTarget> = new Set();

  add(signal: AbortSignal, target: AbortTarget): void {
    if (this.#targets.size === 0) signal.addEventListener("abort", this);
    this.#targets.add(target);
  }

  remove(signal: AbortSignal, target: AbortTarget): void {
    if (this.#targets.delete(target) && this.#targets.size === 0) signal.removeEventListener("abort", this);
  }

  /** Called by the signal. Who is told may take others off the list. */
  handleEvent(event: Event): void {
    (event.currentTarget as AbortSignal).removeEventListener("abort", this);
    for (const target of this.#targets) {
      this.#targets.delete(target);
      try {
        target.onAbort();
      } catch (error) {
        report(error);
      }
    }
  }
}

const listeners = /* @__PURE__ */ new WeakMap<AbortSignal, AbortListener>();

/** Tells `target`, once, when `signal` is aborted, which it is not yet. */
export function listenToAbort(signal: AbortSignal, target: AbortTarget): void {
  let listener = listeners.get(signal);
  if (listener === undefined) listeners.set(signal, listener = new AbortListener());
  listener.add(signal, target);
}

/** Takes that back; does nothing if it was told, or is no longer to be. */
export function unlistenToAbort(signal: AbortSignal, target: AbortTarget): void {
  listeners.get(signal)?.remove(signal, target);
}
