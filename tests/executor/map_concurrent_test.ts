/** Outputs of many calls: in order or not, and never more under way than may be. */
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { fromPromise, PENDING, pending } from "../../mod.ts";
import { limit, LocalExecutor, mapConcurrent, type MapOptions } from "../../lib/executor/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { boom, context, macrotask } from "../helpers.ts";
import { CountingSignal } from "../time/counting_signal.ts";

const self = () => new VirtualClock({ autoAdvance: true });

/** Counts how many are asked for, and whether it was let go of. */
class Source implements Iterable<number> {
  asked = 0;
  isReturned = false;

  *[Symbol.iterator](): Generator<number> {
    try {
      for (;;) yield this.asked++;
    } finally {
      this.isReturned = true;
    }
  }
}

async function* asynchronous(n: number): AsyncGenerator<number> {
  for (let i = 0; i < n; i++) {
    await null;
    yield i;
  }
}

Deno.test("mapConcurrent() gives the outputs in order, or as they are there", async () => {
  const outputs = async (options: MapOptions) => {
    const clock = self();
    const load = async (ms: number) => (await sleep(ms, { clock }), ms);
    return await Array.fromAsync(mapConcurrent([30, 10, 20, 5], load, options));
  };
  assertEquals(
    {
      ordered: await outputs({ concurrency: 4 }),
      unordered: await outputs({ concurrency: 4, ordered: false }),
      two: await outputs({ concurrency: 2, ordered: false }),
      one: await outputs({ concurrency: 1, ordered: false }),
    },
    { ordered: [30, 10, 20, 5], unordered: [5, 10, 20, 30], two: [10, 30, 20, 5], one: [30, 10, 20, 5] },
  );
});

Deno.test("mapConcurrent() takes arrays, iterables and async iterables, and every kind of function", async () => {
  const kinds = {
    array: mapConcurrent([0, 1, 2], (n) => n),
    set: mapConcurrent(new Set([0, 1, 2]), async (n) => await n),
    async: mapConcurrent(asynchronous(3), function* (n) {
      yield* sleep(0);
      return n;
    }),
    index: mapConcurrent(["a", "b", "c"], (_item, index, { tag }) => index === tag ? index : -1),
    future: mapConcurrent([0, 1, 2], (n) => ({ poll: () => n })),
    none: mapConcurrent([], (n) => n),
  };
  for (const [kind, map] of Object.entries(kinds)) {
    assertEquals(await Array.fromAsync(map as AsyncIterable<number>), kind === "none" ? [] : [0, 1, 2], kind);
  }
});

Deno.test("mapConcurrent() begins nothing before it is asked, and never more than are taken", async () => {
  const source = new Source();
  let begun = 0;
  const map = mapConcurrent(source, (n) => (begun++, n), { concurrency: 3 });
  await macrotask();
  assertEquals({ asked: source.asked, begun }, { asked: 0, begun: 0 });
  assertEquals(await map.next(), { done: false, value: 0 });
  await macrotask();
  assertEquals({ asked: source.asked, begun }, { asked: 4, begun: 4 });
  await macrotask();
  assertEquals({ asked: source.asked, begun }, { asked: 4, begun: 4 });
  assertEquals(await map.next(), { done: false, value: 1 });
  assertEquals(source.asked, 5);
  await map.return();
  assertEquals({ isReturned: source.isReturned, next: await map.next() }, {
    isReturned: true,
    next: { done: true, value: undefined },
  });
});

Deno.test("mapConcurrent() that is left cancels what is under way, and waits for its clean-up", async () => {
  const gate = Promise.withResolvers<void>();
  let cleaned = 0;
  let isLeft = false;
  const source = new Source();
  const left = (async () => {
    for await (
      const n of mapConcurrent(source, function* (n) {
        if (n === 0) return n;
        try {
          yield* pending();
        } finally {
          yield* fromPromise(gate.promise);
          cleaned++;
        }
      }, { concurrency: 3 })
    ) {
      assertEquals(n, 0);
      await macrotask();
      break;
    }
    isLeft = true;
  })();
  await macrotask();
  await macrotask();
  await macrotask();
  assertEquals({ cleaned, isLeft }, { cleaned: 0, isLeft: false });
  gate.resolve();
  await left;
  assertEquals({ cleaned, isReturned: source.isReturned }, { cleaned: 3, isReturned: true });
});

