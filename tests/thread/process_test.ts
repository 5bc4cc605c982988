/** What a whole process does: whether it ends by itself, and what it is told where something is forbidden. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { local } from "../programs.ts";
import { runFile, runProgram } from "./run_program.ts";

Deno.test("a process waits for its jobs, and for nothing else", async () => {
  const { code, stdout } = await runProgram(`
    const pool = new ThreadPool({ maxThreads: 2 });
    await pool.spawn(jobs.echo, [1]);
    pool.spawn(jobs.later, [50, "done"]).then(console.log);`);
  assertEquals({ code, stdout }, { code: 0, stdout: "done\n" });
});

Deno.test("dispose: a job that nobody cares for keeps no process alive, whatever it does", async () => {
  const { code, stdout } = await runProgram(`
    const pool = new ThreadPool({ maxThreads: 1 });
    const [hanging, spinning] = [pool.spawn(jobs.hang, []), TaskHandle.spawn(jobs.burn, [new Int32Array(new SharedArrayBuffer(4))])];
    setTimeout(() => {
      hanging[Symbol.dispose]();
      spinning[Symbol.dispose]();
      console.log("let go");
    }, 100);`);
  assertEquals({ code, stdout }, { code: 0, stdout: "let go\n" });
});

Deno.test("dispose: a job for which others wait keeps the process alive, and so does close()", async () => {
  const { code, stdout } = await runProgram(`
    const pool = new ThreadPool({ maxThreads: 1 });
    const first = pool.spawn(jobs.later, [60, 1], { startCancelled: true });
    first.poll();
    first[Symbol.dispose]();
    pool.spawn(jobs.echo, ["next"]).then(console.log);
    const other = new ThreadPool({ maxThreads: 1 });
    const last = other.spawn(jobs.later, [60, 1], { startCancelled: true });
    last.poll();
    last[Symbol.dispose]();
    await other.close();
    console.log("closed");
    const awaited = TaskHandle.spawn(jobs.later, [60, 1]);
    awaited.poll();
    awaited[Symbol.dispose]();
    await awaited.then(() => {}, (error) => console.log(error.name));`);
  assertEquals(
    { code, lines: stdout.split("\n").sort() },
    { code: 0, lines: ["", "AbortError", "closed", "next"] },
  );
});

Deno.test("a process that exits with jobs under way ends at once", async () => {
  const { code, stdout } = await runProgram(`
    const pool = new ThreadPool({ maxThreads: 1 });
    const state = new Int32Array(new SharedArrayBuffer(4));
    const all = [pool.spawn(jobs.burn, [state]), TaskHandle.spawn(jobs.hang, []), pool.spawn(jobs.echo, [1])];
    for (const handle of all) handle.poll();
    Atomics.wait(state, 0, 0);
    console.log("exits");
    Deno.exit(5);`);
  assertEquals({ code, stdout }, { code: 5, stdout: "exits\n" });
});

Deno.test("terminate() of a busy job counts its thread as lost, and replaces it", async () => {
  const { code, stdout } = await runProgram(`
    const pool = new ThreadPool({ maxThreads: 1 });
    const state = new Int32Array(new SharedArrayBuffer(4));
    const busy = pool.spawn(jobs.burn, [state]);
    const next = pool.spawn(jobs.echo, ["next"]);
    busy.poll();
    Atomics.wait(state, 0, 0);
    busy.terminate();
    console.log(await busy.then(null, String), busy.isLost, next.isLost, pool.lost, await next, pool.size);
    await pool.close();`);
  assertEquals(
    { code, stdout },
    { code: 0, stdout: "WorkerError: Cannot finish burn: it was terminated true false 1 next 1\n" },
  );
});

Deno.test("without the permission to read, a handle says so", async () => {
  const { stdout } = await runFile(
    `
    import { TaskHandle } from ${local("lib/thread/mod.ts")};
    import { echo } from ${local("tests/thread/jobs.ts")};
    console.log(await TaskHandle.spawn(echo, [1]).then(null, String));
    try { TaskHandle.spawn(echo, [1]).wait({ timeout: 10_000 }); } catch (error) { console.log(String(error)); }`,
  );
  const lines = stdout.trim().split("\n");
  assertEquals(lines.length, 2);
  for (const line of lines) assertStringIncludes(line, "Requires read access");
});

Deno.test("wait() says so where a thread must not be blocked, and await works there", async () => {
  const { stdout } = await runProgram(`
    const handle = TaskHandle.spawn(jobs.echo, [3]);
    const { wait } = Atomics;
    Atomics.wait = () => { throw new TypeError("Atomics.wait cannot be called in this context"); };
    try { handle.wait(); } catch (error) { console.log(error.message); }
    console.log(await handle);
    console.log(handle.wait());
    Atomics.wait = wait;`);
  assertEquals(stdout, "Cannot wait for echo: this thread must not be blocked\n3\n3\n");
});

Deno.test("jobs run on Workers of the web where there are no others", async () => {
  const { stdout, stderr } = await runFile(
    `
    delete globalThis.process;
    const { ThreadPool } = await import(${local("lib/thread/mod.ts")});
    const jobs = await import(${local("tests/thread/jobs.ts")});
    const pool = new ThreadPool({ maxThreads: 2 });
    const [a, b] = [pool.spawn(jobs.echo, [{ n: 1 }]), pool.spawn(jobs.tagOf, [], { tag: "t" })];
    console.log(await a, await b, await pool.spawn(jobs.fails, ["range"]).then(null, String));
    const spinning = pool.spawn(jobs.spin, []);
    setTimeout(() => spinning.cancel(), 20);
    try { spinning.wait(); } catch (error) { console.log(error.message); }
    console.log(await spinning.then(null, (error) => error.name));
    for (const how of ["throw", "reject", "close"]) console.log(await pool.spawn(jobs.dies, [how]).then(null, String));
    await pool.close();`,
    ["-A"],
  );
  assertEquals(
    stdout || stderr,
    '{ n: 1 } { before: "t", after: "t" } RangeError: out of range\n' +
      "Cannot wait for spin: this runtime can't receive results while it is blocked\nAbortError\n" +
      "Error: thrown later\nError: rejected\nWorkerError: Cannot finish dies: it has closed itself\n",
  );
});

Deno.test("where memory can't be shared, everything says so", async () => {
  const { stdout, stderr } = await runFile(
    `
    delete globalThis.SharedArrayBuffer;
    const thread = await import(${local("lib/thread/mod.ts")});
    const jobs = await import(${local("tests/thread/jobs.ts")});
    const uses = [
      () => new thread.CancellationToken(),
      () => thread.TaskHandle.spawn(jobs.echo, [1]),
      () => new thread.ThreadPool().spawn(jobs.echo, [1]),
      () => new thread.SharedWaker({ wake() {} }),
      () => thread.CancellationToken.from({}),
      () => thread.SharedWaker.from({}),
    ];
    for (const use of uses) try { use(); } catch (error) { console.log(String(error)); }`,
    ["-A"],
  );
  const memory = "TypeError: Cannot share memory here: a page must be cross-origin isolated for that\n";
  assertEquals(
    stdout || stderr,
    memory.repeat(4) +
      "TypeError: Cannot make a token: expected a signal, a token, or one that was posted, got {}\n" +
      "TypeError: Cannot make a waker: expected what was posted of one\n",
  );
});

Deno.test("1,000 jobs that throw, are cancelled, hang and kill: all settle, no thread is left, the process exits", async () => {
  const { code, stdout, stderr } = await runProgram(`
    const pool = new ThreadPool({ maxThreads: 2 });
    const kindOf = (i) => i % 250 === 7 ? "kill" : ["throw", "cancel", "hang"][i % 10] ?? "fine";
    const spawn = {
      kill: (i, options) => pool.spawn(jobs.dies, [["exit", "throw", "reject", "close"][i % 4]], options),
      throw: (_, options) => pool.spawn(jobs.failing, [], options),
      cancel: (_, options) => pool.spawn(jobs.spin, [], options),
      hang: (_, options) => pool.spawn(jobs.hang, [], options),
      fine: (i, options) => pool.spawn(i % 2 ? jobs.echo : jobs.later, i % 2 ? [i] : [0, i], options),
    };
    const handles = Array.from({ length: 1000 }, (_, i) => spawn[kindOf(i)](i, { tag: { i, kind: kindOf(i) } }));
    for (const handle of handles) {
      const { i, kind } = handle.tag;
      if (kind === "cancel") setTimeout(() => handle.cancel(), i / 5);
      if (kind === "hang") setTimeout(() => handle.terminate(), i / 5);
    }
    const wrong = [];
    await Promise.all(handles.map(async (handle) => {
      const { i, kind } = handle.tag;
      const outcome = await handle.then((value) => value === i ? "fine" : "wrong", (error) =>
        error instanceof CancelledError ? "cancel"
        : error instanceof RangeError ? "throw"
        : String(error) === "WorkerError: Cannot finish hang: it was terminated" ? "hang"
        : handle.tag.kind === "kill" ? "kill" : String(error));
      if (outcome !== kind) wrong.push([i, kind, outcome]);
    }));
    console.log(wrong, pool.activeCount, pool.queueLength);
    await pool.close();
    console.log(pool.size);`);
  assertEquals({ code, printed: stdout || stderr }, { code: 0, printed: "[] 0 0\n0\n" });
});
