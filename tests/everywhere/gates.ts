/** Everything that a body can wait for, as a gate: somebody waits at it, and somebody else opens it. */
import { bounded, Selector, unbounded } from "../../lib/channel/mod.ts";
import { limit, LocalExecutor } from "../../lib/executor/mod.ts";
import { all, any, race, Scope, select } from "../../lib/scope/mod.ts";
import { interval, sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { Builder } from "../../lib/v4/mod.ts";
import {
  Awaitable,
  type Context,
  fromPromise,
  type Future,
  PENDING,
  type Poll,
  pollFn,
  spawn,
  uncancellable,
  type Waker,
  yieldNow,
} from "../../mod.ts";
import type { Looks } from "./looks.ts";

/** The future `wait()` is ready when somebody has called `open()`. */
export interface Gate {
  wait(): Awaitable<unknown>;
  open(): void;
}

/** Opens a future: any that is polled meanwhile is woken. */
class Latch {
  #isOpen = false;
  readonly #wakers: Waker[] = [];

  readonly open = (): void => {
    this.#isOpen = true;
    for (const waker of this.#wakers.splice(0)) waker.wake();
  };

  /** A future for whoever waits. */
  future(): Awaitable<string> {
    return pollFn(({ waker }) => {
      if (this.#isOpen) return "open";
      this.#wakers.push(waker);
      return PENDING;
    });
  }
}

/** A future of a class of the user's own. */
class Own extends Awaitable<unknown> {
  readonly #inner: Awaitable<unknown>;

  constructor(inner: Awaitable<unknown>) {
    super();
    this.#inner = inner;
  }

  override poll(cx: Context): Poll<unknown> {
    return this.#inner.poll(cx);
  }

  pollClose(cx: Context): Poll<unknown> {
    return (this.#inner as Future<unknown>).pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    (this.#inner as Future<unknown>)[Symbol.dispose]?.();
  }
}

function latched(prepare: (latch: Latch, looks: Looks) => () => Awaitable<unknown>): (looks: Looks) => Gate {
  return (looks) => {
    const latch = new Latch();
    return { wait: prepare(latch, looks), open: latch.open };
  };
}

/** A task of somebody else's that is at work until the gate is open. */
function neighbour(latch: Latch) {
  return new LocalExecutor().spawn(latch.future());
}

/** By name. They are made by others; what `wait` is made of belongs to whoever waits. */
export const gates: Record<string, (looks: Looks) => Gate> = {
  "sleep()": () => {
    const clock = new VirtualClock();
    return { wait: () => sleep(10, { clock }), open: () => void clock.advance(10) };
  },
  "a tick of interval()": () => {
    const clock = new VirtualClock();
    const ticks = interval(10, { clock });
    return { wait: () => ticks.tick(), open: () => void clock.advance(10) };
  },
  "recv()": () => {
    const [sender, receiver] = unbounded<string>();
    return { wait: () => receiver.recv(), open: () => void sender.trySend("open") };
  },
  "recvTimeout()": () => {
    const [sender, receiver] = unbounded<string>();
    const clock = new VirtualClock();
    return { wait: () => receiver.recvTimeout(1000, { clock }), open: () => void sender.trySend("open") };
  },
  "send()": () => {
    const [sender, receiver] = bounded<string>(1);
    sender.trySend("first");
    return { wait: () => sender.send("second"), open: () => void receiver.tryRecv() };
  },
  "a Selector": (looks) => {
    const [sender, receiver] = unbounded<string>();
    const look = () => looks.inTask("the function of a selector");
    return {
      wait: () => new Selector().recv(receiver, look).wait(),
      open: () => void sender.trySend("open"),
    };
  },
  "a handle of an executor": latched((latch) => {
    const task = neighbour(latch);
    return () => task;
  }),
  "outcome()": latched((latch) => {
    const task = neighbour(latch);
    return () => task.outcome();
  }),
  "cancel()": latched((latch) => {
    const isClean = latch.future();
    const task = new LocalExecutor().spawn(pollFn(() => PENDING, { pollClose: (cx) => isClean.poll(cx) }));
    return () => task.cancel();
  }),
  "a JoinHandle": latched((latch) => {
    const [task, handle] = spawn(latch.future(), (task) => void task.run(), "neighbour");
    task.run();
    return () => handle;
  }),
  "a Task of ./v4": latched((latch) => {
    const [runnable, task] = new Builder().spawn(latch.future(), (runnable) => void runnable.run());
    runnable.run();
    return () => task;
  }),
  "fromPromise() of a promise": latched((latch) => {
    const promise = Promise.resolve(latch.future());
    return () => fromPromise(promise);
  }),
  "fromPromise() of a function": latched((latch, looks) => () =>
    fromPromise(({ signal }) => call("fromPromise", latch, looks, signal))
  ),
  "uncancellable() of a function": latched((latch, looks) => () =>
    uncancellable(() => call("uncancellable", latch, looks))
  ),
  "uncancellable() of a generator": latched((latch, looks) => () =>
    uncancellable(steps(latch, looks, "uncancellable"))
  ),
  "timeout()": latched((latch, looks) => {
    const clock = new VirtualClock();
    return () => timeout(looking(latch, looks, "timeout"), 1000, { clock });
  }),
  "all()": latched((latch, looks) => () => all([steps(latch, looks, "all"), looking(latch, looks, "all")])),
  "race()": latched((latch, looks) => () => race([steps(latch, looks, "race")])),
  "any()": latched((latch, looks) => () => any([steps(latch, looks, "any")])),
  "select()": latched((latch, looks) => () => select({ a: steps(latch, looks, "select") })),
  "pollFn()": latched((latch, looks) => () => looking(latch, looks, "pollFn")),
  "a future of one's own": latched((latch, looks) => () => new Own(looking(latch, looks, "one's own"))),
  "onIdle() of a limiter": latched((latch) => {
    const limiter = limit(new LocalExecutor(), 1);
    limiter.spawn(latch.future());
    return () => limiter.onIdle();
  }),
  "until() of a limiter": latched((latch, looks) => {
    const limiter = limit(new LocalExecutor(), 1);
    limiter.spawn(latch.future());
    return () =>
      limiter.until(({ active }) => {
        looks.at("the condition of a limiter");
        return active === 0;
      });
  }),
  "join() of a scope": latched((latch) => {
    const scope = new Scope(new LocalExecutor());
    scope.spawn(latch.future());
    return () => scope.join();
  }),
  "Scope.run()": latched((latch, looks) => {
    const executor = new LocalExecutor();
    return () => Scope.run(executor, () => call("Scope.run", latch, looks));
  }),
  "Scope.run() of a generator": latched((latch, looks) => {
    const executor = new LocalExecutor();
    return () => Scope.run(executor, () => steps(latch, looks, "Scope.run"));
  }),
  "tick() of an executor": () => {
    const executor = new LocalExecutor({ pump: "manual" });
    return { wait: () => executor.tick(), open: () => void executor.spawn(() => {}) };
  },
};

/** What a wait calls, and owns. */
async function call(name: string, latch: Latch, looks: Looks, signal?: AbortSignal): Promise<void> {
  looks.inTask(`the function of ${name}()`);
  signal?.addEventListener("abort", () => looks.inTask(`a listener in ${name}()`));
  try {
    await latch.future();
    looks.inTask(`an await in ${name}()`);
  } finally {
    looks.inTask(`finally in ${name}()`);
    await null;
    looks.inTask(`an await in finally in ${name}()`);
  }
}

function* steps(latch: Latch, looks: Looks, name: string) {
  looks.inTask(`the first step of a generator in ${name}()`);
  try {
    yield* latch.future();
    looks.inTask(`the last step of a generator in ${name}()`);
  } finally {
    looks.inTask(`finally of a generator in ${name}()`);
    yield* yieldNow();
    looks.inTask(`a yield* in finally of a generator in ${name}()`);
  }
}

/** A future that looks whenever it is called. Its clean-up takes two steps, the second in a turn of somebody else's. */
function looking(latch: Latch, looks: Looks, name: string): Awaitable<unknown> {
  const inner = latch.future();
  let closes = 0;
  return pollFn((cx) => {
    looks.inTask(`a poll in ${name}()`);
    return inner.poll(cx);
  }, {
    pollClose(cx) {
      looks.inTask(`pollClose in ${name}()`);
      if (++closes === 2) return;
      setTimeout(() => cx.waker.wake(), 0);
      return PENDING;
    },
    dispose: () => looks.inTask(`dispose in ${name}()`),
  });
}
