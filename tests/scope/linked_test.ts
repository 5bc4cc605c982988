import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { CancelledError, fromPromise, pending, type TaskGenerator, uncancellable } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { currentDeadline, Scope } from "../../lib/scope/mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { aborted, boom, macrotask, throwing, throws, unhandledIn } from "../helpers.ts";

/** A body that cleans up for a turn, and then says so. */
function cleaner(log: unknown[], name: unknown = "child") {
  return function* (): TaskGenerator<void> {
    try {
      yield* pending();
    } finally {
      yield* fromPromise(macrotask());
      log.push(name);
    }
  };
}

Deno.test("a scope is cancelled with the task that it was made in, which waits for it", async () => {
  const executor = new LocalExecutor();
  const log: unknown[] = [];
  const bodies: Record<string, () => unknown> = {
    "async, await using": async () => {
      await using scope = new Scope(executor);
      scope.spawn(cleaner(log));
      await pending();
    },
    "async, left open": async () => {
      new Scope(executor).spawn(cleaner(log));
      await pending();
    },
    "async, Scope.run": () =>
      Scope.run(executor, async (scope) => {
        scope.spawn(cleaner(log));
        await pending();
      }),
    "async, Scope.run in close": async () =>
      void await Scope.run(executor, (scope) => void scope.spawn(cleaner(log))),
    "generator": function* () {
      new Scope(executor).spawn(cleaner(log));
      yield* pending();
    },
    "generator, join": function* () {
      const scope = new Scope(executor);
      scope.spawn(cleaner(log));
      yield* scope.join();
    },
    "generator, Scope.run": function* () {
      yield* Scope.run(executor, function* (scope) {
        scope.spawn(cleaner(log));
        yield* pending();
      });
    },
  };
  for (const [name, body] of Object.entries(bodies)) {
    log.length = 0;
    const task = executor.spawn(body as () => Promise<void>);
    await macrotask();
    await task.cancel("enough");
    log.push("task");
    assertEquals({ log, tasks: executor.size }, { log: ["child", "task"], tasks: 0 }, name);
    assertEquals(await task.outcome(), { status: "cancelled", reason: "enough" }, name);
  }
});

Deno.test("its tasks have the reason of the task, and the scope does not throw it", async () => {
  const executor = new LocalExecutor();
  let reason: unknown;
  let closed: unknown;
  const task = executor.spawn(async () => {
    const scope = new Scope(executor);
    scope.spawn(async ({ signal }) => {
      await aborted(signal);
      reason = signal.reason;
    });
    try {
      await pending();
    } finally {
      closed = await scope.close().then(() => "closed", (error) => error);
    }
  });
  await macrotask();
  await task.cancel("enough");
  assertEquals({ reason, closed }, { reason: "enough", closed: "closed" });
});

Deno.test("a task that completes with a scope open waits for it, and throws what it throws", async () => {
  const executor = new LocalExecutor();
  let isOver = false;
  const task = executor.spawn(() => {
    new Scope(executor).spawn(async () => {
      await macrotask();
      isOver = true;
    });
    return 7;
  });
  assertEquals({ output: await task, isOver }, { output: 7, isOver: true });
  const failing = executor.spawn(async () => {
    await macrotask();
    new Scope(executor).spawn(throws);
  });
  assertStrictEquals(await assertRejects(async () => await failing), boom);
  const log: unknown[] = [];
  const thrower = executor.spawn(async () => {
    new Scope(executor).spawn(cleaner(log));
    await macrotask();
    throw boom;
  });
  assertStrictEquals(await assertRejects(async () => await thrower), boom);
  assertEquals(log, ["child"]);
});

Deno.test("a task that waits for its scopes can be cancelled", async () => {
  const executor = new LocalExecutor();
  const log: unknown[] = [];
  const task = executor.spawn(() => new Scope(executor).spawn(cleaner(log)).id);
  await macrotask();
  assertEquals(task.isFinished, false);
  await task.cancel("enough");
  assertEquals({ log, outcome: await task.outcome() }, {
    log: ["child"],
    outcome: { status: "cancelled", reason: "enough" },
  });
});

