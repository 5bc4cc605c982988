/** Cancelling, dropping and clean-up; errors that nobody can see. */
import { fromPromise, PENDING, pending, ready, spawn } from "../../mod.ts";
import { boom, context, macrotask, Probe, Queue, runNow, throwing } from "../helpers.ts";
import { equal, throws } from "./assert.ts";
import type { Cases } from "./cases.ts";
import { reported } from "./reported.ts";

export const cases: Cases = {
  "cancel() brings a task that rests back to its executor, which lets go of the future": async () => {
    const queue = new Queue();
    const future = new Probe();
    const [task, handle] = spawn(future, queue.schedule, 1);
    task.run();
    handle.cancel("late");
    handle.cancel("later");
    equal(
      {
        schedules: queue.schedules,
        polls: future.polls,
        drops: future.drops,
        output: handle.poll(context()),
      },
      { schedules: 1, polls: 1, drops: 0, output: PENDING },
    );
    queue.run();
    equal({ polls: future.polls, drops: future.drops }, { polls: 1, drops: 1 });
    equal(await handle.outcome(), { status: "cancelled", reason: "late" });
  },

  "cancelling a task that has ended does nothing": async () => {
    const [task, handle] = spawn(ready(1), () => {}, 1);
    task.run();
    handle.cancel();
    equal(await handle, 1);
  },

  "who joins hears of the end after the clean-up": async () => {
    const queue = new Queue();
    const future = new Probe().closing((_cx, close) => close === 1 ? PENDING : undefined);
    const [task, handle] = spawn(future, queue.schedule, 1);
    task.run();
    handle.cancel();
    queue.run();
    const cx = context();
    equal(
      { output: handle.poll(cx), closes: future.closes, drops: future.drops },
      { output: PENDING, closes: 1, drops: 0 },
    );
    future.waker!.wake();
    queue.run();
    equal(
      { wakes: cx.waker.wakes, output: handle.poll(cx), closes: future.closes, drops: future.drops },
      { wakes: 1, output: undefined, closes: 2, drops: 1 },
    );
    equal((await handle.outcome()).status, "cancelled");
  },

  "dropping a task that was not run cancels it at once": async () => {
    const future = new Probe();
    const [task, handle] = spawn(future, () => {}, 1);
    task[Symbol.dispose]();
    equal({ polls: future.polls, drops: future.drops }, { polls: 0, drops: 1 });
    equal((await handle.outcome()).status, "cancelled");
    task[Symbol.dispose]();
  },

  "dropping a handle detaches the task": () => {
    const future = new Probe(() => 1);
    const [task, handle] = spawn(future, () => {}, 1);
    handle[Symbol.dispose]();
    throws(() => handle.cancel(), TypeError, "Cannot cancel");
    task.run();
    equal({ polls: future.polls, drops: future.drops }, { polls: 1, drops: 1 });
  },

  "what yield* waits for is let go of when its task is cancelled": async () => {
    const inner = new Probe();
    const [task, handle] = spawn(
      function* () {
        yield* [inner] as never as Generator<Probe<unknown>, void>;
        yield* pending();
      },
      runNow,
      1,
    );
    task.run();
    handle.cancel();
    equal({ output: await handle, polls: inner.polls }, { output: undefined, polls: 1 });
  },

  "what a dispose throws is reported": async () => {
    const future = { poll: () => 1, [Symbol.dispose]: throwing(boom) };
    const [task, handle] = spawn(future, () => {}, 1);
    const [error] = await reported(() => task.run()) as Error[];
    equal({ says: error.message, cause: error.cause }, {
      says: `Task ${task.id} (1) threw when its future was let go of: boom`,
      cause: boom,
    });
    equal(await handle, 1);
  },

  "two errors at once come as one SuppressedError": async () => {
    const [first, second] = [new Error("first"), new Error("second")];
    const future = { poll: throwing(first), [Symbol.dispose]: throwing(second) };
    const [task, handle] = spawn(future, () => {}, 1);
    const error = throws(() => task.run()) as SuppressedError;
    equal(
      { name: error.name, error: error.error, suppressed: error.suppressed },
      { name: "SuppressedError", error: second, suppressed: first },
    );
    equal(await handle.outcome(), { status: "panicked", error });
  },

  "a promise goes on to be its owner's when everybody has gone who waited": async () => {
    const errors = await reported(async () => {
      const late = macrotask().then(() => Promise.reject(boom));
      const [task, handle] = spawn(fromPromise(late), runNow, 1);
      task.run();
      handle.cancel();
      equal(await late.catch((error) => error), boom);
    });
    equal(errors, []);
  },

  "a rejected promise that a task was made of kills no program": async () => {
    const promise = Promise.reject(boom);
    const [task, handle] = spawn(promise, () => {}, 1);
    await macrotask();
    throws(() => task.run(), Error, "boom");
    equal((await handle.outcome()).status, "panicked");
  },
};
