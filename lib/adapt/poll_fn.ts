/** Functions as futures. */
import { checkFunction } from "../core/friend.ts";
import { Awaitable, type Context, type Poll } from "../core/mod.ts";
import { Adapted } from "./adapted.ts";

/** A function as a future. Flat, see `lib/README.md`. */
class PollFn<R> extends Awaitable<R> {
  declare private readonly fn: (cx: Context) => Poll<R>;

  constructor(fn: (cx: Context) => Poll<R>) {
    super();
    this.fn = fn;
  }

  override poll(cx: Context): Poll<R> {
    return this.fn(cx);
  }
}

/**
 * What else a future of {@linkcode pollFn} does.
 *
 * @example
 * ```ts
 * import { pollFn, type PollFnOptions, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const options: PollFnOptions = { dispose: () => log.push("let go of") };
 * const [task] = spawn(pollFn(() => 1, options), () => {}, "t");
 * task.run();
 * assertEquals(log, ["let go of"]);
 * ```
 */
export interface PollFnOptions {
  /** Called once, when the owner lets go of the future: after its output, its error, or a cancellation. */
  dispose?: () => void;
  /** Advances the clean-up after a cancellation, as {@linkcode Future.pollClose}. */
  pollClose?: (cx: Context) => Poll<unknown>;
}

/**
 * A future that calls `fn` whenever it is polled. `std::future::poll_fn` in Rust.
 *
 * @param fn Returns the output, or `PENDING` after arranging for `cx.waker` to be woken.
 * @param options What it does when it is closed, and let go of. Default: nothing.
 * @throws {TypeError} If `fn`, `dispose` or `pollClose` is no function.
 *
 * @example Any callback API is a future
 * ```ts
 * import { PENDING, pollFn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * let fired = false;
 * const timer = pollFn((cx) => {
 *   if (fired) return "fired";
 *   setTimeout(() => {
 *     fired = true;
 *     cx.waker.wake();
 *   }, 1);
 *   return PENDING;
 * });
 * assertEquals(await timer, "fired");
 * ```
 */
export function pollFn<R>(fn: (cx: Context) => Poll<R>, options?: PollFnOptions): Awaitable<R> {
  checkFunction(fn, "make a future");
  return options === undefined ? new PollFn(fn) : adapted(fn, options);
}

function adapted<R>(poll: (cx: Context) => Poll<R>, { dispose, pollClose }: PollFnOptions): Awaitable<R> {
  return new Adapted<R>({
    poll,
    ...(pollClose !== undefined && { pollClose: checkFunction(pollClose, "make a future: pollClose") }),
    ...(dispose !== undefined && { [Symbol.dispose]: checkFunction(dispose, "make a future: dispose") }),
  });
}
