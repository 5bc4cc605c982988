/** Random sequences of operations keep what `state.ts` promises. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Cell } from "../../lib/core/friend.ts";
import * as bit from "../../lib/core/state.ts";
import { type JoinHandle, PENDING, spawn, Task } from "../../mod.ts";
import { context, type CountingWaker } from "../helpers.ts";

const ENDED = bit.COMPLETED | bit.CLOSED;
const ALIVE = bit.SCHEDULED | bit.RUNNING | bit.CLOSING;

/** A task that does what a sequence says, and checks itself after every operation. */
class Subject {
  readonly queue: Task<string>[] = [];
  readonly task: Task<string>;
  readonly handle: JoinHandle<number, string>;
  readonly cell: Cell;
  /** Who polled the handle and was told to wait; the last of them is registered. */
  readonly pollers: CountingWaker[] = [];
  /** Who watches the outcome. */
  readonly watchers: CountingWaker[] = [];
  script: string[];
  raw: number | undefined;
  drops = 0;
  isBroken = false;
  isDetached = false;
  wasClosed = false;

  constructor(script: string[], closes: boolean) {
    this.script = script;
    const future = {
      poll: () => this.step(1),
      ...(closes ? { pollClose: () => this.step(undefined) } : {}),
      [Symbol.dispose]: () => void this.drops++,
    };
    [this.task, this.handle] = spawn<number, string>(future as never, (task) => {
      if (this.isBroken) throw new Error("full");
      this.queue.push(task);
    }, "tag");
    this.cell = this.task.waker() as Cell;
    this.queue.push(this.task);
  }

  /** A poll: does what the script says, up to where it says how the poll ends. */
  step(output: number | undefined): typeof PENDING | number | undefined {
    for (;;) {
      const action = this.script.shift();
      if (action === "throw") throw new Error("boom");
      if (action === "ready") return output;
      if (action === undefined || action === "pending") return PENDING;
      this.act(action);
    }
  }

  act(op: string): void {
    try {
      this.#act(op);
    } catch (error) {
      assert(
        ["boom", "full"].includes((error as Error).message) || error instanceof SuppressedError,
        String(error),
      );
    }
  }

  #act(op: string): void {
    if (op === "break") this.isBroken = !this.isBroken;
    else if (op === "wake") this.cell.wake();
    else if (["poll", "watch", "cancel", "detach"].includes(op)) this.#join(op);
    else if (op === "unraw") this.#unraw();
    else this.#run(op);
  }

  #join(op: string): void {
    if (this.isDetached) return;
    if (op === "cancel") this.handle.cancel();
    else if (op === "detach") {
      this.handle[Symbol.dispose]();
      this.isDetached = true;
    } else {
      const cx = context();
      const output = (op === "poll" ? this.handle : this.handle.outcome()).poll(cx);
      assertEquals(output === PENDING, this.drops === 0, "only an ended task has an answer");
      if (output === PENDING) (op === "poll" ? this.pollers : this.watchers).push(cx.waker);
    }
  }

  #raw(task: Task<string>): void {
    if ((this.cell.state & bit.STRANDED) === 0) this.raw = task.intoRaw();
  }

  #unraw(): void {
    if (this.raw === undefined) return;
    this.queue.unshift(Task.fromRaw<string>(this.raw));
    this.raw = undefined;
  }

  #run(op: string): void {
    if ((this.cell.state & bit.RUNNING) !== 0) return;
    // A task that a broken schedule function did not queue is in its executor's hands all the same.
    const task = (op === "cancelTask" ? this.queue[0] : this.queue.shift()) ?? this.task;
    if ((this.cell.state & (bit.SCHEDULED | bit.RAW)) !== bit.SCHEDULED) return;
    if (op === "run") task.run();
    else if (op === "schedule") task.schedule();
    else if (op === "cancelTask") task.cancel();
    else if (op === "raw") this.#raw(task);
    else task[Symbol.dispose]();
  }

  check(): void {
    const { state, future, join, onSchedule } = this.cell;
    const has = (bits: number) => (state & bits) === bits;
    const hasEnded = (state & ENDED) !== 0 && (state & ALIVE) === 0;
    assert(!(has(bit.COMPLETED) && (state & ALIVE) !== 0), "a completed task is not alive");
    assert(!has(bit.CLOSING) || has(bit.CLOSED), "only a closed task is closing");
    assert(!has(bit.CANCELLED) || has(bit.CLOSED), "a cancelled task is closed");
    assert(!has(bit.STRANDED) || has(bit.SCHEDULED), "only a scheduled task is stranded");
    assert(!has(bit.RUNNING), "nothing runs between operations");
    assert(!has(bit.RAW) || has(bit.SCHEDULED), "only a scheduled task is raw");
    assertEquals(has(bit.RAW), this.raw !== undefined);
    assert(!has(bit.PANICKED) || (has(bit.CLOSED) && hasEnded), "a panicked task has ended");
    assert(!this.wasClosed || has(bit.CLOSED), "a closed task stays closed");
    this.#checkWaiting(hasEnded, has(bit.CANCELLED));
    assertEquals(has(bit.HANDLE), !this.isDetached);
    assertEquals(future === undefined, this.drops === 1);
    if (hasEnded) {
      assertEquals(
        { drops: this.drops, future, join, onSchedule },
        { drops: 1, future: undefined, join: undefined, onSchedule: undefined },
      );
    }
    this.wasClosed = has(bit.CLOSED);
  }

  /** Nobody is woken twice or too early, and nobody is forgotten. */
  #checkWaiting(hasEnded: boolean, isCancelled: boolean): void {
    for (const waker of this.watchers) assertEquals(waker.wakes, hasEnded ? 1 : 0);
    for (const waker of this.pollers) assert(waker.wakes <= (hasEnded || isCancelled ? 1 : 0));
    if (hasEnded && this.pollers.length > 0) assertEquals(this.pollers.at(-1)!.wakes, 1);
  }

  /** Whatever has happened: once the executor works again, the task can be cancelled and joined. */
  finish(): void {
    this.isBroken = false;
    this.script = [];
    this.act("unraw");
    this.act("cancel");
    this.script = Array(20).fill("ready");
    for (let turn = 0; turn < 10; turn++) {
      this.act("wake");
      this.act("run");
    }
    this.check();
    assertEquals(this.drops, 1, "the future is dropped");
  }
}

const inside = fc.constantFrom(
  "pending",
  "ready",
  "throw",
  "wake",
  "poll",
  "watch",
  "cancel",
  "detach",
  "break",
);
const outside = fc.constantFrom(
  "run",
  "run",
  "run",
  "schedule",
  "drop",
  "raw",
  "unraw",
  "wake",
  "poll",
  "watch",
  "cancel",
  "cancelTask",
  "detach",
  "break",
);

Deno.test("a task keeps the invariants of its state in random sequences of operations", () => {
  fc.assert(
    fc.property(
      fc.array(inside),
      fc.array(outside, { maxLength: 30 }),
      fc.boolean(),
      (script, ops, closes) => {
        const subject = new Subject(script, closes);
        for (const op of ops) {
          subject.act(op);
          subject.check();
        }
        subject.finish();
      },
    ),
    { numRuns: 20_000 },
  );
});
