/**
 * Pages have no async context. There, what follows an async function across its awaits is `then` alone: the
 * engine asks for it where the function awaits, in the function's frame, and calls it later. So the awaits of
 * this package's futures are followed, up to the first await of anything else.
 */
import { Awaitable } from "./awaitable.ts";
import { currentFrame, enter, type Frame } from "./frame.ts";
import { canCarry } from "../internal/async_context.ts";

type Callback = ((result: never) => unknown) | null | undefined;
type Then = (this: unknown, onFulfilled?: Callback, onRejected?: Callback) => Promise<unknown>;

let isPrepared = false;

/** Async functions are to be followed. Does nothing where there is an async context. */
export function prepareToFollow(): void {
  if (isPrepared) return;
  isPrepared = true;
  if (!canCarry()) watchThen(Awaitable.prototype);
}

function watchThen(prototype: object): void {
  const { then } = prototype as { then: Then };
  const get = function (this: unknown): Then {
    const frame = currentFrame();
    return frame === undefined ? then : thenIn(frame, this, then);
  };
  Object.defineProperty(prototype, "then", { configurable: true, get });
}

function thenIn(frame: Frame, future: unknown, then: Then): Then {
  return (onFulfilled, onRejected) => {
    const outer = enter(frame);
    try {
      return then.call(future, surrounded(frame, onFulfilled), surrounded(frame, onRejected));
    } finally {
      enter(outer);
    }
  };
}

/** The engine's callback queues the microtask in which the function goes on: between two of ours. */
function surrounded(frame: Frame, callback: Callback): Callback {
  if (typeof callback !== "function") return callback;
  return (result) => {
    queueMicrotask(() => void enter(frame));
    try {
      return callback(result);
    } finally {
      queueMicrotask(() => void enter(undefined));
    }
  };
}
