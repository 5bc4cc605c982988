/** Functions as the bodies of tasks. */
import { contextOf, currentFrame, follow, markFollowed, prepareToFollow, taskOf } from "../core/friend.ts";
import { type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import { asBody } from "./async_body.ts";

type Fn = (first: unknown, second: unknown) => unknown;

/** A function as the future of a task: called at the first poll, after which it is whatever it returned. */
export class FunctionBody<R> implements Future<R> {
  // Flat, see `lib/README.md`.
  /** The function until it is called. */
  declare private fn: Fn | undefined;
  /** Whether it receives the tag before the context. */
  declare private readonly takesTag: boolean;
  /** Whether it is followed across its awaits. */
  declare private readonly isFollowed: boolean;
  /** What the function returned, if that is polled. */
  declare private inner: Future<R> | undefined;

  constructor(fn: (...args: never[]) => unknown, takesTag: boolean, isFollowed: boolean) {
    this.fn = fn as Fn;
    this.takesTag = takesTag;
    this.isFollowed = isFollowed;
    this.inner = undefined;
  }

  poll(cx: Context): Poll<R> {
    if (this.fn !== undefined) {
      const result = this.call(this.fn);
      if (result === PENDING) refusePending();
      this.inner = asBody<R>(result);
      if (this.inner === undefined) return result as R;
    }
    return this.inner!.poll(cx);
  }

  /** What was never called has nothing to clean up. */
  pollClose(cx: Context): Poll<unknown> {
    return this.inner?.pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    this.fn = undefined;
    this.inner?.[Symbol.dispose]?.();
  }

  waitsFor(): Wait | undefined {
    return this.inner === undefined ? undefined : waitOf(this.inner);
  }

  private call(fn: Fn): unknown {
    this.fn = undefined;
    const frame = currentFrame()!;
    const cell = taskOf(frame)!;
    const context = contextOf(cell);
    if (!this.isFollowed) return this.takesTag ? fn(cell.tag, context) : fn(context, undefined);
    prepareToFollow();
    markFollowed(cell);
    return this.takesTag ? follow(frame, fn, cell.tag, context) : follow(frame, fn, context, undefined);
  }
}

function refusePending(): never {
  throw new TypeError(
    "Cannot run a function as a task: it has returned PENDING, use pollFn(fn) for what is to be polled",
  );
}
