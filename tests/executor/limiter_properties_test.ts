/** Limiters that are steered at random: nothing is lost, and nothing is too much. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Future, PENDING, type Waker } from "../../mod.ts";
import { limit, LocalExecutor, PriorityExecutor, type TaskHandle } from "../../lib/executor/mod.ts";
import { VirtualClock } from "../../lib/time/mod.ts";

/** A body that ends when it is told to, and knows whether it has begun. */
class Body implements Future<number> {
  hasBegun = false;
  isOver = false;
  drops = 0;
  waker: Waker | undefined;

  poll(cx: { waker: Waker }): number | typeof PENDING {
    this.hasBegun = true;
    this.waker = cx.waker;
    return this.isOver ? 1 : PENDING;
  }

  [Symbol.dispose](): void {
    this.drops++;
  }
}

type Step =
  | { do: "spawn"; priority: number; delay: number | undefined }
  | { do: "finish" | "cancel" | "raise"; which: number; priority: number }
  | { do: "resize"; concurrency: number }
  | { do: "run" | "pause" | "resume" | "clear" | "stop" }
  | { do: "advance"; ms: number };

const which = fc.nat(20);
const priority = fc.integer({ min: -1, max: 1 });
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      do: fc.constant("spawn" as const),
      priority,
      delay: fc.constantFrom(undefined, undefined, 3),
    }),
    fc.record({ do: fc.constant("spawn" as const), priority, delay: fc.constant(undefined) }),
    fc.record({
      do: fc.constantFrom("finish" as const, "cancel" as const, "raise" as const),
      which,
      priority,
    }),
    fc.record({ do: fc.constant("resize" as const), concurrency: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constantFrom("run" as const, "run" as const, "pause" as const, "resume" as const) }),
    fc.record({ do: fc.constantFrom("clear" as const, "stop" as const) }),
    fc.record({ do: fc.constant("advance" as const), ms: fc.nat(10) }),
  ),
  { maxLength: 60 },
);
const rates = fc.constantFrom(
  undefined,
  { max: 2, per: 10 },
  { max: 2, per: 10, window: "fixed" as const },
  { max: 3, per: 9, burst: 1 },
  { max: 2, per: 10, window: "fixed" as const, carry: true },
);

Deno.test("a limiter that is steered at random starts no more than it may, loses nothing, and comes to rest", () => {
  const property = fc.property(steps, rates, fc.boolean(), (steps, rate, hasPriorities) => {
    const clock = new VirtualClock();
    const executor = hasPriorities
      ? new PriorityExecutor({ pump: "manual" })
      : new LocalExecutor({ pump: "manual" });
    const limiter = limit(executor, { concurrency: 2, rate, clock });
    const tasks: { body: Body; task: TaskHandle<number> }[] = [];
    const alive = () => tasks.filter(({ task }) => !task.isFinished);
    const finish = (body: Body) => {
      body.isOver = true;
      body.waker?.wake();
    };

    for (const step of steps) {
      const before = limiter.active;
      const one = "which" in step ? alive().at(step.which % (alive().length || 1)) : undefined;
      if (step.do === "spawn") {
        const body = new Body();
        const { priority, delay } = step;
        tasks.push({
          body,
          task: limiter.spawn<number, number>(body, tasks.length, { priority, delay, clock }),
        });
      } else if (step.do === "finish" && one?.body.hasBegun) finish(one.body);
      else if (step.do === "cancel") void one?.task.cancel();
      else if (step.do === "raise" && one !== undefined) limiter.setPriority(one.task, step.priority);
      else if (step.do === "resize") limiter.resize(step.concurrency);
      else if (step.do === "pause") limiter.pause();
      else if (step.do === "resume") limiter.resume();
      else if (step.do === "clear") limiter.clear("cleared");
      else if (step.do === "stop") void limiter.cancel("stopped");
      else if (step.do === "advance") clock.advance(step.ms);
      else if (step.do === "run") executor.runUntilStalled();
      const { active, waiting, size } = limiter;
      assertEquals({
        size,
        activeTasks: limiter.activeTasks().length,
        waitingTasks: limiter.waitingTasks().length,
      }, {
        size: active + waiting,
        activeTasks: active,
        waitingTasks: waiting,
      });
      const begun = alive().filter(({ body }) => body.hasBegun).length;
      assert(begun <= active, `${begun} have begun, ${active} are active`);
      assert(active <= Math.max(limiter.concurrency, before), `${active} are active, after ${before}`);
    }

    limiter.resume();
    for (let i = 0; i < 1000 && alive().length > 0; i++) {
      executor.runUntilStalled();
      for (const { body } of alive()) if (body.hasBegun) finish(body);
      executor.runUntilStalled();
      clock.advanceToNext();
    }
    assertEquals(
      {
        alive: alive().length,
        active: limiter.active,
        waiting: limiter.waiting,
        drops: tasks.filter(({ body }) => body.drops !== 1).length,
        isRateLimited: limiter.isRateLimited,
        timers: clock.size,
        size: executor.size,
      },
      { alive: 0, active: 0, waiting: 0, drops: 0, isRateLimited: false, timers: 0, size: 0 },
    );
  });
  fc.assert(property, { numRuns: 2000 });
});
