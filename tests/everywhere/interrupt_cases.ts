/** A cancellation interrupts the awaits in which a body rests, once. */
import { bounded, unbounded } from "../../lib/channel/mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { interval, sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import {
  type Awaitable,
  currentTask,
  fromPromise,
  type IntoFuture,
  PENDING,
  pending,
  pollFn,
  spawn,
  type TaskContext,
} from "../../mod.ts";
import { macrotask, runNow } from "../helpers.ts";
import { equal } from "./assert.ts";
import type { Cases } from "./cases.ts";
import { reported } from "./reported.ts";

/** Spawns a body, lets it come to rest, and cancels it; what the body has logged, when it has ended. */
async function cancelled(
  body: (log: unknown[], context: TaskContext<string>) => Promise<unknown>,
  before: () => unknown = () => {},
): Promise<unknown[]> {
  const log: unknown[] = [];
  const task = new LocalExecutor().spawn((context) => body(log, context), "tag");
  await macrotask();
  await before();
  await task.cancel("reason");
  log.push((await task.outcome()).status);
  return log;
}

/** What is thrown where one waits. */
async function thrown(wait: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return `not interrupted: ${await wait()}`;
  } catch (error) {
    return error;
  }
}

const never = (): Awaitable<never> => fromPromise(new Promise<never>(() => {}));

/** Waits that do not end by themselves. */
const waits: Record<string, () => PromiseLike<unknown>> = {
  "sleep()": () => sleep(60_000, { clock: new VirtualClock() }),
  "recv()": () => open.receiver.recv(),
  "recvTimeout()": () => open.receiver.recvTimeout(60_000, { clock: new VirtualClock() }),
  "pending()": () => pending(),
  "fromPromise()": never,
  "timeout()": () => timeout(pending(), 60_000, { clock: new VirtualClock() }),
  "tick() of an interval": () => interval(60_000, { clock: new VirtualClock() }).tick(),
  "next() of an interval": () => interval(60_000, { clock: new VirtualClock() }).next(),
  "next() of a channel": () => open.receiver.iter().next(),
  "a handle": () => forever(),
  "outcome() of a handle": () => forever().outcome(),
  "a JoinHandle": () => spawn(pending(), runNow, 1)[1],
  "close() of an executor": () => {
    const executor = new LocalExecutor();
    executor.spawn(pending());
    return executor.close();
  },
  "Promise.all()": () => Promise.all([pending(), never()]),
  "a function of fromPromise()": () =>
    fromPromise(() => pending().then((it) => it, (error) => Promise.reject(error))),
  "finally()": () => pending().finally(() => {}),
  "catch()": () => pending().catch((error) => Promise.reject(error)),
};

function forever() {
  return new LocalExecutor().spawn(pending());
}

/** A channel that stays open: its ends are kept. */
const open = (() => {
  const [sender, receiver] = unbounded<number>();
  return { sender, receiver };
})();

