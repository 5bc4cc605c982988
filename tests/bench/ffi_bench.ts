/**
 * Calls from C beside bare callbacks, and an executor in C: `deno task bench ffi`. Needs a C compiler.
 *
 * What is left of the difference: a guarded function counts its callers, catches, and checks the type of what is
 * returned (the prototype, for a pointer). Of a task that C runs one by one, the call from C is a half, and the task
 * itself, which costs the same without C, a third; the rest is the guard, the handle that is made and looked up, and
 * the call to C that queues it. A batch shares the call from C.
 */
import { cFunction, type CParameter, type CResult, ForeignExecutor } from "../../lib/ffi/mod.ts";
import { FunctionTable, TaskTable } from "../../lib/ffi/mod.ts";
import { macrotask } from "../../lib/internal/macrotask.ts";
import { type Context, type Future, PENDING, type Poll, spawn, type Task } from "../../mod.ts";
import { withLibrary } from "../ffi/compile.ts";
import { type Case, group } from "./harness.ts";

/** Calls of a function. */
const CALLS = 100_000;
const TASKS = 20_000;
/** How many tasks are under way at a time. */
const BATCH = 1_000;
/** How often each of so many tasks is run again. */
const AGAIN = 100;

const SOURCE = `
#include "executor.c"

void call_void(void (*f)(void), uint32_t count);
void call_void(void (*f)(void), uint32_t count) {
  while (count-- > 0) f();
}

void call_i32(int32_t (*f)(int32_t), uint32_t count);
void call_i32(int32_t (*f)(int32_t), uint32_t count) {
  for (int32_t x = 0; count-- > 0;) x = f(x);
}

void call_pointer(void *(*f)(void *), uint32_t count);
void call_pointer(void *(*f)(void *), uint32_t count) {
  for (void *pointer = &queue; count-- > 0;) pointer = f(pointer);
}

void call_u64(int32_t (*f)(uint64_t), uint32_t count);
void call_u64(int32_t (*f)(uint64_t), uint32_t count) {
  while (count-- > 0) f(((uint64_t)1 << 52) + count);
}
`;

const caller = { parameters: ["pointer", "u32"], result: "void" } as const;
const SYMBOLS = {
  call_void: caller,
  call_i32: caller,
  call_pointer: caller,
  call_u64: caller,
  async_task_load: { parameters: ["buffer"], result: "void" },
  executor_push: { parameters: ["u64"], result: "i32" },
  executor_run: { parameters: ["u32"], result: "u32" },
  executor_run_batched: { parameters: ["u32"], result: "u32" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** What C calls in a loop: the same function, bare and guarded. */
interface Pair {
  title: string;
  call: (fn: Deno.PointerValue, count: number) => void;
  parameters: readonly CParameter[];
  result: CResult;
  fallback: unknown;
  body: (...args: never[]) => unknown;
}

function casesOf({ call, parameters, result, fallback, body }: Pair): Case[] {
  const definition = { parameters: parameters as Deno.NativeType[], result };
  const bare = new Deno.UnsafeCallback(definition, body as never);
  const table = new FunctionTable("bench", {
    f: cFunction(parameters, result, fallback as never, body as never),
  });
  const guarded = Deno.UnsafePointer.create(table.pointers[0]);
  return [
    { name: "Deno.UnsafeCallback", run: (count) => call(bare.pointer as Deno.PointerValue, count) },
    { name: "cFunction", run: (count) => call(guarded, count), goal: 2 },
  ];
}

async function functions(c: Library): Promise<void> {
  const void_ = { title: "void f(void)", parameters: [], result: "void", fallback: undefined } as const;
  const i32 = { title: "int32_t f(int32_t)", parameters: ["i32"], result: "i32", fallback: -1 } as const;
  const pointer = { title: "void *f(void *)", parameters: ["pointer"], result: "pointer" } as const;
  const groups = [
    { ...void_, call: c.call_void, body: () => {} },
    { ...i32, call: c.call_i32, body: (x: number) => x + 1 },
    { ...pointer, fallback: null, call: c.call_pointer, body: (x: Deno.PointerValue) => x },
  ].map((pair) => ({ title: pair.title, cases: casesOf(pair) }));
  // All of them first: in a program with one function alone, an engine would make the guard part of it.
  for (const { cases } of groups) for (const { run } of cases) run(CALLS);
  for (const { title, cases } of groups) await group(title, CALLS, cases);
}

class Ready implements Future<number> {
  poll(_cx: Context): Poll<number> {
    return 1;
  }
}

/** Is run again some times. */
class Restless implements Future<number> {
  left = AGAIN - 1;

  poll(cx: Context): Poll<number> {
    if (this.left-- === 0) return 1;
    cx.waker.wake();
    return PENDING;
  }
}

/** Spawns tasks in batches, and waits until C has run them. */
const onC = (
  c: Library,
  table: TaskTable,
  run: "executor_run" | "executor_run_batched",
  make: () => Future<number>,
) => {
  const executor = new ForeignExecutor(table, {
    push: (task) => void c.executor_push(task),
    run: (limit) => c[run](limit),
  });
  return async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += BATCH) {
      for (let i = 0; i < BATCH; i++) executor.spawn(make());
      while (table.size > 0) await new Promise<void>(macrotask);
    }
  };
};

function inJavaScript(count: number): void {
  const queue: Task<undefined>[] = [];
  const schedule = (task: Task<undefined>) => queue.push(task);
  for (let done = 0; done < count; done += BATCH) {
    for (let i = 0; i < BATCH; i++) spawn(new Ready(), schedule)[0].schedule();
    for (const task of queue.splice(0)) task.run();
  }
}

async function executors(c: Library): Promise<void> {
  const table = new TaskTable();
  c.async_task_load(table.pointers);
  const [bare] = casesOf({
    title: "int32_t f(uint64_t)",
    call: c.call_u64,
    parameters: ["u64"],
    result: "i32",
    fallback: -1,
    body: (handle: bigint) => Number(handle) & 1,
  });
  const ready = () => new Ready();
  const restless = () => new Restless();
  await group("a task in C: spawn, push, pop and run", TASKS, [
    bare,
    { name: "executor_run", run: onC(c, table, "executor_run", ready), goal: 2 },
    { name: "executor_run_batched", run: onC(c, table, "executor_run_batched", ready), goal: 2 },
    { name: "without C: a queue in JavaScript", run: inJavaScript },
  ]);
  const again = (run: "executor_run" | "executor_run_batched") => {
    const start = onC(c, table, run, restless);
    return (count: number) => start(count / AGAIN);
  };
  await group("a task in C that is woken while it runs: push, pop and run", BATCH * AGAIN, [
    bare,
    { name: "executor_run", run: again("executor_run"), goal: 2 },
    { name: "executor_run_batched", run: again("executor_run_batched"), goal: 2 },
  ]);
}

await withLibrary({ source: SOURCE, symbols: SYMBOLS }, async (c) => {
  await functions(c);
  await executors(c);
});
