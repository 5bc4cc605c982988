/** Whatever trees of scopes, tasks and combinators do: all of it ends, and every error is told, once. */
import { assertEquals } from "@std/assert";
import {
  type Awaitable,
  CancelledError,
  fromPromise,
  pending,
  type TaskGenerator,
  uncancellable,
} from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { all, race, Scope } from "../../lib/scope/mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { macrotask, reported, unhandledIn } from "../helpers.ts";

/** Numbers that look random, the same for the same seed: below `n`. */
function random(seed: number): (n: number) => number {
  let state = seed * 2654435761 >>> 0 || 1;
  return (n) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % n;
  };
}

/** What is thrown here, and nowhere else. */
class Thrown extends Error {}

/** All of these that an error tells of. */
function toldBy(error: unknown): Thrown[] {
  if (error instanceof Thrown) return [error];
  if (error instanceof AggregateError) return error.errors.flatMap(toldBy);
  if (error instanceof CancelledError || !(error instanceof Error)) return [];
  const { error: later, suppressed, cause } = error as Error & { error?: unknown; suppressed?: unknown };
  return [later, suppressed, cause].flatMap(toldBy);
}

/** Whether it tells of nothing but what was thrown here, and of times that are up. */
function isExpected(error: unknown): boolean {
  if (error instanceof Thrown || error instanceof CancelledError) return true;
  if (error instanceof AggregateError) return error.errors.every(isExpected);
  const { name, error: later, suppressed } = error as Error & { error?: unknown; suppressed?: unknown };
  return name === "TimeoutError" || name === "SuppressedError" && isExpected(later) &&
      (typeof suppressed === "string" || isExpected(suppressed));
}

/** One world: an executor, a clock, and what was thrown in it. */
class World {
  readonly thrown: Thrown[] = [];
  readonly told: Thrown[] = [];
  readonly strays: unknown[] = [];
  readonly clock = new VirtualClock();
  readonly executor = new LocalExecutor({ onPanic: (error) => this.tell(error) });
  readonly pick: (n: number) => number;

  constructor(seed: number) {
    this.pick = random(seed);
  }

  tell(error: unknown): void {
    this.told.push(...toldBy(error));
    if (!isExpected(error)) this.strays.push(error);
  }

  throw(): never {
    const error = new Thrown(`error ${this.thrown.length + 1}`);
    this.thrown.push(error);
    throw error;
  }

  /** A body of some kind, with others in it down to a depth. */
  body(depth: number): () => PromiseLike<unknown> {
    const kinds = depth === 0 ? 3 : 12;
    switch (this.pick(kinds)) {
      case 0:
        return () => this.work();
      case 1:
        return this.generator() as unknown as () => PromiseLike<unknown>;
      case 2:
        return () => pending();
      case 3:
      case 4:
      case 5:
        return () => this.scope(depth - 1);
      case 6:
        return () => this.open(depth - 1);
      case 7:
        return async () => await this.combined(depth - 1);
      case 8:
        return async () => await uncancellable(() => this.work());
      case 9:
        return async () => await fromPromise(this.body(depth - 1));
      case 10:
        return () => all([Scope.run(this.executor, this.body(depth - 1)), this.executor.spawn(this.body(0))]);
      default:
        return async () => await timeout(this.body(depth - 1), this.pick(60), { clock: this.clock });
    }
  }

  async work(): Promise<void> {
    const [isDirty, fails, ms] = [this.pick(5) === 0, this.pick(4) === 0, this.pick(40)];
    let isDone = false;
    try {
      await sleep(ms, { clock: this.clock });
      isDone = true;
    } finally {
      if (!isDone) {
        await macrotask();
        if (isDirty) this.throw();
      }
    }
    if (fails) this.throw();
  }

  generator(): () => TaskGenerator<void> {
    // deno-lint-ignore no-this-alias
    const world = this;
    const [isDirty, fails, ms] = [this.pick(5) === 0, this.pick(4) === 0, this.pick(40)];
    return function* () {
      let isDone = false;
      try {
        yield* sleep(ms, { clock: world.clock });
        isDone = true;
      } finally {
        if (!isDone) {
          yield* fromPromise(macrotask());
          if (isDirty) world.throw();
        }
      }
      if (fails) world.throw();
    };
  }

  scope(depth: number): Awaitable<unknown> {
    const options = {
      onFailure: this.pick(3) === 0 ? "collect" : "cancel",
      ...(this.pick(3) === 0 ? { timeout: this.pick(60), clock: this.clock } : {}),
    } as const;
    return Scope.run(this.executor, async (scope) => {
      if (this.pick(3) === 0) scope.defer(() => this.pick(4) === 0 ? this.throw() : macrotask());
      const tasks = Array.from({ length: this.pick(4) }, () => scope.spawn(this.body(depth)));
      switch (this.pick(7)) {
        case 0:
          return await scope.join();
        case 1:
          return tasks.length === 0 ? undefined : await tasks[0];
        case 2:
          return await this.work();
        case 3:
          await sleep(this.pick(20), { clock: this.clock });
          return void scope.cancel(this.pick(2) === 0 ? "stop" : undefined);
        case 4:
          return await scope.close({ grace: this.pick(30), clock: this.clock });
        case 5:
          return await this.scope(Math.max(0, depth - 1));
      }
    }, options);
  }

  /** Leaves scopes open. */
  async open(depth: number): Promise<void> {
    for (let i = this.pick(3); i >= 0; i--) {
      const scope = new Scope(this.executor);
      for (let j = this.pick(3); j > 0; j--) scope.spawn(this.body(depth));
    }
    await this.work();
  }

  combined(depth: number): Awaitable<unknown> {
    const children = Array.from({ length: 1 + this.pick(3) }, () => this.executor.spawn(this.body(depth)));
    return this.pick(2) === 0 ? all(children) : race(children);
  }

  /** Runs one task, and cancels it some time; whether everything has ended. */
  async run(): Promise<void> {
    const task = this.executor.spawn(this.body(4));
    const ended = task.outcome().then((outcome) => {
      if (outcome.status === "panicked") this.tell(outcome.error);
    });
    const cancelAt = 10 + this.pick(100);
    for (let turn = 0; this.executor.size > 0 && turn < 3000; turn++) {
      await macrotask();
      this.clock.advance(1);
      if (turn === cancelAt) task.cancel("the end");
    }
    await Promise.race([ended, macrotask()]);
  }
}

for (let first = 1; first <= 2000; first += 500) {
  Deno.test(`trees of scopes end, and tell every error once: seeds from ${first}`, async () => {
    for (let seed = first; seed < first + 500; seed++) {
      const world = new World(seed);
      const unhandled = await unhandledIn(async () => {
        const errors = await reported(() => world.run());
        await macrotask();
        for (const error of errors) world.tell(error);
      });
      for (const error of unhandled) world.tell(error);
      const name = ({ message }: Error) => message;
      assertEquals({
        seed,
        tasks: world.executor.size,
        timers: world.clock.size,
        told: world.told.map(name).toSorted(),
        strays: world.strays,
      }, { seed, tasks: 0, timers: 0, told: world.thrown.map(name).toSorted(), strays: [] });
    }
  });
}
