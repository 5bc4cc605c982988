/** Trying again: how often, when, and when not. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { CancelledError, fromPromise, pending, spawn } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { retry, type RetryOptions, sleep, VirtualClock } from "../../lib/time/mod.ts";
import { boom, context, macrotask } from "../helpers.ts";
import { CountingSignal } from "./counting_signal.ts";

const self = () => new VirtualClock({ autoAdvance: true });

/** Fails so many times, and says when it was tried. */
function failing(times: number, clock: VirtualClock) {
  const tried: number[] = [];
  const fn = (_call: unknown, attempt: number) => {
    tried.push(clock.now());
    if (attempt <= times) throw boom;
    return attempt;
  };
  return { tried, fn };
}

Deno.test("retry() gives the first output, of every kind of function", async () => {
  const clock = self();
  const options: RetryOptions = { clock, backoff: 1 };
  const once = (attempt: number) => {
    if (attempt === 1) throw boom;
    return attempt;
  };
  const kinds = {
    value: retry((_call, attempt) => once(attempt), options),
    async: retry(async (_call, attempt) => (await sleep(1, { clock }), once(attempt)), options),
    generator: retry(function* (_call, attempt) {
      yield* sleep(1, { clock });
      return once(attempt);
    }, options),
    promise: retry((_call, attempt) => Promise.resolve().then(() => once(attempt)), options),
    future: retry((_call, attempt) => ({ poll: () => once(attempt) }), options),
  };
  for (const [kind, future] of Object.entries(kinds)) assertEquals(await future, 2, kind);
});

Deno.test("retry() tries five times, waiting longer each time, and throws the last error as it is", async () => {
  const clock = self();
  const { tried, fn } = failing(Infinity, clock);
  assertStrictEquals(await assertRejects(() => retry(fn, { clock, jitter: 0 })), boom);
  assertEquals(tried, [0, 100, 300, 700, 1500]);
});

Deno.test("retry() waits as its backoff says", async () => {
  const cases: [RetryOptions["backoff"], number[]][] = [
    [7, [0, 7, 14, 21]],
    [0, [0, 0, 0, 0]],
    [{ initial: 10, factor: 1 }, [0, 10, 20, 30]],
    [{ initial: 10, factor: 10, max: 500 }, [0, 10, 110, 610]],
    [(attempt, error) => error === boom ? attempt : NaN, [0, 1, 3, 6]],
  ];
  for (const [backoff, expected] of cases) {
    const clock = self();
    const { tried, fn } = failing(3, clock);
    assertEquals(await retry(fn, { clock, backoff, jitter: 0 }), 4);
    assertEquals(tried, expected);
  }
});

Deno.test("retry() leaves a part of the wait to chance, or to a function", async () => {
  for (const jitter of [0, 0.5, 1]) {
    for (let i = 0; i < 20; i++) {
      const clock = self();
      const { tried, fn } = failing(1, clock);
      await retry(fn, { clock, backoff: 100, jitter });
      assert(tried[1] >= 100 * (1 - jitter) && tried[1] <= 100, `${tried[1]} with ${jitter}`);
    }
  }
  const clock = self();
  const { tried, fn } = failing(1, clock);
  await retry(fn, { clock, backoff: 100, jitter: (ms) => ms + 1 });
  assertEquals(tried, [0, 101]);
});

Deno.test("retry() tells of each failure that is not the last, and gives up when it is told to", async () => {
  const clock = self();
  const told: unknown[] = [];
  const { tried, fn } = failing(Infinity, clock);
  const options: RetryOptions = {
    clock,
    backoff: 10,
    jitter: 0,
    until: (error, attempt) => error === boom && attempt === 3,
    onRetry: (error, attempt, ms) => told.push({ error, attempt, ms }),
  };
  await assertRejects(() => retry(fn, options), Error, "boom");
  assertEquals({ tried, told }, {
    tried: [0, 10, 20],
    told: [{ error: boom, attempt: 1, ms: 10 }, { error: boom, attempt: 2, ms: 10 }],
  });
});

Deno.test("retry() throws what the functions throw that it asks", async () => {
  const fails = () => {
    throw new RangeError("asked");
  };
  for (const option of ["until", "onRetry", "backoff", "jitter"]) {
    const { fn, tried } = failing(Infinity, new VirtualClock());
    await assertRejects(() => retry(fn, { [option]: fails }), RangeError, "asked", option);
    assertEquals(tried.length, 1);
  }
  const { fn } = failing(Infinity, new VirtualClock());
  await assertRejects(
    () => retry(fn, { backoff: () => NaN }),
    RangeError,
    "Cannot retry: expected a backoff in ms",
  );
});

