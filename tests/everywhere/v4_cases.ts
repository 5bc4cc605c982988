/** The newer facade. */
import { currentTag, fromPromise, PENDING, pending, ready, yieldNow } from "../../mod.ts";
import {
  Builder,
  CancelledError,
  Runnable,
  setPanicHook,
  spawn,
  spawnLocal,
  spawnWith,
  Task,
} from "../../lib/v4/mod.ts";
import { boom, context, macrotask, Probe, Queue, runNow, throwing } from "../helpers.ts";
import { equal, rejects, throws } from "./assert.ts";
import type { Cases } from "./cases.ts";

type Runnables = Runnable<unknown>;

export const cases: Cases = {
  "spawn() gives a runnable and a task": async () => {
    const queue = new Queue<Runnables>();
    for (const make of [spawn, spawnLocal]) {
      const [runnable, task] = make(() => 7, queue.schedule);
      runnable.schedule();
      equal(task.isFinished(), false);
      queue.run();
      equal(
        { isFinished: task.isFinished(), output: [await task, await task] },
        { isFinished: true, output: [7, 7] },
      );
    }
    equal(queue.schedules, 2);
  },

  "metadata is the tag, and can be set": async () => {
    const [runnable, task] = spawnWith(() => currentTag(), () => {}, "first");
    runnable.metadata += " changed";
    equal(
      { data: runnable.data, metadata: task.metadata },
      { data: "first changed", metadata: "first changed" },
    );
    runnable.run();
    equal(await task, "first changed");
  },

  "a builder's function receives the metadata": async () => {
    const queue = new Queue<Runnable<string>>();
    const [runnable, task] = new Builder().metadata("page").spawn(
      function* (name) {
        yield* yieldNow();
        return `${name} loaded`;
      },
      queue.schedule,
    );
    runnable.schedule();
    queue.run();
    equal({ output: await task, schedules: queue.schedules }, { output: "page loaded", schedules: 2 });
  },

  "cancel() resolves after the clean-up, and rejects who awaits": async () => {
    const [runnable, task] = spawn(
      function* () {
        try {
          yield* pending();
        } finally {
          yield* fromPromise(macrotask());
        }
      },
      runNow,
    );
    runnable.run();
    const error = rejects(task, CancelledError);
    equal(await task.cancel(), undefined);
    await error;
    const [later, late] = spawn(ready(1), () => {});
    later.run();
    equal(await late.cancel(), 1);
  },

  "fallible() is undefined where the task rejects": async () => {
    const [runnable, task] = spawn(pending(), () => {});
    const fallible = task.fallible();
    const cancelled = task.cancel("why");
    runnable.run();
    equal(
      { awaited: await fallible, cancelled: await cancelled },
      { awaited: undefined, cancelled: undefined },
    );
    equal(await task.then(null, (reason) => reason), "why");
  },

  "propagatePanic(true) carries a panic to who awaits": async () => {
    const [runnable, task] = new Builder().propagatePanic(true).spawn(throwing(boom), () => {});
    equal(runnable.run(), false);
    await rejects(task, Error, "boom");
    const [loud, quiet] = spawn(throwing(boom), () => {});
    throws(() => loud.run(), Error, "boom");
    await rejects(quiet, Error);
  },

  "the panic of a detached task goes to the panic hook": () => {
    const lost: unknown[] = [];
    const before = setPanicHook((error, _id, tag) => lost.push({ error, tag }));
    try {
      const [runnable, task] = new Builder().metadata("tag").propagatePanic(true).spawn(
        throwing(boom),
        () => {},
      );
      task.detach();
      runnable.run();
    } finally {
      setPanicHook(before);
    }
    equal(lost, [{ error: boom, tag: "tag" }]);
  },

  "dropping a runnable cancels its task": async () => {
    const future = new Probe();
    const [runnable, task] = spawn(future, () => {});
    runnable[Symbol.dispose]();
    equal({ polls: future.polls, drops: future.drops }, { polls: 0, drops: 1 });
    await rejects(task, CancelledError);
  },

  "dropping a task cancels it, and doesn't wait": () => {
    const queue = new Queue<Runnables>();
    const future = new Probe().closing((_cx, close) => close === 1 ? PENDING : undefined);
    const [runnable, task] = spawn(future, queue.schedule);
    runnable.run();
    equal(task[Symbol.dispose](), undefined);
    equal(
      { closes: future.closes, drops: future.drops, queued: queue.tasks.length },
      { closes: 0, drops: 0, queued: 1 },
    );
    queue.run();
    future.waker!.wake();
    queue.run();
    equal({ closes: future.closes, drops: future.drops }, { closes: 2, drops: 1 });
    throws(() => task.detach(), TypeError);
  },

  "[Symbol.asyncDispose]() of a task waits for the clean-up": {
    needs: "Symbol.dispose",
    test: async () => {
      const future = new Probe().closing((cx, close) => {
        if (close === 2) return;
        setTimeout(() => cx.waker.wake(), 1);
        return PENDING;
      });
      const [runnable, task] = spawn(future, runNow);
      runnable.run();
      await task[Symbol.asyncDispose]();
      equal({ closes: future.closes, drops: future.drops }, { closes: 2, drops: 1 });
    },
  },

  "raw handles stand for either side, once": async () => {
    const [runnable, task] = spawn(ready(3), () => {});
    const [rawRunnable, rawTask] = [runnable.intoRaw(), task.intoRaw()];
    throws(() => Task.fromRaw(rawRunnable), TypeError, "it is one of a Runnable");
    Runnable.fromRaw(rawRunnable).run();
    equal(await Task.fromRaw(rawTask), 3);
    throws(() => Task.fromRaw(rawTask), TypeError, "it was taken already");
  },

  "poll() gives the output once": () => {
    const [runnable, task] = spawn(ready(3), () => {});
    const cx = context();
    equal(task.poll(cx), PENDING);
    runnable.run();
    equal({ wakes: cx.waker.wakes, output: task.poll(cx) }, { wakes: 1, output: 3 });
    throws(() => task.poll(cx));
  },
};
