/** Generators as bodies. */
import { currentTag, fromPromise, pending, ready, spawn, type TaskGenerator, yieldNow } from "../../mod.ts";
import { macrotask, Queue, runNow } from "../helpers.ts";
import { equal, throws } from "./assert.ts";
import type { Cases } from "./cases.ts";

export const cases: Cases = {
  "generators are stepped by the executor alone": async () => {
    const queue = new Queue();
    const log: string[] = [];
    function* count(to: number): TaskGenerator<number> {
      for (let i = 1; i <= to; i++) {
        log.push(`${currentTag()}${i}`);
        yield* yieldNow();
      }
      return to;
    }
    const handles = ["a", "b"].map((tag, index) => {
      const [task, handle] = spawn(count(index + 2), queue.schedule, tag);
      task.schedule();
      return handle;
    });
    await macrotask();
    equal(log, []);
    queue.run();
    equal(log, ["a1", "b1", "a2", "b2", "b3"]);
    equal(await Promise.all(handles), [2, 3]);
  },

  "a generator function receives the context of its task": async () => {
    const [task, handle] = spawn(
      function* ({ tag, signal }) {
        return `${tag} ${yield* ready(1)} ${signal.aborted}`;
      },
      () => {},
      "t",
    );
    task.run();
    equal(await handle, "t 1 false");
  },

  "what is waited for throws into the generator": async () => {
    const log: unknown[] = [];
    const [task, handle] = spawn(
      function* () {
        try {
          yield* fromPromise(Promise.reject(new Error("no")));
        } catch (error) {
          log.push((error as Error).message);
        }
        return yield* fromPromise(Promise.resolve("yes"));
      },
      runNow,
      1,
    );
    task.run();
    equal({ output: await handle, log }, { output: "yes", log: ["no"] });
  },

  "a generator that throws panics": async () => {
    const [task, handle] = spawn(
      function* (): TaskGenerator<void> {
        yield* yieldNow();
        throw new Error("boom");
      },
      () => {},
      1,
    );
    equal(task.run(), true);
    const error = throws(() => task.run(), Error, "boom");
    equal(await handle.outcome(), { status: "panicked", error });
  },

  "yielding what is no future is an error": () => {
    const [task] = spawn(
      function* () {
        yield 5 as never;
      },
      () => {},
      1,
    );
    throws(() => task.run(), TypeError, "Cannot wait for 5: it is not a future");
  },

  "a cancelled generator runs its finally blocks, which may wait": async () => {
    const queue = new Queue();
    const log: string[] = [];
    const [task, handle] = spawn(
      function* () {
        try {
          yield* pending();
        } finally {
          log.push("closing");
          yield* fromPromise(macrotask());
          log.push("closed");
        }
      },
      (task) => void queueMicrotask(() => task.run()),
      1,
    );
    task.run();
    handle.cancel("late");
    queue.run();
    const outcome = await handle.outcome();
    equal({ outcome, log }, { outcome: { status: "cancelled", reason: "late" }, log: ["closing", "closed"] });
  },

  "a generator that was never started is not started in order to be cancelled": async () => {
    let isStarted = false;
    const [task, handle] = spawn(
      function* () {
        isStarted = true;
        yield* pending();
      },
      () => {},
      1,
    );
    handle.cancel();
    task.run();
    equal({ output: await handle, isStarted }, { output: undefined, isStarted: false });
  },
};
