/** What C does with the handles of tasks and wakers. */
import { type Cell, isDetached, type Join, markSeen, outcomeOf, PANICKED, report } from "../core/friend.ts";
import { type PanicHook, Task, type Waker } from "../core/mod.ts";
import { endBudget, startBudget } from "../internal/coop.ts";
import { show } from "../internal/show.ts";
import { type CFunction, type Declaration, define, type Signature } from "./c_function.ts";
import { writeBytes } from "./error_functions.ts";
import { type HandleTable, numberOf } from "./handles.ts";
import { updateLastError } from "./last_error.ts";

/** How many tasks one `run_batch` runs at most. */
export const BATCH = 256;

/** A waker that C has. */
export class RawWaker {
  readonly waker: Waker;

  constructor(waker: Waker) {
    this.waker = waker;
  }
}

/** What a handle of a `TaskTable` stands for. */
export type Target = Task | RawWaker;

/**
 * A task whose panics go to its `TaskHandle`: `run` does not throw them, and C hears of them all the same.
 * Flat, see lib/README.md.
 */
export class PropagatingTask<T = unknown> extends Task<T> {
  declare readonly cell: Cell;

  constructor(cell: Cell) {
    super(cell);
    this.cell = cell;
  }
}

/** What `async_task.h` says of each function. */
const OF_TASK: Signature = { parameters: ["u64"], result: "i32" };
const TO_I64: Signature = { parameters: ["u64"], result: "i64" };
const TO_TEXT: Signature = { parameters: ["u64", "pointer", "i32"], result: "i32" };
const TO_HANDLE: Signature = { parameters: ["u64"], result: "u64" };
const TO_ADDRESS: Signature = { parameters: [], result: "u64" };
const OF_COUNT: Signature = { parameters: ["u32"], result: "i32" };

const taking = (handle: string, result = "int32_t"): Declaration => ({ result, parameters: [handle] });

const encoder = new TextEncoder();
const noPanicHook: PanicHook = () => {};

/** What C does with its handles. */
export class TaskFunctions {
  readonly #handles: HandleTable<Target>;
  readonly #tagOf: (tag: unknown) => number | bigint;
  readonly #onPanic: PanicHook;
  /** Where C puts the handles of a batch: 64-bit integers, as their halves. */
  readonly #batch: Uint32Array<ArrayBuffer>;

  constructor(handles: HandleTable<Target>, tagOf = integerOf, onPanic = noPanicHook) {
    this.#handles = handles;
    this.#tagOf = tagOf;
    this.#onPanic = onPanic;
    this.#batch = new Uint32Array(BATCH * 2);
  }