Deno.test("a scope of a scope of a task is cancelled through all of them, the innermost first", async () => {
  const executor = new LocalExecutor();
  const log: unknown[] = [];
  const level = (depth: number) => async (): Promise<void> => {
    try {
      await Scope.run(executor, async (scope) => {
        if (depth < 3) scope.spawn(level(depth + 1));
        await pending();
      });
    } finally {
      log.push(depth);
    }
  };
  const task = executor.spawn(level(1));
  await macrotask();
  await macrotask();
  await task.cancel();
  assertEquals({ log, tasks: executor.size }, { log: [3, 2, 1], tasks: 0 });
});

Deno.test("a scope that is made in clean-up is not cancelled, and waited for", async () => {
  const executor = new LocalExecutor();
  const log: unknown[] = [];
  const save = async () => {
    await macrotask();
    log.push("saved");
  };
  const bodies = [
    async () => {
      try {
        await pending();
      } finally {
        await Scope.run(executor, (scope) => scope.spawn(save));
      }
    },
    async () => {
      try {
        await pending();
      } finally {
        new Scope(executor).spawn(save);
      }
    },
    function* () {
      try {
        yield* pending();
      } finally {
        new Scope(executor).spawn(save);
      }
    },
  ];
  for (const body of bodies) {
    const task = executor.spawn(body as () => Promise<void>);
    await macrotask();
    await task.cancel();
    assertEquals(log.splice(0), ["saved"]);
  }
});

Deno.test("a scope in a shield is not cancelled with the task, and waited for", async () => {
  const executor = new LocalExecutor();
  const log: unknown[] = [];
  const task = executor.spawn(async () => {
    await uncancellable(() => {
      new Scope(executor).spawn(async ({ signal }) => {
        await macrotask();
        log.push(signal.aborted);
      });
    });
  });
  await macrotask();
  await task.cancel();
  assertEquals(log, [false]);
});

Deno.test("a scope in the function of a timeout is cancelled with it, and has its deadline", async () => {
  const executor = new LocalExecutor();
  const clock = new VirtualClock({ autoAdvance: true });
  const log: unknown[] = [];
  await assertRejects(async () =>
    await timeout(
      async () => {
        const scope = new Scope(executor);
        scope.spawn(cleaner(log));
        log.push(currentDeadline()?.remaining);
        await pending();
      },
      50,
      { clock },
    ), DOMException);
  assertEquals(log, [50, "child"]);
});

Deno.test("{ linked: false } makes a scope that belongs to nobody", async () => {
  const executor = new LocalExecutor();
  let shared: Scope | undefined;
  const get = () => shared ??= new Scope(executor, { linked: false });
  const first = executor.spawn(async () => {
    get();
    await pending();
  });
  await macrotask();
  const other = get().spawn(async () => {
    await macrotask();
    return "goes on";
  });
  await first.cancel();
  assertEquals(await other, "goes on");
  assertThrows(() => new Scope(executor, { linked: 1 as never }), TypeError, "linked to be a boolean, got 1");
});

Deno.test("a task that is cancelled before it knows makes a scope that is cancelled", async () => {
  const executor = new LocalExecutor();
  const { promise, resolve } = Promise.withResolvers<void>();
  let hasRun = false;
  const task = executor.spawn(async () => {
    await promise;
    new Scope(executor).spawn(() => hasRun = true);
    await pending();
  });
  await macrotask();
  const cancelled = task.cancel();
  await macrotask();
  resolve();
  await cancelled;
  assertEquals(hasRun, false);
});

Deno.test("a failing task interrupts the body of Scope.run at once, in a task or not", async () => {
  const executor = new LocalExecutor();
  const clock = new VirtualClock({ autoAdvance: true });
  let caught: unknown;
  const run = () =>
    Scope.run(executor, async (scope) => {
      scope.spawn(() => sleep(5, { clock }).then(throws));
      try {
        await pending();
      } catch (error) {
        caught = error;
        throw error;
      }
    });
  for (const way of [async () => await run(), async () => await executor.spawn(run)]) {
    caught = undefined;
    assertStrictEquals(await assertRejects(way), boom);
    assertInstanceOf(caught, CancelledError);
    assertStrictEquals((caught as CancelledError).cause, boom);
  }
  const generator = Scope.run(executor, function* (scope) {
    scope.spawn(throws);
    try {
      yield* pending();
    } finally {
      caught = "closed";
    }
  });
  assertStrictEquals(await assertRejects(async () => await generator), boom);
  assertEquals(caught, "closed");
});

