/** The root face beside native async functions and other libraries; `deno task bench` runs it. */
import { Effect } from "effect";
import { run as runOperation } from "effection";
import fastq from "fastq";
import pLimit from "p-limit";
import {
  type Context,
  currentTag,
  type Future,
  type JoinHandle,
  type Poll,
  spawn,
  type Task,
  yieldNow,
} from "../../mod.ts";
import { group, median, verdict } from "./harness.ts";

const COUNT = 10_000;

/** An executor: a ring that never grows, and a loop. */
const ring: Task<unknown>[] = new Array(1 << 20);
let head = 0;
let tail = 0;
const schedule = (task: Task<unknown>): void => {
  ring[tail++ & 0xfffff] = task;
};
function drain(): void {
  while (head !== tail) ring[head++ & 0xfffff].run();
}

class Ready implements Future<number> {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  poll(_cx: Context): Poll<number> {
    return this.value;
  }
}

async function native(): Promise<number> {
  return 1;
}
async function nativeAwaiting(): Promise<number> {
  await null;
  return 1;
}
function* generator(): Generator<never, number, unknown> {
  return 1;
}
async function readsTag(): Promise<unknown> {
  await null;
  return currentTag();
}

let sink: unknown;

function pollTasks(count: number): void {
  for (let i = 0; i < count; i++) {
    const [task, handle] = spawn(new Ready(i), schedule, undefined);
    task.schedule();
    drain();
    sink = handle;
  }
}

function generatorTasks(count: number): void {
  for (let i = 0; i < count; i++) {
    const [task, handle] = spawn(generator(), schedule, undefined);
    task.schedule();
    drain();
    sink = handle;
  }
}
/** Spawns, lets the promises settle, runs again, and reads the results. */
async function asyncTasks(body: () => Promise<unknown>, tag: unknown, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1000) {
    const handles: JoinHandle<unknown>[] = [];
    for (let i = 0; i < 1000; i++) {
      const [task, handle] = spawn(body, schedule, tag);
      task.schedule();
      handles.push(handle);
    }
    drain();
    while (head === tail) await null;
    await null;
    drain();
    sink = handles;
  }
}
async function nativeBatch(body: () => Promise<unknown>, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1000) {
    const promises: Promise<unknown>[] = [];
    for (let i = 0; i < 1000; i++) promises.push(body());
    for (const promise of promises) sink = await promise;
  }
}

await group("one after the other, to the end", COUNT, [
  {
    name: "native async function, awaited",
    run: async (count) => {
      for (let i = 0; i < count; i++) sink = await native();
    },
  },
  { name: "poll future: spawn + schedule + run", run: pollTasks, goal: 0.5 },
  { name: "generator: spawn + schedule + run", run: generatorTasks, goal: 0.9 },
]);
await group("1,000 at a time", COUNT, [
  { name: "native async function, awaited", run: (count) => nativeBatch(native, count) },
  { name: "async function: spawn + schedule + run", run: (count) => asyncTasks(native, undefined, count), goal: 1.6 },
]);
await group("1,000 at a time, with an await inside", COUNT, [
  { name: "native async function, awaited", run: (count) => nativeBatch(nativeAwaiting, count) },
  { name: "async function", run: (count) => asyncTasks(nativeAwaiting, undefined, count) },
  { name: "async function, currentTag() after an await", run: (count) => asyncTasks(readsTag, 1, count), goal: 4 },
]);

const yielding = function* (count: number) {
  for (let i = 0; i < count; i++) yield* yieldNow();
};
await group("one yield", COUNT, [
  {
    name: "await null",
    run: async (count) => {
      for (let i = 0; i < count; i++) await null;
    },
  },
  {
    name: "yield* yieldNow()",
    run: (count) => {
      spawn(yielding(count), schedule, undefined)[0].schedule();
      drain();
    },
    goal: 1,
  },
]);