Deno.test("retry() gives each attempt its time, and tries again what was too late", async () => {
  const clock = self();
  const aborted: unknown[] = [];
  const output = await retry(async ({ signal }, attempt) => {
    signal.addEventListener(
      "abort",
      () => aborted.push({ attempt, at: clock.now(), why: signal.reason.name }),
    );
    if (attempt < 3) await sleep(1000, { clock });
    return attempt;
  }, { clock, timeout: 50, backoff: 10, jitter: 0 });
  assertEquals({ output, aborted }, {
    output: 3,
    aborted: [{ attempt: 1, at: 50, why: "TimeoutError" }, { attempt: 2, at: 110, why: "TimeoutError" }],
  });
});

Deno.test("retry() never tries a cancellation again", async () => {
  const reasons = [new CancelledError(), new DOMException("aborted", "AbortError")];
  for (const reason of reasons) {
    let tries = 0;
    const failed = retry(() => {
      tries++;
      throw reason;
    }, { backoff: 0 });
    assertStrictEquals(await failed.then(() => "output", (error) => error), reason);
    assertEquals(tries, 1);
  }
});

Deno.test("retry() in a task that is cancelled tries no more, and waits for the clean-up", async () => {
  const clock = new VirtualClock();
  const gate = Promise.withResolvers<void>();
  const bodies = {
    *generator() {
      return yield* retry(attempt, { clock });
    },
    async async() {
      return await retry(attempt, { clock });
    },
  };
  let tries = 0;
  function* attempt() {
    tries++;
    try {
      yield* pending();
    } finally {
      yield* fromPromise(gate.promise);
    }
  }
  const executor = new LocalExecutor();
  const tasks = [executor.spawn(bodies.generator), executor.spawn(bodies.async)];
  await macrotask();
  const ended = Promise.all(tasks.map((task) => task.cancel("enough")));
  await macrotask();
  assertEquals(tasks.map(({ isFinished }) => isFinished), [false, false]);
  gate.resolve();
  await ended;
  assertEquals({ tries, timers: clock.size }, { tries: 2, timers: 0 });
});

Deno.test("retry() that is cancelled while it waits leaves nothing registered", async () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const { tried, fn } = failing(Infinity, clock);
  const again = retry(fn, { clock, signal: signal.signal });
  assertEquals(tried.length, 0);
  again.poll(context());
  assertEquals(
    { tries: tried.length, timers: clock.size, listeners: signal.listeners, view: again.toJSON() },
    {
      tries: 1,
      timers: 1,
      listeners: 1,
      view: { attempt: 1, state: "resting" },
    },
  );
  again[Symbol.dispose]();
  assertEquals({ timers: clock.size, listeners: signal.listeners }, { timers: 0, listeners: 0 });
  const aborted = retry(fn, { clock, signal: signal.signal }).then();
  await macrotask();
  signal.abort("enough");
  assertEquals(await aborted.catch((reason) => reason), "enough");
  assertEquals({ tries: tried.length, timers: clock.size, listeners: signal.listeners }, {
    tries: 2,
    timers: 0,
    listeners: 0,
  });
  assertEquals(await retry(fn, { signal: signal.signal }).then(null, (reason) => reason), "enough");
  assertEquals(tried.length, 2);
});

Deno.test("retry() is one for all who wait", async () => {
  const clock = self();
  const { tried, fn } = failing(1, clock);
  const one = retry(fn, { clock, backoff: 1 });
  const [task, handle] = spawn(function* () {
    return yield* one;
  }, (task) => void task.run());
  task.run();
  assertEquals({ all: await Promise.all([one, one, handle]), late: await one, tries: tried.length }, {
    all: [2, 2, 2],
    late: 2,
    tries: 2,
  });
});

Deno.test("retry() refuses what it can't do", () => {
  const make = (options: unknown) => () => retry(() => 1, options as RetryOptions);
  assertThrows(() => retry(5 as never), TypeError, "Cannot retry: expected a function, got 5");
  for (const attempts of [0, 1.5, NaN]) {
    assertThrows(
      make({ attempts }),
      RangeError,
      "Cannot retry: expected attempts to be a whole number from 1",
    );
  }
  assertThrows(make({ backoff: NaN }), RangeError, "Cannot retry: expected a backoff in ms, got NaN");
  assertThrows(
    make({ backoff: { initial: "1", factor: 1, max: "x" } }),
    RangeError,
    "expected a backoff in ms",
  );
  assertThrows(make({ jitter: 2 }), RangeError, "expected jitter to be from 0 to 1, or a function, got 2");
  assertThrows(make({ timeout: NaN }), RangeError, "Cannot retry: expected timeout in ms, got NaN");
  assertThrows(make({ until: 1 }), TypeError, "Cannot retry: expected until to be a function, got 1");
  assertThrows(make({ onRetry: 1 }), TypeError, "Cannot retry: expected onRetry to be a function, got 1");
});