Deno.test("cancel() interrupts the body of Scope.run, which throws the reason, or what it likes", async () => {
  const executor = new LocalExecutor();
  const reason = new Error("enough");
  const stopped = Scope.run(executor, async (scope) => {
    setTimeout(() => scope.cancel(reason), 1);
    await pending();
  });
  assertStrictEquals(await assertRejects(async () => await stopped), reason);
  const answered = Scope.run(executor, async (scope) => {
    scope.cancel(reason);
    return await pending().then(() => 1, () => 2);
  });
  assertEquals(await answered, 2);
});

Deno.test("a body that has asked for the signal is told by that, and not interrupted later", async () => {
  const executor = new LocalExecutor();
  const output = await Scope.run(executor, async (scope) => {
    const { signal } = scope;
    scope.cancel("enough");
    await macrotask();
    await sleep(0);
    return signal.reason;
  });
  assertEquals(output, "enough");
});

Deno.test("scope.signal is aborted whoever cancels the scope", async () => {
  const executor = new LocalExecutor();
  const clock = new VirtualClock();
  const outer = new AbortController();
  const scopes = [
    new Scope(executor, { signal: outer.signal }),
    new Scope(executor, { timeout: 5, clock }),
    new Scope(executor),
    new Scope(executor),
  ];
  const signals = scopes.map(({ signal }) => signal);
  assertEquals(signals.map(({ aborted }) => aborted), [false, false, false, false]);
  outer.abort("outer");
  clock.advance(5);
  scopes[2].spawn(throws);
  scopes[3].cancel("enough");
  await macrotask();
  assertEquals(
    signals.map(({ reason }) => reason?.cause ?? reason?.name ?? reason),
    ["outer", "TimeoutError", boom, "enough"],
  );
  const results = await Promise.allSettled(scopes.map((scope) => scope.close()));
  assertEquals(
    results.map((result) =>
      result.status === "rejected" ? result.reason?.name ?? result.reason : result.status
    ),
    ["outer", "TimeoutError", "Error", "fulfilled"],
  );
});

Deno.test("of several failures each is told once", async () => {
  const executor = new LocalExecutor();
  const two = new Error("two");
  const error = await assertRejects(
    async () =>
      await Scope.run(executor, async (scope) => {
        scope.spawn(function* () {
          try {
            yield* pending();
          } finally {
            throwing(two)();
          }
        });
        await macrotask();
        const first = scope.spawn(throws);
        scope.spawn(async () => await first);
        await first;
      }),
    AggregateError,
  );
  assertEquals(error.errors, [boom, two]);
});

Deno.test("a run that a task returns may be awaited by others", async () => {
  const executor = new LocalExecutor();
  const run = Scope.run(executor, async () => (await sleep(1), 7));
  const tasks = [executor.spawn(() => run), executor.spawn(() => run)];
  assertEquals(await Promise.all([run, ...tasks, run]), [7, 7, 7, 7]);
});

Deno.test("what a task throws, and its scope for the same reason, is one error", async () => {
  const executor = new LocalExecutor();
  const joining = executor.spawn(async () => {
    const scope = new Scope(executor);
    scope.spawn(throws);
    await scope.join();
  });
  assertStrictEquals(await assertRejects(async () => await joining), boom);
  const two = new Error("two");
  const run = Scope.run(executor, async (scope) => {
    scope.spawn(() => macrotask().then(throws));
    scope.spawn(async () => await pending().finally(throwing(two)));
    await macrotask();
    await scope.close();
  });
  const error = await assertRejects(async () => await run, AggregateError);
  assertEquals(error.errors, [boom, two]);
});

