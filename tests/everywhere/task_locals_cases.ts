/** Values of which every task has its own. */
import { pollFn, spawn, type TaskGenerator, TaskLocal, yieldNow } from "../../mod.ts";
import { macrotask, Queue, runNow } from "../helpers.ts";
import { equal, throws } from "./assert.ts";
import type { Cases } from "./cases.ts";

export const cases: Cases = {
  "every generator task has its own value": async () => {
    const local = new TaskLocal({ name: "depth", defaultValue: 0 });
    const queue = new Queue();
    function* body(value: number): TaskGenerator<number | undefined> {
      local.set(value);
      yield* yieldNow();
      local.set(local.get()! * 10);
      yield* yieldNow();
      return local.get();
    }
    const handles = [1, 2, 3].map((value) => {
      const [task, handle] = spawn(body(value), queue.schedule, value);
      task.schedule();
      return handle;
    });
    queue.run();
    equal(
      { outputs: await Promise.all(handles), outside: local.get() },
      { outputs: [10, 20, 30], outside: 0 },
    );
  },

  "child tasks inherit, unless the variable says no": async () => {
    const inherited = new TaskLocal<string>({ defaultValue: "none" });
    const own = new TaskLocal<string>({ defaultValue: "none", inherit: false });
    const [task, handle] = spawn(
      () => {
        inherited.set("parent's");
        own.set("parent's");
        const [child, childHandle] = spawn(
          () => {
            const seen = { inherited: inherited.get(), own: own.get() };
            inherited.set("child's");
            return seen;
          },
          runNow,
          "child",
        );
        child.run();
        return childHandle;
      },
      runNow,
      "parent",
    );
    task.run();
    equal(await (await handle), { inherited: "parent's", own: "none" });
  },

  "run() gives a value to one call, inside and outside of tasks": async () => {
    const local = new TaskLocal<number>();
    const other = new TaskLocal<number>({ defaultValue: -1 });
    equal(local.run(1, (by: number) => other.run(2, () => local.get()! + other.get()! + by), 10), 13);
    throws(() => local.run(1, () => throws(() => other.set(1)) && void local.get()!.toFixed(-1)), RangeError);
    equal({ local: local.get(), other: other.get() }, { local: undefined, other: -1 });
    const [task, handle] = spawn(
      pollFn(() => ({ inside: local.run(1, () => (local.set(2), local.get())), outside: local.get() })),
      runNow,
      1,
    );
    task.run();
    equal(await handle, { inside: 2, outside: undefined });
  },

  "set() outside of tasks is an error that names the variable": () => {
    const local = new TaskLocal<number>({ name: "user" });
    throws(() => local.set(1), TypeError, `Cannot set task-local "user": no task is running`);
  },

  "values follow async functions across their awaits": {
    needs: "AsyncLocalStorage",
    test: async () => {
      const local = new TaskLocal<string>({ defaultValue: "default" });
      const [task, handle] = spawn(
        async () => {
          local.set("mine");
          await macrotask();
          const inner = local.run("inner", async () => {
            await macrotask();
            return local.get();
          });
          const before = local.get();
          return { before, inner: await inner, after: local.get() };
        },
        runNow,
        "t",
      );
      task.run();
      equal(
        { output: await handle, outside: local.get() },
        { output: { before: "mine", inner: "inner", after: "mine" }, outside: "default" },
      );
    },
  },

  "run() outside of tasks follows an async function": {
    needs: "AsyncLocalStorage",
    test: async () => {
      const local = new TaskLocal<number>({ defaultValue: 0 });
      const late = async () => {
        await macrotask();
        return local.get();
      };
      equal(await Promise.all([local.run(1, late), local.run(2, late), late()]), [1, 2, 0]);
    },
  },
};
