/** What a scope releases in the end. */
import { OwnedCall } from "../adapt/friend.ts";
import { currentFrame, type Frame, inFrame } from "../core/friend.ts";
import { type Context, PENDING, type Poll } from "../core/mod.ts";
import { capture } from "../internal/async_context.ts";

/**
 * One of them: called in the frame, and in the async context, of whoever has registered it, and not
 * disturbed.
 */
class Finalizer {
  readonly #call: OwnedCall<unknown>;
  readonly #frame: Frame | undefined;
  readonly #context: object | undefined;

  constructor(fn: () => unknown) {
    this.#call = new OwnedCall<unknown>(fn, true);
    this.#frame = currentFrame();
    this.#context = capture();
  }

  poll(cx: Context): Poll<unknown> {
    return inFrame(this.#frame, this.#context, (cx: Context) => this.#call.poll(cx), cx);
  }

  [Symbol.dispose](): void {
    inFrame(this.#frame, this.#context, (call: OwnedCall<unknown>) => call[Symbol.dispose](), this.#call);
  }
}

/** All of them: the last that was registered is called first, and the next when that is over. */
export class Finalizers {
  readonly #all: Finalizer[] = [];

  add(fn: () => unknown): void {
    this.#all.push(new Finalizer(fn));
  }

  /**
   * Goes on with them; what they throw is told to `onError`, and keeps none of the others from being called.
   */
  poll(cx: Context, onError: (error: unknown) => void): Poll<void> {
    for (let last; (last = this.#all.at(-1)) !== undefined;) {
      try {
        if (last.poll(cx) === PENDING) return PENDING;
      } catch (error) {
        onError(error);
      }
      this.#all.splice(this.#all.indexOf(last), 1);
      last[Symbol.dispose]();
    }
  }
}
