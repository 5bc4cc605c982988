/** Values of which every task has its own. */
import { pollFn, spawn, type Task, type TaskGenerator, TaskLocal, yieldNow } from "../../mod.ts";
import { macrotask, Queue } from "../helpers.ts";
import { equal, throws } from "./assert.ts";
import type { Cases } from "./cases.ts";

const run = (task: Task<unknown>): void => void task.run();

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
    equal([await Promise.all(handles), local.get()], [[10, 20, 30], 0]);
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
            const seen = [inherited.get(), own.get()];
            inherited.set("child's");
            return seen;
          },
          run,
          "child",
        );
        child.run();
        return childHandle;
      },
      run,
      "parent",
    );
    task.run();
    equal(await (await handle), ["parent's", "none"]);
  },

  "run() gives a value to one call, inside and outside of tasks": async () => {
    const local = new TaskLocal<number>();
    const other = new TaskLocal<number>({ defaultValue: -1 });
    equal(local.run(1, (by: number) => other.run(2, () => local.get()! + other.get()! + by), 10), 13);
    throws(() => local.run(1, () => throws(() => other.set(1)) && void local.get()!.toFixed(-1)), RangeError);
    equal([local.get(), other.get()], [undefined, -1]);
    const [task, handle] = spawn(
      pollFn(() => [local.run(1, () => (local.set(2), local.get())), local.get()]),
      run,
      1,
    );
    task.run();
    equal(await handle, [2, undefined]);
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
          return [before, await inner, local.get()];
        },
        run,
        "t",
      );
      task.run();
      equal([await handle, local.get()], [["mine", "inner", "mine"], "default"]);
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
