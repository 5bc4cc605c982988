/** What `./thread` promises: never a hang, never lost, never a crash. */
import { leastTime } from "../helpers.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { CancelledError } from "../../mod.ts";
import { TaskHandle as CoreTaskHandle } from "../../lib/core/mod.ts";
import { DISCONNECTED, RecvError, SendError } from "../../lib/channel/mod.ts";
import {
  defineTask,
  openReceiver,
  openSender,
  sharedChannel,
  TaskHandle,
  ThreadPool,
  transfer,
  WorkerError,
} from "../../lib/thread/mod.ts";
import * as jobs from "./jobs.ts";
import { runProgram } from "./run_program.ts";
import { test, until } from "./threaded.ts";
import { begun, release, words } from "./words.ts";

/** A value nested so deep that it can be posted, and not read. */
function deep(depth = 3_000): object {
  const root: { o?: object } = {};
  let last = root;
  for (let i = 0; i < depth; i++) last = last.o = {};
  return root;
}

test("a value that can't be read is the error of its job alone, as an argument and as a result", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  for (let round = 0; round < 3; round++) {
    const before = pool.spawn(jobs.echo, [{ n: 1 }]);
    const given = pool.spawn(jobs.echo, [deep()]);
    const returned = pool.spawn(jobs.nested3000, []);
    const tagged = pool.spawn(jobs.echo, [3], { tag: deep() });
    const after = pool.spawn(jobs.echo, [new Map([[1, 2]])]);
    const outcomes = await Promise.allSettled([before, given, returned, tagged, after]);
    assertEquals(outcomes.map(({ status }) => status[0]).join(""), "frrrf");
    for (const handle of [given, returned, tagged]) {
      await assertRejects(() => handle, WorkerError, "can't be");
    }
  }
  assertEquals({ size: pool.size, active: pool.activeCount }, { size: 1, active: 0 });
});

test("wait() throws when a result can't be read", () => {
  const handle = TaskHandle.spawn(jobs.nested3000, []);
  let error;
  try {
    handle.wait({ timeout: 10_000 });
  } catch (thrown) {
    error = thrown;
  }
  assert(error instanceof WorkerError);
  assertEquals(TaskHandle.spawn(jobs.echo, [1]).wait(), 1);
});

test("a message that can't be read is reported, and the next is received", async () => {
  const { stdout } = await runProgram(`
    const [end, other] = thread.sharedChannel(4);
    const [tx, rx] = [thread.openSender(end), thread.openReceiver(other)];
    addEventListener("error", (event) => { event.preventDefault(); console.log(event.error.message); });
    const root = {};
    for (let i = 0, last = root; i < 3000; i++) last = last.o = {};
    tx.trySend(1), tx.trySend(root), tx.trySend(2);
    console.log(await rx.recv(), await rx.recv());`);
  assertEquals(stdout, "Cannot receive a message: it can't be read\n1 2\n");
});

test("an end that its job never opens disconnects the other, however the job ends", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  const state = words();
  const held = pool.spawn(jobs.hold, [state]);
  held.poll();
  begun(state);
  const failing = jobs.failing as never as typeof jobs.echo;
  const ways: Record<string, (end: object) => TaskHandle<unknown>> = {
    "cancelled in the queue": (end) => {
      const handle = pool.spawn(jobs.echo, [transfer(end)]);
      handle.cancel();
      return handle;
    },
    "an aborted signal": (end) => pool.spawn(jobs.echo, [transfer(end)], { signal: AbortSignal.abort("no") }),
    "terminated in the queue": (end) => {
      const handle = pool.spawn(jobs.echo, [transfer(end)]);
      handle.terminate();
      return handle;
    },
    "arguments that can't be posted": (end) => pool.spawn(jobs.echo, [[transfer(end), () => {}]]),
    "fails before it opens it": (end) => pool.spawn(failing, [transfer(end)]),
    "returns without": (end) => pool.spawn(jobs.tagOf as never, [transfer(end)] as never),
    "a list": (end) =>
      pool.spawn(failing, [end], { transfer: [(end as { port: MessagePort }).port], timeout: 10_000 }),
  };
  const heard: Promise<[string, unknown]>[] = [];
  for (const [way, start] of Object.entries(ways)) {
    const [sender, receiver] = sharedChannel<number>(1);
    const [sender2, receiver2] = sharedChannel<number>(1);
    const [rx, tx] = [openReceiver(receiver), openSender(sender2)];
    tx.trySend(1);
    start(sender).then(undefined, () => {});
    start(receiver2).then(undefined, () => {});
    heard.push(rx.recv().then(() => [way, 1], (error) => [way, error]));
    heard.push(tx.send(2).then(() => [way, 2], (error) => [way, error]));
  }
  release(state);
  for (const [way, error] of await Promise.all(heard)) {
    assert(error instanceof RecvError || error instanceof SendError, `${way}: ${error}`);
  }
  await pool.close();
});

test("large typed arrays take as long as their bytes, not as their elements", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  await pool.warmUp(jobs.echo);
  const bytes = new Uint8Array(10_000_000).fill(7);
  const ms = await leastTime(1_500, async () => {
    assertEquals(await pool.spawn(jobs.lengthOfBytes, [bytes]), 10_000_000);
    assertEquals((await pool.spawn(jobs.echo, [transfer(bytes.slice())]) as Uint8Array)[9_999_999], 7);
  });
  assert(ms < 1_500, `${ms} ms`); // 3,000 and more where every byte is looked at
  assertEquals(bytes.length, 10_000_000);
});