const everywhere: Cases = {
  "cancel() of a task that rests in an await throws the reason there": async () => {
    for (const [name, wait] of Object.entries(waits)) {
      const log = await cancelled(async (log) => log.push(await thrown(wait)));
      equal({ name, log }, { name, log: ["reason", "cancelled"] });
    }
  },

  "cancel() in the turn in which the await begins is the same": async () => {
    const log: unknown[] = [];
    const executor = new LocalExecutor({ pump: "manual" });
    const task = executor.spawn(async () => log.push(await thrown(() => pending())));
    executor.runUntilStalled();
    task.cancel("reason");
    executor.runUntilStalled();
    await macrotask();
    executor.runUntilStalled();
    equal({ log, isFinished: task.isFinished }, { log: ["reason"], isFinished: true });
  },

  "a body that was not begun is not begun": async () => {
    let calls = 0;
    const task = new LocalExecutor().spawn(() => Promise.resolve(calls++));
    await task.cancel();
    equal(calls, 0);
  },

  "Promise.all() and helpers under way are interrupted together": async () => {
    const log = await cancelled(async (log) => {
      const helper = async (name: string) => {
        const reason = await thrown(() => pending());
        log.push(`${name}: ${reason}`);
        throw reason;
      };
      log.push(await thrown(() => Promise.all([helper("a"), helper("b"), pending()])));
    });
    equal(log.sort(), ["a: reason", "b: reason", "cancelled", "reason"]);
  },

  "whoever only listens is not interrupted": async () => {
    const clock = new VirtualClock();
    const log = await cancelled(async (log) => {
      sleep(10, { clock }).then(() => log.push("heard"));
      log.push(await thrown(() => pending()));
      clock.advance(10);
      await macrotask();
    });
    equal(log, ["reason", "heard", "cancelled"]);
  },

  "then() with two callbacks is interrupted": async () => {
    const log = await cancelled(async (log) => {
      pending().then(() => log.push("heard"), (error) => log.push(`told: ${error}`));
      log.push(await thrown(() => pending()));
    });
    equal(log, ["told: reason", "reason", "cancelled"]);
  },

  "what one awaits in a listener of the signal is clean-up": async () => {
    const clock = new VirtualClock({ autoAdvance: true });
    const log = await cancelled(async (log, { signal }) => {
      signal.addEventListener("abort", async () => {
        log.push(`then: ${await thrown(() => sleep(10, { clock }).then((it) => it, (error) => error))}`);
        log.push(`await: ${await thrown(() => sleep(10, { clock }))}`);
      });
      log.push(await thrown(() => pending()));
      await sleep(30, { clock });
    });
    equal(log, [
      "reason",
      "then: not interrupted: undefined",
      "await: not interrupted: undefined",
      "cancelled",
    ]);
  },

  "a future that several wait for is let go of by the last": async () => {
    const clock = new VirtualClock();
    const shared = sleep(10, { clock });
    const executor = new LocalExecutor();
    const wait = async () => {
      await shared;
      return "done";
    };
    const tasks = [
      executor.spawn(wait),
      executor.spawn(wait),
      executor.spawn(() => shared.then(() => "done")),
    ];
    const generator = executor.spawn(function* () {
      yield* shared;
      return "done";
    });
    await macrotask();
    const sizes = [clock.size];
    for (const task of [tasks[0], generator]) {
      await task.cancel();
      sizes.push(clock.size);
    }
    clock.advance(10);
    equal({ sizes, outputs: [await tasks[1], await tasks[2]] }, {
      sizes: [1, 1, 1],
      outputs: ["done", "done"],
    });
    const last = sleep(10, { clock });
    const both = [1, 2].map(() =>
      executor.spawn(async () => {
        await last;
      })
    );
    await macrotask();
    await both[0].cancel();
    equal(clock.size, 1);
    await both[1].cancel();
    equal(clock.size, 0);
  },

  "a message is kept that came before, and the next one's if it comes after": async () => {
    for (const isFirst of [true, false]) {
      const [sender, receiver] = unbounded<string>();
      const log: unknown[] = [];
      const task = new LocalExecutor().spawn(async () => {
        try {
          log.push(await receiver.recv());
          await pending();
        } catch (error) {
          log.push(error);
        }
      });
      await macrotask();
      if (isFirst) sender.trySend("message");
      const end = task.cancel("reason").then();
      await macrotask();
      if (!isFirst) sender.trySend("message");
      await end;
      const left = [...receiver.tryIter()];
      const expected = isFirst
        ? { log: ["message", "reason"], left: [] }
        : { log: ["reason"], left: ["message"] };
      equal({ log, left }, expected);
    }
  },

  "a send that is interrupted has sent nothing": async () => {
    const [sender, receiver] = bounded<number>(1);
    sender.trySend(1);
    const log = await cancelled(async (log) => {
      log.push(await thrown(() => sender.send(2)));
    });
    equal({ log, left: [...receiver.tryIter()] }, { log: ["reason", "cancelled"], left: [1] });
  },

  "timeout() stops polling before it closes what it owns": async () => {
    const log: unknown[] = [];
    const clock = new VirtualClock();
    const work = pollFn(({ waker }) => {
      log.push("poll");
      work_waker = waker;
      return PENDING;
    }, {
      pollClose({ waker }) {
        log.push("close");
        if (log.length > 2) return;
        work_waker = waker;
        return PENDING;
      },
      dispose: () => log.push("dispose"),
    });
    let work_waker = { wake() {} };
    const task = new LocalExecutor().spawn(async () => {
      await timeout(work, 1000, { clock });
    });
    await macrotask();
    const end = task.cancel().then();
    await macrotask();
    clock.advance(1000);
    work_waker.wake();
    await end;
    equal({ log, size: clock.size }, { log: ["poll", "close", "close", "dispose"], size: 0 });
  },

  "for await is interrupted": async () => {
    const log = await cancelled(async (log) => {
      const loops = [
        (async () => {
          for await (const _ of open.receiver) log.push("message");
        })(),
        (async () => {
          for await (const _ of interval(60_000, { clock: new VirtualClock() })) log.push("tick");
        })(),
      ];
      log.push(...(await Promise.allSettled(loops)).map((it) => it.status === "rejected" && it.reason));
    });
    equal(log, ["reason", "reason", "cancelled"]);
  },

  "nobody is told of the reason but the body": async () => {
    const errors = await reported(async () => {
      const bodies: IntoFuture<unknown, undefined>[] = [
        async () => await pending(),
        () => Promise.any([pending(), pending()]),
        () => Promise.race([pending(), pending()]),
        async () => {
          try {
            await pending();
          } catch (error) {
            throw Object.assign(new Error("aborted", { cause: error }), { name: "AbortError" });
          }
        },
      ];
      const executor = new LocalExecutor();
      const tasks = bodies.map((body) => executor.spawn(body));
      await macrotask();
      for (const task of tasks) task.cancel(new Error("reason"));
      await macrotask();
      await Promise.all(tasks.map((task) => task.outcome()));
    });
    equal(errors, []);
  },
};

