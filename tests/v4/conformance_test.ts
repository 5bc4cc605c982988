/** Replays the recorded behaviour of async-task 4.7.1 (see `tests/fixtures/README.md`). */
import { assertEquals } from "@std/assert";
import {
  type Awaitable,
  Builder,
  type Context,
  type FallibleTask,
  PENDING,
  type Poll,
  type Runnable,
  type ScheduleInfo,
  setPanicHook,
  type Task,
  type Waker,
} from "../../lib/v4/mod.ts";

interface Step {
  do: string[];
  then: "pending" | "ready" | "panic";
}

interface Case {
  propagatePanic: boolean;
  steps: Step[];
  ops: string[];
  events: string[];
}

/** The join side as a case sees it: which of its three forms it has taken, and how `join` prints its output. */
type Side =
  | { kind: "task"; task: Task<number> }
  | { kind: "fallible"; task: FallibleTask<number> }
  | { kind: "cancellation"; task: Awaitable<number | undefined> };

/** What a case acts on, and the events it has seen. */
class Replay {
  readonly events: string[] = [];
  readonly #steps: Step[];
  readonly #queue: Runnable<string>[] = [];
  #side: Side | undefined;
  #kept: Waker | undefined;
  #polls = 0;
  #joins = 0;

  constructor({ steps, propagatePanic }: Case) {
    this.#steps = steps;
    const schedule = (runnable: Runnable<string>, info: ScheduleInfo): void => {
      this.events.push(`schedule:${info.wokenWhileRunning}`);
      this.#queue.push(runnable);
    };
    const future = {
      poll: (cx: Context): Poll<number> => this.#poll(cx),
      [Symbol.dispose]: (): void => void this.events.push("drop_future"),
    };
    const builder = new Builder().metadata("metadata").propagatePanic(propagatePanic);
    const [runnable, task] = builder.spawn<number>(future, schedule);
    this.#queue.push(runnable);
    this.#side = { kind: "task", task };
  }

  #poll(cx: Context): Poll<number> {
    const index = this.#polls++;
    this.events.push(`poll:${index}`);
    const step = this.#steps[index];
    for (const action of step?.do ?? []) this.#act(action, cx);
    if (step?.then === "panic") throw new Error("boom");
    return step?.then === "ready" ? 100 + index : PENDING;
  }

  #act(action: string, cx: Context): void {
    if (action === "wake") cx.waker.wake();
    else if (action === "clone") this.#kept = cx.waker;
    else this.op(action);
  }

  op(op: string): void {
    switch (op) {
      case "cancel":
      case "join":
      case "drop_task":
      case "detach":
      case "fallible":
      case "is_finished":
        return this.#onSide(op);
      case "wake":
        if (this.#kept === undefined) this.events.push("wake:nowaker");
        this.#kept?.wake();
        return;
      default:
        return this.#onRunnable(op);
    }
  }

  #onSide(op: string): void {
    const side = this.#side;
    if (side === undefined) return void this.events.push(`${op}:nohandle`);
    if (op === "join") return this.#join(side);
    if (side.kind === "cancellation") return void this.events.push(`${op}:nohandle`);
    if (op === "is_finished") return void this.events.push(`is_finished:${side.task.isFinished()}`);
    if (op === "fallible") return this.#fallible(side);
    if (op === "cancel") return this.#cancel(side.task);
    this.#side = undefined;
    if (op === "detach") side.task.detach();
    else side.task[Symbol.dispose]();
    this.events.push(op);
  }

  #fallible(side: Side): void {
    if (side.kind !== "task") return void this.events.push("fallible:nohandle");
    this.#side = { kind: "fallible", task: side.task.fallible() };
    this.events.push("fallible");
  }

  #cancel(task: Task<number> | FallibleTask<number>): void {
    this.events.push("cancel");
    const side: Side = { kind: "cancellation", task: task.cancel() };
    this.#side = side;
    this.#join(side);
  }

  #join(side: Side): void {
    const number = ++this.#joins;
    const output = this.#output(side, { waker: { wake: () => void this.events.push(`awake:${number}`) } });
    this.events.push(`join:${output}`);
    if (output !== "pending") this.#side = undefined;
  }

  #output(side: Side, cx: Context): string {
    try {
      const output = side.task.poll(cx);
      if (output === PENDING) return "pending";
      if (side.kind === "task") return `ready:${output}`;
      return output === undefined ? "none" : `some:${output}`;
    } catch (error) {
      return (error as Error).message === "boom" ? "panic:boom" : "panic:other";
    }
  }

  #onRunnable(op: string): void {
    const runnable = op === "runnable_waker" ? this.#queue[0] : this.#queue.shift();
    if (runnable === undefined) return void this.events.push(`${op}:empty`);
    switch (op) {
      case "run":
        return void this.events.push(`run:${this.#run(runnable)}`);
      case "schedule":
        return runnable.schedule();
      case "runnable_waker":
        return void (this.#kept = runnable.waker());
      case "drop_runnable":
        return runnable[Symbol.dispose]();
      default:
        throw new Error(`unknown operation ${op}`);
    }
  }

  #run(runnable: Runnable<string>): string {
    try {
      return String(runnable.run());
    } catch (error) {
      assertEquals((error as Error).message, "boom");
      return "panic";
    }
  }
}

const lines = Deno.readTextFileSync(new URL("../fixtures/async-task-4.7.1.jsonl", import.meta.url)).trimEnd()
  .split("\n");

Deno.test("Builder.spawn() behaves like async-task 4.7.1 in 2,000 recorded sequences", () => {
  assertEquals(lines.length, 2000);
  const previous = setPanicHook(() => {});
  for (const [index, line] of lines.entries()) {
    const recorded: Case = JSON.parse(line);
    const replay = new Replay(recorded);
    for (const op of recorded.ops) {
      replay.events.push(`>${op}`);
      replay.op(op);
    }
    assertEquals(replay.events, recorded.events, `case ${index}: ${line}`);
  }
  setPanicHook(previous);
});