test("what is thrown keeps what structured clone carries", async () => {
  const thrown = async (kind: string) =>
    await TaskHandle.spawn(jobs.throws, [kind]).then(() => {}, (error) => error);
  assertEquals(await thrown("map"), new Map([[1, { a: [2] }]]));
  const error = await thrown("fields") as Error & Record<string, unknown>;
  assertEquals({ map: error.map, date: error.date, bytes: error.bytes, cause: error.cause }, {
    map: new Map([["a", 1]]),
    date: new Date(5),
    bytes: new Uint8Array([1, 2]),
    cause: new Set([3]),
  });
});

test("arguments are copied at spawn, and what is marked is moved then", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const counter = { n: 1, list: [new Date(1)] };
  const handle = pool.spawn(jobs.echo, [counter]);
  counter.n = 99;
  counter.list.push(new Date(2));
  const buffer = new ArrayBuffer(8);
  const moved = pool.spawn(jobs.echo, [{ inner: [transfer(buffer)] }]);
  assertEquals(buffer.byteLength, 0);
  assertEquals(await handle, { n: 1, list: [new Date(1)] });
  assertEquals((await moved as { inner: ArrayBuffer[] }).inner[0].byteLength, 8);
});

test("a job is a task: its handle is the core's, and it knows itself", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const handle = pool.spawn(jobs.whoAmI, [], { tag: "me", name: "self" });
  assert(handle instanceof CoreTaskHandle);
  assertEquals(handle.toJSON(), { id: handle.id, tag: "me", name: "self", state: "scheduled" });
  const { before, after } = await handle;
  assertEquals({ before, after }, {
    before: { id: handle.id, tag: "me", parentId: undefined },
    after: { id: handle.id, tag: "me", parentId: undefined },
  });
  assertEquals(await handle.outcome(), { status: "completed", value: { before, after } });
  const cancelled = pool.spawn(jobs.spin, []);
  assertEquals(await cancelled.cancel(), undefined);
  const error = await assertRejects(() => cancelled, CancelledError);
  assertEquals({ id: error.id, name: error.name }, { id: cancelled.id, name: "AbortError" });
});

test("an error of a job is reported once when nobody can ask any more, with its tag", async () => {
  const errors: unknown[] = [];
  const pool = new ThreadPool({
    maxThreads: 1,
    onError: (error, id, tag) => errors.push([String(error), id, tag]),
  });
  const [seen, dropped, forgotten] = ["seen", "dropped", "forgotten"].map((tag) =>
    pool.spawn(jobs.fails, ["a text"], { tag })
  );
  const id = dropped.id;
  await assertRejects(async () => await seen).catch(() => {});
  dropped[Symbol.dispose]();
  await until(() => forgotten.isFinished);
  // It ended before it could be cancelled, or was: then there is no error.
  const early = errors.splice(0);
  assertEquals(early, early.length === 0 ? [] : [["a text", id, "dropped"]]);
  await pool.close();
  assertEquals(errors, [["a text", forgotten.id, "forgotten"]]);
});

Deno.test("a job that nobody awaits, and that fails, is reported when the process is done", async () => {
  const { code, stderr } = await runProgram(`
    const pool = new ThreadPool({ maxThreads: 1 });
    pool.spawn(jobs.failing, [], { tag: "nightly" });`);
  assertEquals({ code, isNamed: /Task \d+ \("nightly"\) panicked: out of range/.test(stderr) }, {
    code: 1,
    isNamed: true,
  });
});

test("an exception between jobs goes to onError, and the thread is replaced", async () => {
  const errors: unknown[][] = [];
  const onError = (...error: unknown[]): unknown => errors.push(error);
  await using pool = new ThreadPool({ maxThreads: 1, onError });
  const leaves = pool.spawn(jobs.leavesError, [20], { tag: "culprit" });
  await leaves;
  const running = pool.spawn(jobs.later, [100, "fine"]);
  assertEquals(await running, "fine");
  assertEquals(errors.map(([error, id, tag]) => [(error as Error).message, id, tag]), [[
    "left behind",
    leaves.id,
    "culprit",
  ]]);
  assertEquals({ lost: pool.lost, next: await pool.spawn(jobs.echo, [1]) }, { lost: 0, next: 1 });
});

test("cancel() interrupts the awaits of a job, and aborts its signal", async () => {
  await using pool = new ThreadPool({ maxThreads: 1, concurrency: 2 });
  const states = [words(), words()];
  const caught = pool.spawn(jobs.interrupted, [states[0]]);
  const not = pool.spawn(jobs.interruptible, [states[1]]);
  await until(() => states.every((state) => Atomics.load(state, 0) === 1));
  caught.cancel("enough");
  not.cancel("enough");
  assertEquals(await caught, { error: "enough", isAborted: true });
  assertEquals(await not.outcome(), { status: "cancelled", reason: "enough" });
});

test("receivers of a pool that is terminated hear of it", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  const [end, other] = sharedChannel<number>(1);
  const handle = pool.spawn(jobs.hangsWith, [transfer(end)]);
  const rx = openReceiver(other);
  handle.poll();
  pool.terminate();
  await assertRejects(async () => await rx.recv(), RecvError);
  assertEquals(rx.tryRecv(), DISCONNECTED);
  assertEquals(defineTask(import.meta.url, "x", () => {}).name, "x");
});
