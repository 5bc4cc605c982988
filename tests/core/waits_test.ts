/** What tasks and futures say that they wait for. */
import { assertEquals, assertThrows } from "@std/assert";
import { fromPromise, type Future, PENDING, pending, type Wait, WAITS, yieldNow } from "../../mod.ts";
import { bounded, Selector, unbounded } from "../../lib/channel/mod.ts";
import { blockOn, DeadlockError, limit, LocalExecutor } from "../../lib/executor/mod.ts";
import { all, race, Scope } from "../../lib/scope/mod.ts";
import { interval, sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { macrotask } from "../helpers.ts";

Deno.test("a generator task says what it waits for, and nothing while it is ready or has ended", async () => {
  const executor = new LocalExecutor({ pump: "manual" });
  const clock = new VirtualClock();
  const [tx, rx] = unbounded<number>();
  const task = executor.spawn(function* () {
    yield* sleep(5, { clock });
    yield* rx.recv();
    yield* fromPromise(Promise.resolve(1));
    yield* yieldNow();
  }, "t");
  const seen: unknown[] = [task.toJSON().waitsFor];
  const step = (): void => {
    executor.runUntilStalled();
    seen.push(task.toJSON().waitsFor);
  };
  step();
  clock.advance(5);
  seen.push(task.toJSON().waitsFor);
  step();
  tx.trySend(1);
  step();
  await macrotask();
  step();
  assertEquals(seen, [undefined, "sleep until 5 ms", undefined, "receive", "promise", undefined]);
});

Deno.test("an async body says what it awaits, several things at once, or a promise", async () => {
  const executor = new LocalExecutor();
  const clock = new VirtualClock();
  const other = executor.spawn(pending(), "other");
  const bodies = [
    async () => void await other,
    async () => void await Promise.all([sleep(1, { clock }), other]),
    async () => void await macrotask(),
  ];
  const tasks = bodies.map((body) => executor.spawn(body));
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(tasks.map((task) => task.toJSON().waitsFor), [
    `join of task ${other.id}`,
    `all of sleep until 1 ms, join of task ${other.id}`,
    "promise",
  ]);
  await macrotask();
  await macrotask();
  executor.cancel();
  await executor.close();
});

Deno.test("timeouts, combinators and scopes say what they wait for together", async () => {
  const executor = new LocalExecutor();
  const clock = new VirtualClock();
  const other = executor.spawn(pending(), "other");
  const { id } = other;
  const waits = {
    [`timeout until 9 ms of join of task ${id}`]: () => timeout(other, 9, { clock }),
    [`all of join of task ${id}, sleep until 1 ms`]: () => all([other, sleep(1, { clock })]),
    [`race of join of task ${id}, future`]: () => race([other, pending()]),
    [`join of task ${id}`]: () => Scope.run(executor, async () => await other),
    "scope": () => Scope.run(executor, (scope) => void scope.spawn(pending())),
  };
  for (const [expected, wait] of Object.entries(waits)) {
    const task = executor.spawn(function* () {
      yield* wait() as Future<unknown> as ReturnType<typeof pending>;
    });
    await macrotask();
    assertEquals(task.toJSON().waitsFor, expected);
  }
  const task = executor.spawn(() => void new Scope(executor).spawn(pending()));
  await macrotask();
  assertEquals(task.toJSON().waitsFor, "scope");
  await executor.cancel();
});

Deno.test("[WAITS]() of every future names what it waits for", () => {
  const clock = new VirtualClock();
  const cx = { waker: { wake() {} } };
  const [tx, rx] = bounded<number>(0);
  const executor = new LocalExecutor({ pump: "manual" });
  const one = limit(executor, 1);
  one.spawn(pending());
  const waits: Record<string, Wait | undefined> = {};
  const polled = (name: string, future: Future<unknown>) => {
    future.poll(cx);
    waits[name] = future[WAITS]?.();
  };
  polled("sleep", sleep(5, { clock }));
  polled("tick", interval(5, { clock }).tick());
  polled("receive", rx.recv());
  const { kind, on } = waits.receive!;
  assertEquals({ kind, isObject: typeof on }, { kind: "receive", isObject: "object" });
  polled("select", new Selector().recv(bounded<number>(0)[1], () => {}).wait());
  polled("send", bounded<number>(0)[0].send(1));
  polled("promise", fromPromise(new Promise(() => {})));
  polled("executor tick", new LocalExecutor({ pump: "manual" }).tick());
  const waiting = one.spawn(pending(), "waiting");
  executor.runUntilStalled();
  polled("join", waiting);
  assertEquals(waiting.toJSON().waitsFor, "turn");
  const kinds = Object.entries(waits).map(([name, wait]) => [name, wait?.kind, wait?.until, wait?.task]);
  assertEquals(kinds, [
    ["sleep", "sleep", 5, undefined],
    ["tick", "tick", 5, undefined],
    ["receive", "receive", undefined, undefined],
    ["select", "select", undefined, undefined],
    ["send", "send", undefined, undefined],
    ["promise", "promise", undefined, undefined],
    ["executor tick", "task that is ready", undefined, undefined],
    ["join", "join", undefined, waiting.id],
  ]);
  tx[Symbol.dispose]();
});

Deno.test("a DeadlockError says what each task waits for, a future of one's own included", () => {
  const executor = new LocalExecutor();
  const button: Future<void> = { poll: () => PENDING, [WAITS]: () => ({ kind: "press of a button" }) };
  const pressed = executor.spawn(button, "ui");
  const joined = executor.spawn(function* () {
    yield* pressed;
  }, "joiner");
  const error = assertThrows(() => blockOn(pending(), { executor }), DeadlockError);
  assertEquals(
    error.message,
    `Cannot go on: nothing can wake the future, task ${pressed.id} ("ui"), which waits for press of a button, ` +
      `task ${joined.id} ("joiner"), which waits for join of task ${pressed.id}`,
  );
});