/** After a native await, a body is known to await only where there is an async context. */
const followed: Record<string, () => Promise<void>> = {
  "a body that rests in a native await, and has no signal, is interrupted at its next await": async () => {
    let go = () => {};
    const native = new Promise<void>((resolve) => go = resolve);
    const log: unknown[] = [];
    const task = new LocalExecutor().spawn(async () => {
      await native;
      log.push("goes on");
      log.push(await thrown(() => sleep(60_000)));
      log.push(await thrown(() => sleep(0)));
    });
    await macrotask();
    const end = task.cancel("reason").then();
    await macrotask();
    go();
    await end;
    equal(log, ["goes on", "reason", "not interrupted: undefined"]);
  },

  "a body that rests in a native await, and has asked for its signal, is not interrupted any more":
    async () => {
      const clock = new VirtualClock({ autoAdvance: true });
      for (
        const signalOf of [
          ({ signal }: TaskContext) => signal,
          () => currentTask()!.signal,
        ]
      ) {
        const log = await cancelled(async (log, context) => {
          const signal = signalOf(context);
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          log.push(await thrown(() => sleep(10, { clock })));
        });
        equal(log, ["not interrupted: undefined", "cancelled"]);
      }
    },

  "awaits after the reason was thrown are clean-up": async () => {
    const clock = new VirtualClock({ autoAdvance: true });
    const log = await cancelled(async (log) => {
      await null;
      try {
        await pending();
      } finally {
        log.push(await thrown(() => sleep(10, { clock })));
        log.push(await thrown(() => Promise.all([sleep(10, { clock })])));
        await macrotask();
        log.push(await thrown(() => sleep(10, { clock })));
      }
    });
    equal(log, [
      ...Array(3).fill(0).map((_, i) => `not interrupted: ${i === 1 ? "" : undefined}`),
      "cancelled",
    ]);
  },

  "what an await would begin that is interrupted before is let go of": async () => {
    let go = () => {};
    const native = new Promise<void>((resolve) => go = resolve);
    const executor = new LocalExecutor();
    const child = executor.spawn(pending(), "child");
    const [sender, receiver] = unbounded<number>();
    sender.trySend(1);
    const outer = executor.spawn(async () => {
      await native;
      await timeout(child, 60_000);
    });
    const taker = executor.spawn(async () => {
      await native;
      await receiver.recv();
    });
    await macrotask();
    const ends = [outer.cancel("reason").then(), taker.cancel("reason").then()];
    await macrotask();
    go();
    await Promise.all(ends);
    equal(
      { child: await child.outcome(), left: [...receiver.tryIter()] },
      { child: { status: "cancelled", reason: "reason" }, left: [1] },
    );
  },

  "a message that was received is not lost, though others are held back": async () => {
    const [sender, receiver] = unbounded<number>();
    const executor = new LocalExecutor();
    const got: number[] = [];
    const tasks = Array.from({ length: 2000 }, () =>
      executor.spawn(async () => {
        await null;
        got.push(await receiver.recv());
      }));
    await sleep(5);
    for (let n = 0; n < 2000; n++) sender.trySend(n);
    for (let i = 0; i < 4; i++) await null;
    await Promise.all(tasks.map((task) => task.cancel()));
    const all = [...got, ...receiver.tryIter()].sort((a, b) => a - b);
    equal({ count: all.length, isEach: all.every((n, i) => n === i) }, { count: 2000, isEach: true });
  },
};

export const cases: Cases = {
  ...everywhere,
  ...Object.fromEntries(
    Object.entries(followed).map(([name, test]) => [name, { needs: "AsyncLocalStorage" as const, test }]),
  ),
};
