/** Async functions and promises as bodies; who they are across their awaits. */
import { currentTag, currentTask, spawn, TaskLocal } from "../../mod.ts";
import { boom, heeds, macrotask, runNow } from "../helpers.ts";
import { equal, rejects } from "./assert.ts";
import { abilities, type Cases } from "./cases.ts";

/** Spawns and runs. */
function start<R, T>(body: (cx: { tag: T; signal: AbortSignal }) => R | PromiseLike<R>, tag: T) {
  const [task, handle] = spawn<R, T>(body, runNow, tag);
  task.run();
  return handle;
}

export const cases: Cases = {
  "an async function is called in the first run": async () => {
    let calls = 0;
    const [task, handle] = spawn(
      async ({ tag }) => {
        calls++;
        await macrotask();
        return `page ${tag}`;
      },
      runNow,
      7,
    );
    await macrotask();
    equal(calls, 0);
    task.run();
    equal(calls, 1);
    equal({ output: await handle, calls }, { output: "page 7", calls: 1 });
  },

  "promises, thenables, functions and values are bodies": async () => {
    const thenable = { then: (resolve: (value: string) => void) => resolve("thenable") };
    const bodies = [
      Promise.resolve("promise"),
      thenable as unknown as PromiseLike<string>,
      () => "value",
      () => Promise.resolve("promise of a function"),
    ];
    const outputs = [];
    for (const body of bodies) {
      const [task, handle] = spawn<string, string>(body, runNow, "t");
      task.run();
      outputs.push(await handle);
    }
    equal(outputs, ["promise", "thenable", "value", "promise of a function"]);
  },

  "an async function that rejects panics": async () => {
    let seen: unknown;
    const [task, handle] = spawn(
      async () => {
        await null;
        throw boom;
      },
      (task) => {
        try {
          task.run();
        } catch (error) {
          seen = error;
        }
      },
      1,
    );
    task.run();
    equal(
      { outcome: await handle.outcome(), seen },
      { outcome: { status: "panicked", error: boom }, seen: boom },
    );
  },

  "cancelling aborts the signal, and waits for the end of the function": async () => {
    let isClean = false;
    const handle = start(async ({ signal }) => {
      try {
        await heeds(signal);
      } finally {
        await macrotask();
        isClean = true;
      }
    }, "t");
    handle.cancel("late");
    equal(
      { outcome: await handle.outcome(), isClean },
      { outcome: { status: "cancelled", reason: "late" }, isClean: true },
    );
  },

  "an async function that heeds its signal is cancelled, whichever API it aborts": async () => {
    const controller = new AbortController();
    const reason = new DOMException("late", "TimeoutError");
    controller.abort(reason);
    equal(await rejects(Promise.reject(controller.signal.reason), DOMException), reason);
    const handle = start(async ({ signal }) => {
      while (true) {
        signal.throwIfAborted();
        await macrotask();
      }
    }, "t");
    handle.cancel(reason);
    equal(await handle.outcome(), { status: "cancelled", reason });
  },

  "an error after a cancellation is a panic": async () => {
    const [task, handle] = spawn(
      async () => {
        await macrotask();
        throw boom;
      },
      (task) => {
        try {
          task.run();
        } catch {
          // it is in the outcome
        }
      },
      1,
    );
    task.run();
    handle.cancel();
    equal(await handle.outcome(), { status: "panicked", error: boom });
  },

  "up to its first await, an async function is followed everywhere": async () => {
    const local = new TaskLocal<string>({ defaultValue: "default" });
    // deno-lint-ignore require-await
    const handle = start(async ({ tag }) => {
      local.set("mine");
      return {
        tag,
        current: currentTag(),
        taskTag: currentTask()?.tag,
        local: local.get(),
        inner: local.run("inner", () => local.get()),
      };
    }, "t");
    equal(await handle, { tag: "t", current: "t", taskTag: "t", local: "mine", inner: "inner" });
    equal(
      { tag: currentTag(), task: currentTask(), local: local.get() },
      { tag: undefined, task: undefined, local: "default" },
    );
  },

  "across awaits it has its context; the running task where it can be followed": async () => {
    const handle = start(async ({ tag }) => {
      await null;
      await macrotask();
      return { tag, current: currentTag() };
    }, "t");
    equal(await handle, { tag: "t", current: abilities.AsyncLocalStorage ? "t" : undefined });
  },

  "tags are kept apart across awaits": {
    needs: "AsyncLocalStorage",
    test: async () => {
      const handles = Array.from({ length: 100 }, (_, tag) =>
        start(async () => {
          const seen = new Set();
          for (let i = 0; i < 5; i++) {
            await (i % 2 === 0 ? null : macrotask());
            seen.add(currentTag());
          }
          return [...seen];
        }, tag));
      equal(await Promise.all(handles), handles.map((_, tag) => [tag]));
    },
  },

  "tags are found in timers, microtasks and thenables": {
    needs: "AsyncLocalStorage",
    test: async () => {
      const handle = start(async () => {
        const seen: unknown[] = [];
        await new Promise<void>((resolve) => setTimeout(() => resolve(void seen.push(currentTag())), 1));
        await new Promise<void>((resolve) => queueMicrotask(() => resolve(void seen.push(currentTag()))));
        await Promise.resolve().then(() => seen.push(currentTag()));
        await { then: (resolve: (value: void) => void) => resolve(void seen.push(currentTag())) };
        return seen;
      }, "t");
      equal(await handle, ["t", "t", "t", "t"]);
    },
  },

  "an async function that is awaited inside of another is the same task": {
    needs: "AsyncLocalStorage",
    test: async () => {
      async function inner(): Promise<unknown> {
        await macrotask();
        return currentTag();
      }
      equal(await start(async () => [await inner(), await inner()], "outer"), ["outer", "outer"]);
      equal(await inner(), undefined);
    },
  },
};