Deno.test("an error that has a failure as its cause tells it", async () => {
  const executor = new LocalExecutor();
  const error = await assertRejects(async () =>
    await Scope.run(executor, async (scope) => {
      try {
        await scope.spawn(throws);
      } catch (cause) {
        throw new Error("wrapped", { cause });
      }
    }), Error);
  assertEquals({ message: error.message, cause: error.cause }, { message: "wrapped", cause: boom });
});

Deno.test("a scope that a listener of the signal makes is clean-up, and waited for", async () => {
  const executor = new LocalExecutor();
  const log: unknown[] = [];
  const save = () => {
    new Scope(executor).spawn(() => macrotask().then(() => void log.push("saved")));
  };
  const bodies = [
    async ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", save);
      await pending();
    },
    async () => {
      await fromPromise(async ({ signal }) => {
        signal.addEventListener("abort", save);
        await pending();
      });
    },
    async () => {
      await Scope.run(executor, async ({ signal }) => {
        signal.addEventListener("abort", save);
        await pending();
      });
    },
  ];
  for (const body of bodies) {
    const task = executor.spawn(body);
    await macrotask();
    await task.cancel();
    assertEquals(log.splice(0), ["saved"]);
  }
});

Deno.test("a Scope.run that nobody awaits is reported, but not if it is only the reason of its task", async () => {
  const executor = new LocalExecutor();
  const errors = await unhandledIn(async () => {
    void Scope.run(executor, throws);
    const task = executor.spawn(async () => {
      void Scope.run(executor, () => pending());
      await pending();
    });
    await macrotask();
    await task.cancel(new Error("enough"));
  });
  assertEquals(errors, [boom]);
});

Deno.test("a scope that was closed, and that nobody awaits, is reported", async () => {
  const executor = new LocalExecutor({ onPanic: () => {} });
  const errors = await unhandledIn(() => {
    const scope = new Scope(executor);
    scope.spawn(throws);
    scope.close();
  });
  assertEquals(errors, [boom]);
});

Deno.test("timeout is relative, deadline a time, and the nearer of them and those around counts", async () => {
  const executor = new LocalExecutor();
  const clock = new VirtualClock({ now: 100, autoAdvance: true });
  const run = (options: object) =>
    assertRejects(
      async () => await Scope.run(executor, () => pending(), { clock, ...options }),
      DOMException,
    );
  await run({ timeout: 10 });
  assertEquals(clock.now(), 110);
  await run({ deadline: 130 });
  assertEquals(clock.now(), 130);
  await run({ timeout: 30, deadline: 150 });
  assertEquals(clock.now(), 150);
  const error = await assertRejects(
    async () =>
      await Scope.run(executor, async () => {
        await Scope.run(executor, () => pending(), { clock, timeout: 1000 });
      }, { clock, timeout: 20 }),
    DOMException,
  );
  assertEquals({ name: error.name, now: clock.now() }, { name: "TimeoutError", now: 170 });
  assertEquals(clock.size, 0);
});

Deno.test("currentDeadline() is the nearest of the task's and the scopes' around it", async () => {
  const executor = new LocalExecutor();
  const clock = new VirtualClock();
  const left = () => currentDeadline()?.remaining;
  assertEquals(left(), undefined);
  const found = await executor.spawn(
    async () => {
      const outer = left();
      const inner = await Scope.run(executor, async (scope) => {
        const child = await scope.spawn(async () => (await null, left()));
        const own = await scope.spawn(left, undefined, { timeout: 10, clock });
        const grandchild = await scope.spawn(() => new Scope(executor, { timeout: 70, clock }).spawn(left));
        return { body: left(), child, own, grandchild };
      }, { timeout: 50, clock });
      const wide = await Scope.run(executor, (scope) => scope.spawn(left), { timeout: 500, clock });
      const free = await executor.spawn(left);
      return { outer, inner, wide, free, after: left() };
    },
    "t",
    { timeout: 100, clock },
  );
  assertEquals(found, {
    outer: 100,
    inner: { body: 50, child: 50, own: 10, grandchild: 50 },
    wide: 100,
    free: undefined,
    after: 100,
  });
});
