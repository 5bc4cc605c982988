/** Jobs on other threads, where there can be any. */
import { blockOn, LocalExecutor } from "../../lib/executor/mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import {
  CancellationToken,
  defineTask,
  openReceiver,
  openSender,
  sharedChannel,
  SharedWaker,
  spawnBlocking,
  TaskHandle,
  ThreadPool,
  WorkerError,
} from "../../lib/thread/mod.ts";
import { CancelledError, PENDING, pollFn, spawn } from "../../mod.ts";
import { aborted, CountingWaker, macrotask, runNow } from "../helpers.ts";
import { equal, rejects, throws } from "./assert.ts";
import { abilities, type Cases, type Test } from "./cases.ts";
import * as jobs from "./thread_jobs.ts";

/** A word that a job can set. */
function word(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Resolves when the job has set it: by looking, as not every runtime has `Atomics.waitAsync`. */
async function isSet(on: Int32Array, { by }: { by: TaskHandle<unknown> }): Promise<void> {
  while (Atomics.load(on, 0) === 0) {
    if (by.isFinished) throw new Error("The job has ended", { cause: await by });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whether `wait()` is an error here: a page must not be blocked. */
const isPage = "document" in globalThis;

/** Those that need threads. */
const threaded: Record<string, Test> = {
  "a job gives its output to whoever awaits its handle": async () => {
    const handle = TaskHandle.spawn(jobs.add, [1, 2], { tag: "sum" });
    equal(
      { tag: handle.tag, isFinished: handle.isFinished, cancelled: handle.cancelled },
      { tag: "sum", isFinished: false, cancelled: false },
    );
    equal(
      { output: [await handle, await handle], isFinished: handle.isFinished },
      { output: [3, 3], isFinished: true },
    );
    const [task, joined] = spawn(function* () {
      return yield* spawnBlocking(jobs.add, [3, 4]);
    }, runNow);
    task.run();
    equal(await joined, 7);
  },

  "a job may be an async function": async () => {
    equal(await spawnBlocking(jobs.later, [5, "done"]), "done");
  },

  "arguments and results are copied": async () => {
    const value = { list: [1, "two", null], map: new Map([["a", 1n]]), date: new Date(5) };
    const copy = await spawnBlocking(jobs.echo, [value]) as typeof value;
    equal(
      { list: copy.list, a: copy.map.get("a"), time: copy.date.getTime() },
      { list: value.list, a: 1n, time: 5 },
    );
    equal(
      { isSame: copy === value, hasSameMap: copy.map === value.map },
      { isSame: false, hasSameMap: false },
    );
    const error = await rejects(spawnBlocking(jobs.echo, [() => 1]), WorkerError, "can't be posted");
    equal(error.name, "WorkerError");
  },

  "buffers are transferred both ways": async () => {
    const given = new ArrayBuffer(1000);
    const result = await spawnBlocking(jobs.bytes, [given], { transfer: [given] });
    equal(
      { left: given.byteLength, received: result.length, last: result[999] },
      { left: 0, received: 1000, last: 7 },
    );
  },

  "what a job throws comes back with its name, message, cause and fields": async () => {
    for (const isAsync of [false, true]) {
      const error = await rejects(spawnBlocking(jobs.fails, [isAsync]), RangeError, "out of range");
      const { name, cause, code, stack } = error as Error & { code?: number };
      equal({ name, code, stack: typeof stack }, { name: "OutOfRange", code: 42, stack: "string" });
      equal(
        { isTypeError: cause instanceof TypeError, message: (cause as Error).message },
        { isTypeError: true, message: "the cause" },
      );
    }
  },

  "a busy loop sees through its token that it is cancelled": async () => {
    const begun = word();
    const handle = spawnBlocking(jobs.spin, [begun]);
    await isSet(begun, { by: handle });
    handle.cancel("enough");
    handle.cancel("again");
    equal({ outcome: await handle.outcome(), cancelled: handle.cancelled }, {
      outcome: { status: "cancelled", reason: "enough" },
      cancelled: true,
    });
  },

  "a signal cancels the job, which has a signal of its own": async () => {
    const controller = new AbortController();
    const handle = spawnBlocking(jobs.later, [60_000], { signal: controller.signal });
    handle.poll();
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort("why");
    equal(await handle.outcome(), { status: "cancelled", reason: "why" });
    const early = spawnBlocking(jobs.add, [1, 2], { signal: AbortSignal.abort("early") });
    equal(await early.outcome(), { status: "cancelled", reason: "early" });
  },

  "a token that was posted is the same token": async () => {
    const token = new CancellationToken();
    const copy = CancellationToken.from(structuredClone(token));
    const { signal } = copy;
    token.cancel(new RangeError("enough"));
    equal(
      { cancelled: copy.cancelled, isRangeError: copy.reason instanceof RangeError },
      { cancelled: true, isRangeError: true },
    );
    if (!signal.aborted) await aborted(signal);
    equal((signal.reason as Error).name, "AbortError");
  },

  "currentTag() is the job's": async () => {
    equal(await spawnBlocking(jobs.tag, [], { tag: { id: 7 } }), { id: 7 });
    equal(await spawnBlocking(jobs.tag, []), undefined);
  },

  "poll() never waits, and gives the output once": async () => {
    const begun = word();
    const handle = spawnBlocking(jobs.spin, [begun]);
    for (let i = 0; i < 100; i++) equal(handle.poll(), { done: false });
    await isSet(begun, { by: handle });
    handle.cancel();
    await handle.then(() => {}, () => {});
    throws(() => handle.poll(), CancelledError);
    throws(() => handle.poll(), TypeError, "it was taken already");
  },

  "wait() blocks until the end, or is an error where nothing may block": () => {
    const handle = spawnBlocking(jobs.later, [5, "done"]);
    if (isPage) return void throws(() => handle.wait(), TypeError, "Cannot wait for later: ");
    equal(handle.wait(), "done");
    const slow = spawnBlocking(jobs.later, [60_000]);
    equal(throws(() => slow.wait({ timeout: 20 }), DOMException).name, "TimeoutError");
    slow.cancel();
    equal((throws(() => slow.wait(), CancelledError) as CancelledError).id, slow.id);
    const failing = spawnBlocking(jobs.fails, [true]);
    throws(() => failing.wait(), RangeError, "out of range");
  },

  "a pool has no more threads than its size, and none when it is closed": async () => {
    const pool = new ThreadPool({ maxThreads: 2 });
    const handles = Array.from({ length: 100 }, (_, i) => pool.spawn(jobs.add, [i, 1]));
    const closed = pool.close();
    throws(() => pool.spawn(jobs.add, [1, 1]), TypeError, "the pool is closed");
    equal(await Promise.all(handles), Array.from({ length: 100 }, (_, i) => i + 1));
    await closed;
    equal(
      {
        threadCount: pool.size,
        queueLength: pool.queueLength,
        activeCount: pool.activeCount,
        lost: pool.lost,
      },
      { threadCount: 0, queueLength: 0, activeCount: 0, lost: 0 },
    );
  },

  "a pool's map() keeps the order": async () => {
    const pool = new ThreadPool({ maxThreads: 2 });
    const outputs: unknown[] = [];
    for await (const output of pool.map(jobs.echo, [3, 1, 2])) outputs.push(output);
    equal(outputs, [3, 1, 2]);
    await pool.close();
  },

  "a thread wakes a task of this one": async () => {
    const waker = new CountingWaker();
    const shared = new SharedWaker(waker);
    await spawnBlocking(jobs.wakes, [shared.posted]);
    while (waker.wakes === 0) await macrotask();
    shared[Symbol.dispose]();
    await spawnBlocking(jobs.wakes, [shared.posted]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    equal(waker.wakes, 1);
  },

  "a thread wakes a task of this one while it is blocked": () => {
    if (isPage) return;
    let polls = 0;
    let shared: SharedWaker | undefined;
    const woken = pollFn((cx) => {
      if (++polls > 1) return polls;
      shared = new SharedWaker(cx.waker);
      spawnBlocking(jobs.wakes, [shared.posted]).poll();
      return PENDING;
    });
    equal(blockOn(woken), 2);
    shared![Symbol.dispose]();
  },

  "terminate() ends a job that doesn't listen": async () => {
    const begun = word();
    const pool = new ThreadPool({ maxThreads: 1 });
    const handle = pool.spawn(jobs.doze, [begun]);
    await isSet(begun, { by: handle });
    handle.terminate();
    await rejects(handle, WorkerError, "Cannot finish doze: it was terminated");
    equal({ output: await pool.spawn(jobs.add, [1, 2]), lost: pool.lost }, { output: 3, lost: 1 });
    await pool.close();
  },

  "a thread that fails is an error on the handle of its job": async () => {
    await rejects(spawnBlocking(jobs.dies, []), Error, "thrown later");
    const missing = defineTask(jobs.add.url, "missing", () => 1);
    await rejects(spawnBlocking(missing, []), WorkerError, "has no task missing");
    const nowhere = defineTask(new URL("./nowhere.js", jobs.add.url), "job", () => 1);
    await rejects(spawnBlocking(nowhere, []), WorkerError, "Cannot finish job");
    equal(await spawnBlocking(jobs.add, [1, 2]), 3);
  },

  "a module that can't be loaded fails its own jobs, and no others": async () => {
    const nowhere = defineTask(new URL("./nowhere.js", jobs.add.url), "job", () => 1);
    const pool = new ThreadPool({ maxThreads: 1, idleTimeout: 0 });
    // Quick jobs are given to a thread in batches, soon.
    await Promise.all(Array.from({ length: 100 }, (_, i) => pool.spawn(jobs.add, [i, 1])));
    while (pool.size > 0) await macrotask();
    const failed = rejects(pool.spawn(nowhere, []), WorkerError, "Cannot finish job");
    const handles = Array.from({ length: 20 }, (_, i) => pool.spawn(jobs.add, [i, 1]));
    await failed;
    equal(await Promise.all(handles), Array.from({ length: 20 }, (_, i) => i + 1));
    await pool.close();
  },

  "a thread may have threads of its own": async () => {
    equal(await spawnBlocking(jobs.nested, [1, 2]), 3);
  },

  "the ends of a channel live on two threads": async () => {
    const [questions, asked] = sharedChannel<number>(2);
    const [answers, answered] = sharedChannel<number>(2);
    const handle = spawnBlocking(jobs.twice, [asked, answers], { transfer: [asked.port, answers.port] });
    const tx = openSender(questions);
    const rx = openReceiver(answered);
    const sending = (async () => {
      for (let i = 0; i < 50; i++) await tx.send(i);
      tx[Symbol.dispose]();
    })();
    const received: number[] = [];
    for await (const answer of rx) received.push(answer);
    await sending;
    await handle;
    equal(received, Array.from({ length: 50 }, (_, i) => i * 2));
  },

  "an end fails when the other is gone with its thread": async () => {
    const [end, other] = sharedChannel<number>(1);
    const tx = openSender(end);
    const [answers, answered] = sharedChannel<number>(1);
    const handle = spawnBlocking(jobs.twice, [other, answers], { transfer: [other.port, answers.port] });
    const rx = openReceiver(answered);
    await tx.send(1);
    equal(await rx.recv(), 2);
    handle.terminate();
    await rejects(rx.recv(), Error, "all senders are gone");
    await rejects(tx.send(2), Error, "all receivers are gone");
    await rejects(handle, WorkerError, "terminated");
  },

  "a scope owns a job: it is cancelled with it, and waited for": async () => {
    const begun = word();
    const scope = new Scope(new LocalExecutor());
    const handle = spawnBlocking(jobs.spin, [begun]);
    scope.spawn(handle);
    await isSet(begun, { by: handle });
    scope.cancel();
    await scope.close();
    equal(
      { cancelled: handle.cancelled, isFinished: handle.isFinished },
      { cancelled: true, isFinished: true },
    );
  },
};

export const cases: Cases = {
  "a job is done, or is a clear error where there are no threads": async () => {
    const handle = spawnBlocking(jobs.add, [1, 2]);
    if (abilities.Worker) equal(await handle, 3);
    else await rejects(handle, WorkerError, "Cannot finish add: this runtime has no Workers");
  },

  ...Object.fromEntries(
    Object.entries(threaded).map(([name, test]) => [name, { needs: "Worker" as const, test }]),
  ),

  "currentTag() is the job's across its awaits": {
    needs: ["Worker", "AsyncLocalStorage"],
    test: async () => {
      equal(await spawnBlocking(jobs.tags, [], { tag: 7 }), { before: 7, after: 7 });
    },
  },
};
