/** Random sequences of operations keep what `state.ts` promises. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Cell, state as bit } from "../../lib/core/mod.ts";
import { type JoinHandle, PENDING, spawn, type Task } from "../../mod.ts";
import { CountingWaker } from "../helpers.ts";

const ENDED = bit.COMPLETED | bit.CLOSED;
const ALIVE = bit.SCHEDULED | bit.RUNNING | bit.CLOSING;

/** A task that does what a sequence says, and checks itself after every operation. */
class Subject {
  readonly queue: Task<string>[] = [];
  readonly task: Task<string>;
  readonly handle: JoinHandle<number, string>;
  readonly cell: Cell;
  readonly cx = { waker: new CountingWaker() };
  script: string[];
  drops = 0;
  isBroken = false;
  isDetached = false;
  isPolled = false;
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
    else if (op === "poll" || op === "cancel" || op === "detach") this.#join(op);
    else this.#run(op);
  }

  #join(op: string): void {
    if (this.isDetached) return;
    if (op === "cancel") this.handle.cancel();
    else if (op === "detach") {
      this.handle[Symbol.dispose]();
      this.isDetached = true;
    } else this.isPolled = this.handle.poll(this.cx) === PENDING;
  }

  #run(op: string): void {
    if ((this.cell.state & bit.RUNNING) !== 0) return;
    const task = this.queue.shift();
    // A task that a broken schedule function did not queue may have been closed, or queued by a later wake.
    if (task === undefined || (this.cell.state & bit.SCHEDULED) === 0) return;
    if (op === "run") task.run();
    else if (op === "schedule") task.schedule();
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
    assert(!this.wasClosed || has(bit.CLOSED), "a closed task stays closed");
    assertEquals(has(bit.HANDLE), !this.isDetached);
    assertEquals(future === undefined, this.drops === 1);
    if (hasEnded) assertEquals([this.drops, future, join, onSchedule], [1, undefined, undefined, undefined]);
    this.wasClosed = has(bit.CLOSED);
  }

  /** Whatever has happened: once the executor works again, the task can be cancelled and joined. */
  finish(): void {
    this.isBroken = false;
    this.script = [];
    this.act("cancel");
    this.script = Array(20).fill("ready");
    for (let turn = 0; turn < 10; turn++) {
      this.act("wake");
      this.act("run");
    }
    this.check();
    if (!this.isDetached) assertEquals(this.drops, 1, "the future is dropped");
    if (this.isPolled && this.drops === 1) assert(this.cx.waker.wakes > 0, "who polled was woken");
  }
}

const inside = fc.constantFrom("pending", "ready", "throw", "wake", "poll", "cancel", "detach", "break");
const outside = fc.constantFrom(
  "run",
  "run",
  "run",
  "schedule",
  "drop",
  "wake",
  "poll",
  "cancel",
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
    { numRuns: 5000 },
  );
});
