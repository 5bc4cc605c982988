/**
 * Tagged tasks on an executor that is written in C: `executor.c` has the queue and the loop; `executor.rs` is the
 * same in Rust.
 *
 *     cc -shared -fPIC -o libexecutor.so examples/ffi/executor.c
 *     deno run --allow-ffi examples/ffi/executor.ts ./libexecutor.so
 */
import { currentTag, yieldNow } from "../../mod.ts";
import { ForeignExecutor, TaskTable } from "../../lib/ffi/mod.ts";

const { symbols } = Deno.dlopen(Deno.args[0], {
  async_task_load: { parameters: ["buffer"], result: "void" },
  executor_push: { parameters: ["u64"], result: "i32" },
  executor_run_batched: { parameters: ["u32"], result: "u32" },
  executor_clear: { parameters: [], result: "void" },
});

const table = new TaskTable();
symbols.async_task_load(table.pointers);

const executor = new ForeignExecutor(table, {
  push(task) {
    if (symbols.executor_push(task) !== 0) {
      throw new RangeError("Cannot queue a task: no memory left");
    }
  },
  run: (limit) => symbols.executor_run_batched(limit),
});

/** A poll at a time: between two steps, C runs whatever else is queued. */
function* count(to: number) {
  for (let i = 1; i <= to; i++) {
    console.log(`${currentTag()}: ${i} of ${to}`);
    yield* yieldNow();
  }
  return `${currentTag()} is done`;
}

const handles = [
  executor.spawn(count(3), "red"),
  executor.spawn(count(2), "blue"),
  executor.spawn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20)); // in nobody's queue until it is woken
    return `${currentTag()} has slept`;
  }, "green"),
  executor.spawn(() => {
    throw new Error("boom");
  }, "black"),
];

for (const handle of handles) {
  const outcome = await handle.outcome();
  if (outcome.status === "completed") console.log(outcome.value);
  if (outcome.status === "panicked") console.log(`${handle.tag} has panicked: ${outcome.error}`);
}

symbols.executor_clear();
symbols.async_task_load(null); // C has no functions any more
table.free();
