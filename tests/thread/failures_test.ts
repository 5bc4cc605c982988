/** What goes wrong in a job, or with its thread, and how the handle says so. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { CancelledError } from "../../mod.ts";
import { defineTask, type Job, TaskHandle, ThreadPool, WorkerError } from "../../lib/thread/mod.ts";
import { thrownBy } from "../helpers.ts";
import { local } from "../programs.ts";
import * as jobs from "./jobs.ts";
import { runProgram } from "./run_program.ts";
import { test, until } from "./threaded.ts";

/** The job of a module with this source. */
function moduleOf(source: string): Job<[], unknown> {
  return defineTask(`data:text/javascript,${encodeURIComponent(source)}`, "job", () => {});
}

/** A job that does this. */
function jobOf(body: string): Job<[], unknown> {
  return moduleOf(`export const job = { name: "job", run() { ${body} } };`);
}

/** What the job throws: awaited, and then waited for. */
async function failures(job: Job<[], unknown>): Promise<unknown[]> {
  const awaited = await TaskHandle.spawn(job, []).then(() => "no error", (error) => error);
  return [awaited, thrownBy(() => TaskHandle.spawn(job, []).wait({ timeout: 10_000 }))];
}

test("an error of a class of the job's own keeps the nearest class that all threads have", async () => {
  const source = `
    class CodeError extends RangeError { name = "CodeError"; code = "E_OWN"; }
    throw Object.assign(new CodeError("own", { cause: { deep: 1 } }), { path: "/x", fn: () => {} });`;
  for (const error of await failures(jobOf(source)) as (RangeError & Record<string, unknown>)[]) {
    assertInstanceOf(error, RangeError);
    assertEquals(
      { name: error.name, message: error.message, code: error.code, path: error.path, fn: error.fn },
      { name: "CodeError", message: "own", code: "E_OWN", path: "/x", fn: "function fn" },
    );
    assertEquals(
      { cause: error.cause, keys: Object.keys(error) },
      { cause: { deep: 1 }, keys: ["code", "path", "fn"] },
    );
  }
});

test("an error that contains itself comes back so, and quickly when it does so often", async () => {
  const source = `
    const errors = Array.from({ length: 30 }, (_, i) => new Error("e" + i));
    const all = new AggregateError(errors, "all");
    for (const error of errors) Object.assign(error, { all, errors });
    throw all;`;
  const [all] = await failures(jobOf(source)) as AggregateError[];
  assertInstanceOf(all, AggregateError);
  assertStrictEquals(all.errors[29].all, all);
  assertEquals(all.errors.length, 30);
});

test("CancelledError and WorkerError come back as what they are", async () => {
  const source = (error: string): Job<[], unknown> =>
    moduleOf(`
      import * as thread from ${local("lib/thread/mod.ts")};
      import * as root from ${local("mod.ts")};
      const errors = { ...thread, ...root };
      export const job = { name: "job", run() { throw new errors.${error}; } };`);
  const [cancelled] = await failures(
    source("CancelledError(7, 'tag', { cause: 'why' })"),
  ) as CancelledError[];
  assertInstanceOf(cancelled, CancelledError);
  assertEquals({ id: cancelled.id, tag: cancelled.tag, cause: cancelled.cause }, {
    id: 7,
    tag: "tag",
    cause: "why",
  });
  const [error] = await failures(source("WorkerError('lost')"));
  assertInstanceOf(error, WorkerError);
});

test("anything may be thrown, and any getter may throw", async () => {
  const bodies: [string, (error: unknown) => void][] = [
    ["throw null", (error) => assertEquals(error, null)],
    ["throw undefined", (error) => assertEquals(error, undefined)],
    ["throw Symbol('odd')", (error) => assertEquals(error, "Symbol(odd)")],
    ["throw { get a() { throw 1; } }", (error) => assertEquals(error, "[object Object]")],
    [
      "const p = Proxy.revocable({}, {}); p.revoke(); throw p.proxy",
      (error) => assertEquals(error, "object"),
    ],
    ["const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy", (error) => assert(error !== undefined)],
    [
      "return { get then() { throw new RangeError('then'); } }",
      (error) => assertInstanceOf(error, RangeError),
    ],
    [
      "return { get field() { throw new RangeError('field'); } }",
      (error) => assertInstanceOf(error, RangeError),
    ],
    ["return Promise.reject(Symbol('later'))", (error) => assertEquals(error, "Symbol(later)")],
    ["throw Object.defineProperty(new TypeError('x'), 'message', { get() { throw 1; } })", (error) => {
      assertEquals(
        { name: (error as Error).name, message: (error as Error).message },
        { name: "TypeError", message: "undefined" },
      );
    }],
    ["const deep = () => deep() + 1; deep()", (error) => assertInstanceOf(error, RangeError)],
  ];
  for (const [body, check] of bodies) (await failures(jobOf(body))).forEach(check);
});

