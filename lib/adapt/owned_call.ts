/** An async function that a wait owns: what `fromPromise(fn)`, `timeout(fn)` and `uncancellable(fn)` call. */
import {
  currentFrame,
  Ending,
  enter,
  follow,
  type Frame,
  Layer,
  Links,
  prepareToFollow,
  Waits,
} from "../core/friend.ts";
import { CancelledError, type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import { asBody } from "./async_body.ts";

/**
 * What a function receives that a wait calls: a signal of its own.
 *
 * @example
 * ```ts
 * import { type CallContext, fromPromise } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const load = async ({ signal }: CallContext) => `aborted: ${signal.aborted}`;
 * assertEquals(await fromPromise(load), "aborted: false");
 * ```
 */
export interface CallContext {
  /** Aborted when the wait is given up, with the reason. */
  readonly signal: AbortSignal;
}

/** The frame of such a function: its awaits are its own, and the scopes that are made in it. */
class CallFrame extends Layer {
  override readonly waits: Waits | null;
  override readonly links: Links = new Links();
  override readonly deadline: object | undefined;

  constructor(outer: Frame | undefined, waits: Waits | null, deadline: object | undefined) {
    super(outer);
    this.waits = waits;
    this.deadline = deadline;
  }
}

/**
 * Calls a function when it is first polled, follows it across its awaits, and waits for its end: also when it
 * is given up, which aborts its signal and interrupts its awaits. One that is shielded is not disturbed.
 */
export class OwnedCall<R> implements Future<R>, CallContext {
  #fn: ((context: CallContext) => unknown) | undefined;
  readonly #isShielded: boolean;
  readonly #deadline: object | undefined;
  #frame: CallFrame | undefined;
  #inner: Future<R> | undefined;
  #controller: AbortController | undefined;
  /** Why it was given up; set with `#isClosing`. */
  #reason: unknown;
  #isClosing = false;
  /** Set once the function is over, while scopes of it are open. */
  #ending: Ending | undefined;

  /** `deadline` says until when it may take, and is for `currentDeadline` alone. */
  constructor(fn: (context: CallContext) => unknown, isShielded: boolean, deadline?: object) {
    this.#fn = fn;
    this.#isShielded = isShielded;
    this.#deadline = deadline;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isClosing) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  poll(cx: Context): Poll<R> {
    return this.#untilLinksEnd(pollCall, cx) as Poll<R>;
  }

  /** What was never called has nothing to clean up; what is shielded goes on to its end. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.#frame === undefined) return undefined;
    if (this.#isShielded) return this.poll(cx);
    if (!this.#isClosing) this.#close(cx.reason ?? new CancelledError());
    return this.#untilLinksEnd(closeCall, { waker: cx.waker, reason: this.#reason });
  }

  /** A step of the function. */
  step(cx: Context): Poll<R> {
    if (this.#fn !== undefined) {
      const result = this.#call(this.#fn);
      this.#inner = asBody<R>(result);
      if (this.#inner === undefined) return result as R;
    }
    return this.#enter(pollInner, cx) as Poll<R>;
  }

  /** A step of its clean-up. */
  stepClose(cx: Context): Poll<unknown> {
    return this.#enter(closeInner, cx);
  }

  [Symbol.dispose](): void {
    this.#fn = undefined;
    this.#enter(disposeInner, undefined);
  }

  waitsFor(): Wait | undefined {
    return this.#frame?.waits?.waitsFor() ?? (this.#inner === undefined ? undefined : waitOf(this.#inner));
  }

  #call(fn: (context: CallContext) => unknown): unknown {
    this.#fn = undefined;
    prepareToFollow();
    this.#frame = new CallFrame(currentFrame(), this.#isShielded ? null : new Waits(), this.#deadline);
    return follow(this.#frame, fn, this as CallContext, undefined);
  }

  #close(reason: unknown): void {
    this.#isClosing = true;
    this.#reason = reason;
    const { links, waits } = this.#frame!;
    // As in `abort` of a task: scopes that listeners of the signal make are clean-up.
    links.cancel(reason);
    waits!.close(reason, this.#controller);
  }

  /**
   * Takes a step; when the function is over, and what it has thrown or returned is there, waits for its
   * scopes.
   */
  #untilLinksEnd(step: (call: OwnedCall<R>, cx: Context) => unknown, cx: Context): unknown {
    if (this.#ending !== undefined) return this.#ending.poll(cx);
    let result: unknown;
    let isThrown = false;
    try {
      result = step(this, cx);
    } catch (error) {
      result = error;
      isThrown = true;
    }
    const links = this.#frame!.links;
    if (result !== PENDING && !links.isEmpty) return this.#end(links, isThrown, result, cx);
    if (isThrown) throw result;
    return result;
  }

  #end(links: Links, isThrown: boolean, result: unknown, cx: Context): unknown {
    if (isThrown) links.cancel(new CancelledError(undefined, undefined, { cause: result }));
    this.#ending = new Ending({ poll: () => undefined }, links, isThrown, result);
    return this.#ending.poll(cx);
  }

  #enter<A>(fn: (inner: Future<R>, argument: A) => unknown, argument: A): unknown {
    if (this.#inner === undefined) return undefined;
    const outer = enter(this.#frame);
    try {
      return fn(this.#inner, argument);
    } finally {
      enter(outer);
    }
  }
}

function pollCall(call: OwnedCall<unknown>, cx: Context): unknown {
  return call.step(cx);
}

function closeCall(call: OwnedCall<unknown>, cx: Context): unknown {
  return call.stepClose(cx);
}

function pollInner(inner: Future<unknown>, cx: Context): unknown {
  return inner.poll(cx);
}

function closeInner(inner: Future<unknown>, cx: Context): unknown {
  return inner.pollClose?.(cx);
}

function disposeInner(inner: Future<unknown>): void {
  inner[Symbol.dispose]?.();
}
