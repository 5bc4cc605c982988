/** Shields: what has begun goes on to its end, and the cancellation is delivered there. */
import { assertEquals } from "@std/assert";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { race, Scope } from "../../lib/scope/mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import {
  fromPromise,
  type IntoFuture,
  type Outcome,
  ready,
  type TaskGenerator,
  uncancellable,
} from "../../mod.ts";
import { boom, macrotask, reported, throws } from "../helpers.ts";

type Log = (text: string) => void;

const clock = new VirtualClock({ autoAdvance: true });
const nap = () => sleep(10, { clock });

/** Cancels a body in its first wait; what it has logged, and how it ended. */
async function cancelled(make: (log: Log) => IntoFuture<unknown, string>) {
  const log: string[] = [];
  const manual = new LocalExecutor({ pump: "manual" });
  const task = manual.spawn(make((text) => log.push(text)), "tag");
  manual.runUntilStalled();
  task.cancel("reason");
  let outcome: Outcome<unknown> | undefined;
  task.outcome().then((end) => outcome = end);
  while (outcome === undefined) {
    manual.runUntilStalled();
    await macrotask();
  }
  return { log, outcome };
}

/** Two steps. */
async function steps(log: Log): Promise<string> {
  await nap();
  log("one");
  await nap();
  log("two");
  return "output";
}

function* stepped(log: Log) {
  yield* nap();
  log("one");
  yield* nap();
  log("two");
}

const reason = { status: "cancelled" as const, reason: "reason" };

const shields: Record<string, (log: Log) => IntoFuture<unknown, string>> = {
  "an async function in an async function": (log) => async () => {
    await uncancellable(() => steps(log));
    log("unreachable");
  },
  "a generator in an async function": (log) => async () => {
    await uncancellable(() => stepped(log));
    log("unreachable");
  },
  "a promise of nobody's in an async function": (log) => async () => {
    await uncancellable(macrotask().then(() => log("one")).then(macrotask).then(() => log("two")));
    log("unreachable");
  },
  "an async function in a generator": (log) =>
    function* () {
      yield* uncancellable(() => steps(log));
      log("unreachable");
    },
  "a generator in a generator": (log) =>
    function* () {
      yield* uncancellable(stepped(log));
      log("unreachable");
    },
  "a shield in a shield": (log) => async () => {
    await uncancellable(async () => {
      await uncancellable(() => steps(log));
    });
    log("unreachable");
  },
  "a shield in timeout()": (log) => async () => {
    await timeout(uncancellable(() => steps(log)), 5, { clock });
    log("unreachable");
  },
  "a shield in race()": (log) => async () => {
    await race([uncancellable(() => steps(log)), sleep(5, { clock })]);
    log("unreachable");
  },
  "a scope in a shield": (log) => async () => {
    await uncancellable(() =>
      Scope.run(new LocalExecutor(), async (scope) => {
        await scope.spawn(() => stepped(log));
      })
    );
    log("unreachable");
  },
  "a function of fromPromise() in a shield": (log) => async () => {
    await uncancellable(async () => {
      await fromPromise(async ({ signal }) => {
        await steps(log);
        if (signal.aborted) log("aborted");
      });
    });
    log("unreachable");
  },
};

for (const [name, make] of Object.entries(shields)) {
  Deno.test(`uncancellable() goes on to its end, which is interrupted: ${name}`, async () => {
    assertEquals(await cancelled(make), { log: ["one", "two"], outcome: reason });
  });
}

Deno.test("uncancellable() throws the reason where it was waited for, and clean-up goes on after that", async () => {
  const { log, outcome } = await cancelled((log) => async () => {
    try {
      await uncancellable(() => steps(log));
    } catch (error) {
      log(`caught ${error}`);
      await nap();
      log("clean");
    }
  });
  assertEquals({ log, outcome }, { log: ["one", "two", "caught reason", "clean"], outcome: reason });
});

Deno.test("uncancellable() of a promise does not shield what began outside of it", async () => {
  const { log, outcome } = await cancelled((log) => async () => {
    await uncancellable(steps(log));
  });
  assertEquals({ log, outcome }, { log: [], outcome: reason });
});

Deno.test("uncancellable() is not begun if the cancellation came before", async () => {
  const { log, outcome } = await cancelled((log) => async () => {
    await macrotask();
    await uncancellable(() => steps(log));
  });
  assertEquals({ log, outcome }, { log: [], outcome: reason });
});

Deno.test("uncancellable() in clean-up is begun, and gives its output", async () => {
  const { log } = await cancelled((log) => async () => {
    try {
      await nap();
    } finally {
      log(await uncancellable(() => steps(log)));
    }
  });
  assertEquals(log, ["one", "two", "output"]);
});

function* fails(): TaskGenerator<never> {
  throw yield* ready(boom);
}

/** How an error gets out of a body that is cancelled while its clean-up waits. */
const errors: Record<string, (log: Log) => IntoFuture<unknown, string>> = {
  "an async function": (log) => async () => {
    try {
      throws();
    } catch (error) {
      await uncancellable(async () => {
        await steps(log);
        throw error;
      });
    }
  },
  "a generator": (log) =>
    function* () {
      try {
        yield* fails();
      } catch (error) {
        yield* uncancellable(function* () {
          yield* stepped(log);
          throw error;
        });
      }
    },
};

for (const [name, make] of Object.entries(errors)) {
  Deno.test(`an error that goes through uncancellable() is not lost when ${name} is cancelled`, async () => {
    const told = await reported(async () => {
      const { log, outcome } = await cancelled(make);
      const error = outcome.status === "panicked" ? outcome.error : undefined;
      const first = (error as SuppressedError).error ?? error;
      assertEquals({ log, first }, { log: ["one", "two"], first: boom });
    });
    assertEquals(told, []);
  });
}