test("a thread that ends itself is an error of the job, also when its owner is blocked", async () => {
  const bodies = {
    "process.exit(3)": "it has exited with code 3",
    "Deno.exit(4)": "it has exited with code 4",
    "close(); return new Promise(() => {})": "it has closed itself",
  };
  for (const [body, why] of Object.entries(bodies)) {
    for (const error of await failures(jobOf(body)) as Error[]) {
      assertInstanceOf(error, WorkerError);
      assertEquals(error.message, `Cannot finish job: ${why}`);
    }
  }
});

test("whatever the top level of a module throws is an error of the job", async () => {
  for (const error of await failures(moduleOf("throw new RangeError('at the top')")) as Error[]) {
    assertInstanceOf(error, WorkerError);
    assertInstanceOf(error.cause, RangeError);
    assertEquals(error.message, "Cannot finish job: at the top");
  }
  for (const error of await failures(moduleOf("throw null")) as Error[]) {
    assertEquals(error.message, "Cannot finish job: null");
  }
  await assertRejects(async () => await TaskHandle.spawn(moduleOf("export const job = 5"), []), WorkerError);
});

test("a module that never finishes loading ends with terminate()", async () => {
  const handle = TaskHandle.spawn(moduleOf("await new Promise((f) => setTimeout(f, 60_000))"), []);
  assertEquals(await Promise.race([handle, new Promise((f) => setTimeout(f, 100, "loading"))]), "loading");
  handle.terminate();
  await assertRejects(async () => await handle, WorkerError, "it was terminated");
});

test("an error that a job leaves behind goes to onError, and to no other job", async () => {
  const errors: [string, unknown][] = [];
  const onError = (error: unknown, _id: unknown, tag: unknown): unknown => errors.push([String(error), tag]);
  const pool = new ThreadPool({ maxThreads: 1, onError });
  const seen = new Int32Array(new SharedArrayBuffer(4));
  const stray = defineTask(
    "data:text/javascript," + encodeURIComponent(`export const job = { name: "job", run(_token, seen) {
      setTimeout(() => { Atomics.store(seen, 0, 1); Atomics.notify(seen, 0); throw new Error("stray"); });
    } };`),
    "job",
    (_token, _seen: typeof seen) => {},
  );
  for (const use of [() => pool.spawn(jobs.echo, [1]), () => pool.spawn(jobs.echo, [1]).wait()]) {
    Atomics.store(seen, 0, 0);
    await pool.spawn(stray, [seen]);
    await until(() => Atomics.load(seen, 0) !== 0);
    assertEquals(await use(), 1);
    await until(() => errors.length > 0);
    assertEquals(errors.splice(0).map(([error]) => error), ["Error: stray"]);
  }
  await pool.close();
});

test("a job that posts messages of its own disturbs nobody", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  assertEquals(await Promise.all([pool.spawn(jobs.posts, []), pool.spawn(jobs.echo, [1])]), ["done", 1]);
  assertEquals(pool.spawn(jobs.posts, []).wait({ timeout: 10_000 }), "done");
  await pool.close();
});

test("a thread that runs out of memory is an error of the job, and leaves the process and the others alone", async () => {
  for (const what of ["new Array(1e5).fill(1.5)", "{ text: 'x' + all.length }"]) {
    const { code, stdout } = await runProgram(
      `
      const source = "export const job = { name: 'job', run() { const all = []; for (;;) all.push(${what}); } };";
      const job = defineTask("data:text/javascript," + encodeURIComponent(source), "job", () => {});
      const pool = new ThreadPool({ maxThreads: 2 });
      const others = [1, 2].map((n) => pool.spawn(jobs.later, [400, n]));
      const error = await TaskHandle.spawn(job, []).then(() => "none", (error) => error);
      console.log(String(error), await Promise.all(others));
      try {
        TaskHandle.spawn(job, []).wait({ timeout: 10_000 });
      } catch (error) {
        console.log(String(error));
      }`,
      ["--v8-flags=--max-old-space-size=60"],
    );
    const why = "WorkerError: Cannot finish job: it has run out of memory";
    assertEquals({ code, stdout }, { code: 0, stdout: `${why} [ 1, 2 ]\n${why}\n` });
  }
});
