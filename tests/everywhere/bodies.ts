/** Every kind of body, looking about wherever it comes by: it passes one gate, and one more in its clean-up. */
import { type Awaitable, type Context, fromPromise, type IntoFuture, type TaskContext } from "../../mod.ts";
import type { Gate } from "./gates.ts";
import type { Looks } from "./looks.ts";
import { macrotask } from "../helpers.ts";

/** What a body is given. */
export interface Work {
  looks: Looks;
  /** A new gate, which is opened some time. */
  gate(): Gate;
  /** One that is opened after the task was cancelled; `undefined` if it is not cancelled. */
  last: Gate | undefined;
}

type Body = (work: Work) => IntoFuture<unknown, unknown>;

async function helper(looks: Looks): Promise<void> {
  looks.inTask("a helper");
  await null;
  looks.inTask("a helper after an await");
  await macrotask();
  looks.inTask("a helper after a timer");
}

async function steps({ looks, gate, last }: Work): Promise<void> {
  looks.inTask("the first poll");
  try {
    await null;
    looks.inTask("after a native await");
    await helper(looks);
    looks.inTask("after a helper");
    await gate().wait();
    looks.inTask("after an await");
    queueMicrotask(() => looks.inTask("a microtask"));
    await new Promise<void>((resolve) => setTimeout(() => resolve(looks.inTask("a timer")), 0));
    if (last !== undefined) await Promise.all([last.wait(), never()]);
  } catch (error) {
    looks.inTask("catch");
    throw error;
  } finally {
    looks.inTask("finally");
    await gate().wait();
    looks.inTask("after an await in finally");
  }
}

/** Never ready. */
function never() {
  return fromPromise(new Promise<void>(() => {}));
}

function* stepped({ looks, gate, last }: Work) {
  looks.inTask("the first step");
  try {
    yield* gate().wait();
    looks.inTask("after a yield*");
    yield* fromPromise(() => helper(looks));
    looks.inTask("after a helper");
    queueMicrotask(() => looks.at("a microtask"));
    if (last !== undefined) yield* last.wait();
  } finally {
    looks.inTask("finally");
    yield* gate().wait();
    looks.inTask("after a yield* in finally");
  }
}

/** A future of one's own, which polls the gates' futures. */
function polled({ looks, gate, last }: Work) {
  let waits: Awaitable<unknown> | undefined;
  let closes: Awaitable<unknown> | undefined;
  return {
    poll(cx: Context) {
      looks.inTask("a poll");
      return (waits ??= (last ?? gate()).wait()).poll(cx);
    },
    pollClose(cx: Context) {
      looks.inTask("pollClose");
      return (closes ??= gate().wait()).poll(cx);
    },
    [Symbol.dispose](): void {
      looks.inTask("dispose");
    },
  };
}

/** Listens to its signal first. */
function listening(looks: Looks, { signal }: TaskContext<unknown>): void {
  signal.addEventListener("abort", () => looks.inTask("a listener of the signal"));
}

/** By name. */
export const bodies: Record<string, Body> = {
  "an async function": (work) => () => steps(work),
  "an async function with a signal": (work) => async (context) => {
    listening(work.looks, context);
    await steps(work);
  },
  "a function that returns a promise": (work) => () =>
    Promise.resolve().then(() => work.looks.inTask("a callback")).then(() => steps(work)),
  "a generator": (work) => stepped(work),
  "a generator function": (work) =>
    function* (context) {
      listening(work.looks, context);
      yield* stepped(work);
    },
  "a function that returns a generator": (work) => () => stepped(work),
  "a future": (work) => polled(work),
  "a function that returns a future": (work) => () => polled(work),
};
