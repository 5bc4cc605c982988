/** Replays the recorded behaviour of async-task 3.0.0 (see `tests/fixtures/README.md`). */
import { assertEquals } from "@std/assert";
import {
  type Context,
  type JoinHandle,
  PENDING,
  type Poll,
  spawn,
  type Task,
  type Waker,
} from "../../mod.ts";
import { throws } from "../helpers.ts";

interface Step {
  do: string[];
  then: "pending" | "ready" | "panic";
}

interface Case {
  steps: Step[];
  ops: string[];
  events: string[];
}

/** What a case acts on, and the events it has seen. */
class Replay {
  readonly events: string[] = [];
  readonly #steps: Step[];
  readonly #queue: Task<string>[] = [];
  #handle: JoinHandle<number, string> | undefined;
  #kept: Waker | undefined;
  #polls = 0;
  #joins = 0;

  constructor(steps: Step[]) {
    this.#steps = steps;
    const schedule = (task: Task<string>): void => {
      this.events.push("schedule");
      this.#queue.push(task);
    };
    const future = {
      poll: (cx: Context): Poll<number> => this.#poll(cx),
      [Symbol.dispose]: (): void => void this.events.push("drop_future"),
    };
    const [task, handle] = spawn(future, schedule, "tag");
    this.#queue.push(task);
    this.#handle = handle;
  }

  #poll(cx: Context): Poll<number> {
    const index = this.#polls++;
    this.events.push(`poll:${index}`);
    const step = this.#steps[index];
    for (const action of step?.do ?? []) this.#act(action, cx);
    if (step?.then === "panic") throws();
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
      case "drop_handle":
        return this.#onHandle(op);
      case "wake":
        if (this.#kept === undefined) this.events.push("wake:nowaker");
        this.#kept?.wake();
        return;
      default:
        return this.#onTask(op);
    }
  }

  #onHandle(op: string): void {
    const handle = this.#handle;
    if (handle === undefined) return void this.events.push(`${op}:nohandle`);
    if (op === "join") return this.#join(handle);
    if (op === "cancel") {
      handle.cancel();
    } else {
      this.#handle = undefined;
      handle[Symbol.dispose]();
    }
    this.events.push(op);
  }

  #join(handle: JoinHandle<number, string>): void {
    const number = ++this.#joins;
    const output = handle.poll({ waker: { wake: () => void this.events.push(`awake:${number}`) } });
    if (output === PENDING) return void this.events.push("join:pending");
    this.events.push(output === undefined ? "join:none" : `join:some:${output}`);
  }

  #onTask(op: string): void {
    const task = op === "cancel_task" || op === "task_waker" ? this.#queue[0] : this.#queue.shift();
    if (task === undefined) return void this.events.push(`${op}:empty`);
    switch (op) {
      case "run":
        return void this.events.push(`run:${this.#run(task)}`);
      case "schedule":
        return task.schedule();
      case "cancel_task":
        return task.cancel();
      case "task_waker":
        return void (this.#kept = task.waker());
      case "drop_task":
        return task[Symbol.dispose]();
      default:
        throw new Error(`unknown operation ${op}`);
    }
  }

  #run(task: Task<string>): string {
    try {
      return String(task.run());
    } catch (error) {
      assertEquals((error as Error).message, "boom");
      return "panic";
    }
  }
}

const lines = Deno.readTextFileSync(new URL("../fixtures/async-task-3.0.0.jsonl", import.meta.url)).trimEnd()
  .split("\n");

Deno.test("spawn() behaves like async-task 3.0.0 in 2,000 recorded sequences", () => {
  assertEquals(lines.length, 2000);
  for (const [index, line] of lines.entries()) {
    const { steps, ops, events }: Case = JSON.parse(line);
    const replay = new Replay(steps);
    for (const op of ops) {
      replay.events.push(`>${op}`);
      replay.op(op);
    }
    assertEquals(replay.events, events, `case ${index}: ${line}`);
  }
});
