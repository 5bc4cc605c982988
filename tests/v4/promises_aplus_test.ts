/** Runs the Promises/A+ suite against `./v4` tasks. */
import { assertEquals } from "@std/assert";
import { PENDING, pollFn } from "../../mod.ts";
import { Builder, type Task, type Waker } from "../../lib/v4/mod.ts";

/** A task that ends when it is told to. */
function deferred() {
  let settled: { value: unknown } | { error: unknown } | undefined;
  let waker: Waker | undefined;
  const body = pollFn((cx) => {
    waker = cx.waker;
    if (settled === undefined) return PENDING;
    if ("error" in settled) throw settled.error;
    return settled.value;
  });
  const [runnable, promise] = new Builder().propagatePanic(true).spawn<unknown>(
    body,
    (runnable) => void runnable.run(),
  );
  runnable.run();
  const settle = (how: typeof settled): void => {
    settled ??= how;
    waker!.wake();
  };
  return {
    promise: promise as Task<unknown>,
    resolve: (value: unknown) => settle({ value }),
    reject: (error: unknown) => settle({ error }),
  };
}

function resolved(value: unknown): Task<unknown> {
  const { promise, resolve } = deferred();
  resolve(value);
  return promise;
}

function rejected(error: unknown): Task<unknown> {
  const { promise, reject } = deferred();
  reject(error);
  return promise;
}

type Test = (done: (error?: unknown) => void) => void;

/** A block of the suite: its tests by name, and what is called before and after each of them. */
interface Block {
  name: string;
  tests: Map<string, Test>;
  before: (() => void)[];
  after: (() => void)[];
}

/**
 * What the suite takes from mocha. Mocha itself would run all tests one after the other, most of which only
 * wait, and the version that the suite depends on asks a terminal for its size in a way that fails.
 */
async function collect(): Promise<Block[]> {
  const blocks: Block[] = [];
  const open: Block[] = [];
  const innermost = () => open.at(-1)!;
  Object.assign(globalThis, {
    adapter: { deferred, resolved, rejected },
    describe(title: string, fn: () => void) {
      const { name, before, after } = open.at(-1) ?? { name: "", before: [], after: [] };
      const block = { name: `${name}${title} > `, tests: new Map(), before: [...before], after: [...after] };
      blocks.push(block);
      open.push(block);
      fn();
      open.pop();
    },
    specify(title: string, test: Test) {
      const { name, tests } = innermost();
      tests.set(`${tests.size + 1}: ${name}${title}`, test);
    },
    beforeEach: (fn: () => void) => void innermost().before.push(fn),
    afterEach: (fn: () => void) => void innermost().after.push(fn),
  });
  await import("promises-aplus-tests");
  return blocks;
}

/** In ms: how long a test may take. A failed one may also just never be done. */
const TIMEOUT = 60_000;

/** Runs the blocks at once, except those with hooks: these set what other blocks' tests use, too. */
async function runAll(blocks: Block[]): Promise<string[]> {
  const alone = blocks.filter(({ before, after }) => before.length + after.length > 0);
  const together = blocks.filter((block) => !alone.includes(block));
  const failed = await Promise.all(together.map(run));
  for (const block of alone) failed.push(await run(block));
  return failed.flat();
}

/** The names of the tests of a block that fail, with the reason. They share variables: they run in turn. */
async function run({ tests, before, after }: Block): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, test] of tests) {
    for (const hook of before) hook();
    try {
      await end(test);
    } catch (error) {
      failed.push(`${name}: ${error}`);
    }
    for (const hook of after) hook();
  }
  return failed;
}

/** Resolves when a test is done: if it takes no argument, when it returns. */
async function end(test: Test): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(reject, TIMEOUT, new Error("It is never done"));
      test((error) => error === undefined ? resolve() : reject(error));
      if (test.length === 0) resolve();
    });
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("Task passes the 872 tests of Promises/A+", async () => {
  const blocks = await collect();
  // Some tests leave rejected promises behind.
  const controller = new AbortController();
  addEventListener("unhandledrejection", (event) => event.preventDefault(), controller);
  const failed = await runAll(blocks);
  controller.abort();
  const count = blocks.reduce((sum, { tests }) => sum + tests.size, 0);
  assertEquals({ count, failed }, { count: 872, failed: [] });
});