Deno.test("mapConcurrent() throws the first error when the others have cleaned up, and is done then", async () => {
  for (const ordered of [true, false]) {
    const reasons: unknown[] = [];
    const source = new Source();
    const map = mapConcurrent(source, async (n, _index, { signal }) => {
      if (n === 1) throw boom;
      signal.addEventListener("abort", () => reasons.push(n));
      await pending();
    }, { concurrency: 3, ordered });
    assertStrictEquals(await assertRejects(() => map.next()), boom);
    assertEquals({ reasons, isReturned: source.isReturned }, { reasons: [0, 2], isReturned: true });
    assertEquals(await map.next(), { done: true, value: undefined });
    await map.return();
  }
});

Deno.test("mapConcurrent() throws what its source throws, and what a clean-up throws with it", async () => {
  const broken = function* () {
    yield 1;
    throw boom;
  };
  const map = mapConcurrent(broken(), () => pending());
  assertStrictEquals(await assertRejects(() => map.next()), boom);
  const rejecting = mapConcurrent({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(boom) }),
  }, (n) => n);
  assertStrictEquals(await assertRejects(() => rejecting.next()), boom);
  const unclean = mapConcurrent([1, 2], function* (n) {
    if (n === 2) throw boom;
    try {
      yield* pending();
    } finally {
      yield* fromPromise(Promise.reject(new Error("unclean")));
    }
  });
  const error = await assertRejects(() => unclean.next()) as SuppressedError;
  assertEquals({ error: error.error.message, suppressed: error.suppressed }, {
    error: "unclean",
    suppressed: boom,
  });
});

Deno.test("mapConcurrent() heeds its signal, and listens to it only while it goes on", async () => {
  const signal = new CountingSignal();
  const options = { signal: signal.signal };
  assertEquals(await Array.fromAsync(mapConcurrent([1, 2], (n) => n, options)), [1, 2]);
  assertEquals({ added: signal.added, listeners: signal.listeners }, { added: 1, listeners: 0 });
  const next = mapConcurrent([1], () => pending(), options).next().then();
  await macrotask();
  signal.abort("enough");
  assertEquals(await next.catch((reason) => reason), "enough");
  let calls = 0;
  const late = mapConcurrent([1], () => calls++, options).next();
  assertEquals({ late: await late.then(null, (reason) => reason), calls, listeners: signal.listeners }, {
    late: "enough",
    calls: 0,
    listeners: 0,
  });
});

Deno.test("next() called several times at once gives one output each, and what is dropped loses none", async () => {
  const clock = new VirtualClock();
  const map = mapConcurrent([3, 1, 2], async (ms) => (await sleep(ms, { clock }), ms), { concurrency: 3 });
  const dropped = map.next();
  assertEquals(dropped.poll(context()), PENDING);
  const nexts = Promise.all([map.next(), map.next(), map.next(), map.next()]);
  dropped[Symbol.dispose]();
  await macrotask();
  for (let ms = 0; ms < 3; ms++) {
    clock.advance(1);
    await macrotask();
  }
  assertEquals((await nexts).map(({ value }) => value), [3, 1, 2, undefined]);
});

Deno.test("mapConcurrent() runs on whatever spawns", async () => {
  const executor = new LocalExecutor();
  const limiter = limit(executor, 1);
  let active = 0;
  let most = 0;
  const map = mapConcurrent([1, 2, 3], async (n) => {
    most = Math.max(most, ++active);
    await macrotask();
    active--;
    return n;
  }, { concurrency: 3, executor: limiter });
  assertEquals({ outputs: await Array.fromAsync(map), most, view: map.toJSON() }, {
    outputs: [1, 2, 3],
    most: 1,
    view: { concurrency: 3, begun: 3, size: 0, isClosed: false },
  });
  await executor.close();
  await assertRejects(
    () => mapConcurrent([1], (n) => n, { executor }).next(),
    TypeError,
    "executor is closed",
  );
});

Deno.test("mapConcurrent() refuses what it can't do", () => {
  assertThrows(
    () => mapConcurrent(5 as never, (n) => n),
    TypeError,
    "Cannot map: expected something to iterate, got 5",
  );
  assertThrows(() => mapConcurrent([], 5 as never), TypeError, "Cannot map: expected a function, got 5");
  assertThrows(
    () => mapConcurrent([], (n) => n, { concurrency: 0 }),
    RangeError,
    "Cannot map: expected concurrency",
  );
  const executor = {} as never;
  assertThrows(
    () => mapConcurrent([], (n) => n, { executor }),
    TypeError,
    "Cannot map: expected an executor",
  );
});
