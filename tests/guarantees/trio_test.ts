/** What Trio documents of its nurseries and cancel scopes, and what of it is so here. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { pending, uncancellable } from "../../mod.ts";
import { currentDeadline, Scope } from "../../lib/scope/mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { boom, macrotask, throwing, throws } from "../helpers.ts";
import { rest, resting, settled, setUp } from "./helpers.ts";

Deno.test("Trio: a nursery's block does not end before its children", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, (scope) => {
    for (const name of ["a", "b"]) scope.spawn(() => macrotask().then(() => void log.push(name)));
    log.push("body");
  });
  log.push("after");
  assertEquals(log, ["body", "a", "b", "after"]);
});

Deno.test("Trio: a child that fails cancels its siblings, and its error comes out of the block", async () => {
  const { executor, log } = setUp();
  for (const body of resting(log, "sibling")) {
    const error = await assertRejects(async () =>
      await Scope.run(executor, (scope) => {
        scope.spawn(body);
        scope.spawn(() => macrotask().then(throws));
      })
    );
    assertStrictEquals(error, boom);
  }
  assertEquals(log, ["sibling", "sibling"]);
});

Deno.test("Trio: a child that fails cancels the body of the nursery", async () => {
  const { executor, log } = setUp();
  const result = await settled(Scope.run(executor, async (scope) => {
    scope.spawn(() => macrotask().then(throws));
    await rest(log, "body")();
    log.push("never");
  }));
  assertEquals({ result, log }, { result: ["rejected", boom], log: ["body"] });
});

Deno.test("Trio: a body that throws cancels the children, and its error comes out when they have ended", async () => {
  const { executor, log } = setUp();
  const result = await settled(Scope.run(executor, async (scope) => {
    scope.spawn(rest(log, "child"));
    await macrotask();
    throw boom;
  }));
  assertEquals({ result, log }, { result: ["rejected", boom], log: ["child"] });
});

Deno.test("Trio: several errors come out together, none is lost", async () => {
  const { executor, log } = setUp();
  const errors = ["one", "two", "body"].map((name) => new Error(name));
  const error = await assertRejects(async () =>
    await Scope.run(executor, async (scope) => {
      for (const each of errors.slice(0, 2)) {
        scope.spawn(async () => {
          try {
            await pending();
          } finally {
            throwing(each)();
          }
        });
      }
      await macrotask();
      throw errors[2];
    })
  );
  assertEquals((error as SuppressedError).name, "SuppressedError");
  const { error: first, suppressed } = error as SuppressedError & { error: unknown; suppressed: unknown };
  const all = [first, suppressed].flatMap((each) => each instanceof AggregateError ? each.errors : [each]);
  assertEquals(new Set(all), new Set(errors));
  assertEquals(log, []);
});

Deno.test("Trio: a child that is cancelled by itself is no failure", async () => {
  const { executor, log } = setUp();
  const output = await Scope.run(executor, async (scope) => {
    const child = scope.spawn(rest(log, "child"));
    const sibling = scope.spawn(() => macrotask().then(() => "sibling"));
    await macrotask();
    await child.cancel();
    return await sibling;
  });
  assertEquals({ output, log }, { output: "sibling", log: ["child"] });
});

Deno.test("Trio: cancelling a nursery cancels its children and its body", async () => {
  const { executor, log } = setUp();
  const run = Scope.run(executor, async (scope) => {
    for (const body of resting(log, "child")) scope.spawn(body);
    setTimeout(() => scope.cancel("stop"), 1);
    await rest(log, "body")();
  });
  assertEquals(await settled(run), ["rejected", "stop"]);
  assertEquals(log.toSorted(), ["body", "child", "child"]);
});

Deno.test("Trio: cancelling from inside, in the body and in a child", async () => {
  const { executor, log } = setUp();
  const fromBody = Scope.run(executor, (scope) => {
    scope.spawn(rest(log, "never begins"));
    scope.cancel();
    return "body";
  });
  assertEquals(await fromBody, "body");
  const fromChild = Scope.run(executor, async (scope) => {
    scope.spawn(rest(log, "sibling"));
    scope.spawn(async () => {
      await macrotask();
      try {
        await scope.cancel("stop");
        log.push("never");
      } finally {
        log.push("child");
      }
    });
    await pending();
  });
  assertEquals(await settled(fromChild), ["rejected", "stop"]);
  assertEquals(log, ["child", "sibling"]);
});

Deno.test("Trio: cancelling twice is cancelling once", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, async (scope) => {
    const child = scope.spawn(rest(log, "child"));
    await macrotask();
    scope.cancel("first");
    scope.cancel("second");
    assertEquals(await settled(child), ["rejected", "first"]);
  }).then(() => {}, (error) => assertEquals(error, "first"));
  assertEquals(log, ["child"]);
});

Deno.test("Trio: a nursery that is over takes no child", async () => {
  const { executor } = setUp();
  let leaked: Scope | undefined;
  await Scope.run(executor, (scope) => void (leaked = scope));
  assertThrows(() => leaked!.spawn(() => 1), TypeError, "Cannot spawn: the scope is closed");
});

Deno.test("Trio: a child may start another in its nursery, also when the body is over", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, (scope) => {
    scope.spawn(async () => {
      await macrotask();
      scope.spawn(() => macrotask().then(() => void log.push("grandchild")));
      log.push("child");
    });
  });
  assertEquals(log, ["child", "grandchild"]);
});

Deno.test("Trio: in a nursery that is cancelled, a new child is cancelled, too", async () => {
  const { executor, log } = setUp();
  const run = Scope.run(executor, async (scope) => {
    scope.cancel("stop");
    const late = scope.spawn(() => log.push("ran"));
    return await settled(late);
  });
  await settled(run);
  assertEquals(log, []);
});

Deno.test("Trio: a child belongs to the nursery it was started in, not to where it was started from", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, async (outer) => {
    const inner = Scope.run(executor, async (scope) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      outer.defer(() => log.push("outer is over"));
      outer.spawn(() => promise.then(() => void log.push("of outer")));
      setTimeout(resolve, 20);
      scope.spawn(rest(log, "of inner"));
      await macrotask();
      scope.cancel("stop");
      await pending();
    });
    assertEquals(await settled(inner), ["rejected", "stop"]);
    log.push("inner is over");
  });
  assertEquals(log, ["of inner", "inner is over", "of outer", "outer is over"]);
});

Deno.test("Trio: of nested deadlines the nearest counts, wherever it is", async () => {
  const { executor } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const log: unknown[] = [];
  const wait = (outer: number, inner: number) =>
    settled(Scope.run(executor, async (scope) => {
      const result = await settled(Scope.run(executor, () => pending(), { timeout: inner, clock }));
      log.push(["inner", clock.now(), (result[1] as Error).name]);
      if (!scope.isCancelled) await pending();
    }, { timeout: outer, clock }));
  const start = clock.now();
  await wait(20, 10);
  log.push(["outer", clock.now() - start]);
  assertEquals(log, [["inner", 10, "TimeoutError"], ["outer", 20]]);
  log.length = 0;
  const again = clock.now();
  const [status, error] = await wait(10, 20);
  assertEquals({ status, name: (error as Error).name, time: clock.now() - again }, {
    status: "rejected",
    name: "TimeoutError",
    time: 10,
  });
});

Deno.test("Trio: when an inner deadline is over, what is outside goes on", async () => {
  const { executor } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const output = await Scope.run(executor, async (scope) => {
    const sibling = scope.spawn(() => sleep(30, { clock }).then(() => "sibling"));
    const inner = await settled(Scope.run(executor, () => pending(), { timeout: 10, clock }));
    return [(inner[1] as Error).name, await sibling];
  }, { timeout: 1000, clock });
  assertEquals(output, ["TimeoutError", "sibling"]);
});

Deno.test("Trio: a deadline that has passed cancels at the first wait", async () => {
  const { executor, log } = setUp();
  const clock = new VirtualClock({ now: 100, autoAdvance: true });
  const result = await settled(Scope.run(executor, async () => {
    log.push("begins");
    await sleep(0, { clock });
    await pending();
    log.push("never");
  }, { deadline: 50, clock }));
  assertEquals({ name: (result[1] as Error).name, log }, { name: "TimeoutError", log: ["begins"] });
});

Deno.test("Trio: the deadline in force is the nearest one", async () => {
  const { executor } = setUp();
  const clock = new VirtualClock();
  const left = () => currentDeadline()?.remaining;
  await Scope.run(executor, async (scope) => {
    assertEquals(left(), 50);
    await Scope.run(executor, () => assertEquals(left(), 50), { timeout: 80, clock });
    await Scope.run(executor, () => assertEquals(left(), 20), { timeout: 20, clock });
    assertEquals(await scope.spawn(left), 50);
    assertEquals(await timeout(left, 30, { clock }), 30);
  }, { timeout: 50, clock });
  assertEquals(left(), undefined);
});

Deno.test("Trio: a shield goes on through a cancellation, which is delivered after it", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(async () => {
    await uncancellable(async () => {
      await sleep(1);
      await sleep(1);
      log.push("shielded");
    });
    log.push("never");
  });
  await macrotask();
  await task.cancel("stop");
  assertEquals(log, ["shielded"]);
});

Deno.test("Trio: an error in the clean-up of a cancelled child comes out", async () => {
  const { executor, log } = setUp();
  const result = await settled(Scope.run(executor, async (scope) => {
    scope.spawn(async () => {
      try {
        await pending();
      } finally {
        throws();
      }
    });
    await macrotask();
    scope.cancel("stop");
  }));
  assertEquals({ result, log }, { result: ["rejected", boom], log: [] });
});

Deno.test("Trio: a child that heeds its signal with an error of its own has failed, with the reason it has not", async () => {
  const { executor, log } = setUp();
  const heeding = (error: (signal: AbortSignal) => unknown) =>
    settled(Scope.run(executor, async (scope) => {
      scope.spawn(({ signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(error(signal))))
      );
      await macrotask();
      scope.cancel("stop");
    }));
  assertEquals(await heeding((signal) => signal.reason), ["fulfilled", undefined]);
  const abort = (signal: AbortSignal) =>
    Object.assign(new Error("aborted", { cause: signal.reason }), { name: "AbortError" });
  assertEquals(await heeding(abort), ["fulfilled", undefined]);
  assertEquals(await heeding(() => boom), ["rejected", boom]);
  assertEquals(log, []);
});

Deno.test("Trio: a cancellation reaches all levels, and ends from the inside out", async () => {
  const { executor, log } = setUp();
  const level = (depth: number) => async (): Promise<void> => {
    await Scope.run(executor, async (scope) => {
      scope.spawn(depth === 3 ? rest(log, "leaf") : level(depth + 1));
      try {
        await pending();
      } finally {
        log.push(`body ${depth}`);
      }
    }).finally(() => log.push(`scope ${depth}`));
  };
  const task = executor.spawn(level(1));
  for (let i = 0; i < 4; i++) await macrotask();
  await task.cancel("stop");
  const at = (name: string) => log.indexOf(name);
  assertEquals(log.length, 7);
  assert(at("leaf") < at("scope 3") && at("scope 3") < at("scope 2") && at("scope 2") < at("scope 1"));
  assertEquals(executor.size, 0);
});

Deno.test("Trio: a nursery in a nursery is over before it, and its error is the outer one's child's", async () => {
  const { executor, log } = setUp();
  const result = await settled(Scope.run(executor, async (outer) => {
    outer.spawn(rest(log, "outer's child"));
    await Scope.run(executor, (inner) => {
      inner.spawn(rest(log, "inner's child"));
      inner.spawn(() => macrotask().then(throws));
    }).finally(() => log.push("inner is over"));
  }));
  assertEquals(result, ["rejected", boom]);
  assertEquals(log, ["inner's child", "inner is over", "outer's child"]);
});

Deno.test("Trio: a cancelled block may still catch, and return", async () => {
  const { executor } = setUp();
  const output = Scope.run(executor, async (scope) => {
    setTimeout(() => scope.cancel("stop"), 1);
    try {
      await pending();
    } catch (reason) {
      return `caught ${reason}`;
    }
  });
  assertEquals(await output, "caught stop");
});