  /** All of them, in the order of the C table. */
  all(): Record<string, CFunction> {
    const task = "async_task task";
    const either = "uint64_t handle";
    const text = { result: "int", parameters: [task, "char *buffer", "int length"] };
    return {
      run: define(OF_TASK, -1, (raw: bigint) => this.#run(numberOf(raw)), taking(task), false),
      schedule: define(OF_TASK, -1, (raw: bigint) => this.#schedule(numberOf(raw)), taking(task), false),
      drop: define(OF_TASK, -1, (raw: bigint) => this.#drop(numberOf(raw)), taking(either), false),
      wake: define(OF_TASK, -1, (raw: bigint) => this.#wake(numberOf(raw)), taking(either), false),
      tag: define(TO_I64, -1, (raw: bigint) => this.#tag(numberOf(raw)), taking(task, "int64_t"), false),
      tag_utf8: define(
        TO_TEXT,
        -1,
        (raw: bigint, buffer: Deno.PointerValue, length: number) =>
          this.#tagText(numberOf(raw), buffer, length),
        text,
        false,
      ),
      waker: define(
        TO_HANDLE,
        0,
        (raw: bigint) => this.#waker(numberOf(raw)),
        taking(task, "async_waker"),
        false,
      ),
      batch: define(
        TO_ADDRESS,
        0,
        () => this.#addressOfBatch(),
        { result: "async_task *", parameters: [] },
        false,
      ),
      run_batch: define(
        OF_COUNT,
        -1,
        (count: number) => this.#runBatch(count),
        taking("uint32_t count"),
        false,
      ),
    };
  }

  #run(raw: number): number {
    const task = this.#take(raw, "run");
    const { cell } = task as { cell?: Cell };
    const join = cell?.join; // the cell lets go of it when it ends
    const outer = startBudget();
    let isWoken: boolean;
    try {
      isWoken = task.run();
    } catch (error) {
      this.#tellPanic(error, task);
      throw error;
    } finally {
      endBudget(outer);
    }
    if (join !== undefined && (cell!.state & PANICKED) !== 0) throw this.#panicOf(join, cell!, task);
    return isWoken ? 1 : 0;
  }

  /** The panic is the handle's: C hears of it, and the hook, who is told of it once. */
  #panicOf(join: Join<unknown>, cell: Cell, task: Task): unknown {
    const { error } = outcomeOf(join) as { error: unknown };
    // Of one that was detached, it was told.
    if (this.#onPanic !== noPanicHook && !isDetached(join)) {
      this.#tellPanic(error, task);
      markSeen(cell);
    }
    return error;
  }

  #tellPanic(error: unknown, { id, tag }: Task): void {
    try {
      this.#onPanic(error, id, tag);
    } catch (another) {
      report(another);
    }
  }

  #schedule(raw: number): number {
    this.#take(raw, "schedule").schedule();
    return 0;
  }

  #drop(raw: number): number {
    if (this.#handles.find(raw) instanceof RawWaker) this.#handles.remove(raw, "drop");
    else this.#take(raw, "drop")[Symbol.dispose]();
    return 0;
  }

  #wake(raw: number): number {
    const value = this.#handles.get(raw, "wake");
    if (value instanceof RawWaker) value.waker.wake();
    else value.waker().wake();
    return 0;
  }

  #tag(raw: number): number | bigint {
    return this.#tagOf(this.#get(raw, "tell the tag of").tag);
  }

  #tagText(raw: number, buffer: Deno.PointerValue, length: number): number {
    return writeBytes(buffer, length, encoder.encode(`${String(this.#get(raw, "tell the tag of").tag)}\0`));
  }

  #waker(raw: number): number {
    return this.#handles.insert(new RawWaker(this.#get(raw, "make a waker of").waker()));
  }

  #addressOfBatch(): bigint {
    return Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#batch));
  }

  /**
   * Runs each of them; returns how many could not be run, or panicked. The last error is that of the last.
   */
  #runBatch(count: number): number {
    if (count > BATCH) {
      throw new RangeError(`Cannot run ${count} tasks at once: a batch has room for ${BATCH}`);
    }
    const batch = this.#batch;
    // A task may call C, which may fill and run another batch.
    const handles = new Array<number>(count);
    for (let i = 0; i < count; i++) handles[i] = batch[2 * i] + batch[2 * i + 1] * 2 ** 32;
    let failures = 0;
    for (let i = 0; i < count; i++) {
      try {
        this.#run(handles[i]);
      } catch (error) {
        updateLastError(error);
        failures++;
      }
    }
    return failures;
  }

  /** What a handle of this table stands for: a task, that C keeps. */
  #get(raw: number, action: string): Task {
    const value = this.#handles.get(raw, action);
    if (value instanceof RawWaker) throw new TypeError(`Cannot ${action} handle ${raw}: it is a waker's`);
    return value;
  }

  /** Takes a task from C. A handle that isn't of this table may be one of `Task.intoRaw()`. */
  #take(raw: number, action: string): Task {
    const handles = this.#handles;
    const value = handles.find(raw);
    if (value === undefined && raw !== 0 && !handles.isOwn(raw)) return Task.fromRaw(raw);
    const task = value instanceof Task ? value : this.#get(raw, action);
    handles.remove(raw, action);
    return task;
  }
}

/** What C is told of a tag, unless it is said otherwise. */
function integerOf(tag: unknown): number | bigint {
  if (typeof tag === "bigint" || Number.isSafeInteger(tag)) return tag as number | bigint;
  throw new TypeError(
    `Cannot tell the tag of a task: it is not an integer, and the table has no function "tag", got ${
      show(tag)
    }`,
  );
}
