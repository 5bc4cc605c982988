/** A task as seen from inside, and what is kept for it alone. */
import type { Cell } from "./cell.ts";
import { currentFrame, Layer, taskOf } from "./frame.ts";
import { type Linked, Links } from "./links.ts";
import { ABORTED, RUNNING, SCHEDULED } from "./state.ts";
import type { TaskLocal } from "./task_local.ts";
import { jsonOfTask, type TaskView } from "./view.ts";
import { Waits } from "./waits.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import { Inspectable } from "../internal/inspect.ts";

/** The locals of a task. */
type Locals = Map<TaskLocal<unknown>, unknown>;

/**
 * A task as seen from inside: what an async function or a generator function receives as its argument, and
 * what {@linkcode currentTask} returns.
 *
 * @example
 * ```ts
 * import { spawn, type TaskContext } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const body = async ({ tag, signal }: TaskContext<string>) => `${tag} ${signal.aborted}`;
 * const [task, handle] = spawn(body, (task) => void task.run(), "a");
 * task.run();
 * assertEquals(await handle, "a false");
 * ```
 */
export class TaskContext<T = unknown> extends Inspectable {
  declare private readonly cell: Cell;
  declare private controller: AbortController | undefined;
  declare private locals: Locals | undefined;
  declare private label: string | undefined;
  /** The awaits that are interrupted when the task is cancelled; made for the first of them. */
  declare private waits: Waits | undefined;
  /** Whether the task is made of an async function, whose awaits are interrupted. */
  declare private isFollowed: boolean;
  /** The scopes that belong to the task; made for the first of them. */
  declare private links: Links | undefined;
  /** Until when it may take, where somebody has said so. */
  declare private deadline: object | undefined;

  /** @ignore */
  constructor(cell: Cell) {
    super();
    this.cell = cell;
    this.controller = undefined;
    this.locals = undefined;
    this.label = undefined;
    this.waits = undefined;
    this.isFollowed = false;
    this.links = undefined;
    this.deadline = undefined;
  }

  /** The id of the task: a number that rises from task to task and is never used again. */
  get id(): number {
    return this.cell.id;
  }

  /** The tag of the task (in `./v4`: its metadata). */
  get tag(): T {
    return this.cell.tag as T;
  }

  /** What the task is called in views of it: the `name` that was given to `spawn`. */
  get name(): string | undefined {
    return this.label;
  }

  /**
   * The id of the task that spawned this one; `undefined` if it was spawned outside of tasks. It says where
   * the task comes from, not whose it is: a task that is spawned on an executor belongs to nobody, and goes
   * on when its parent is cancelled or ends, as in tokio. A `Scope` is what binds tasks to one another.
   */
  get parentId(): number | undefined {
    return this.cell.parentId;
  }

  /**
   * Aborted with the reason of the cancellation when the executor comes to close the cancelled task. Made at
   * the first access.
   */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if ((this.cell.state & ABORTED) !== 0) this.controller.abort(this.cell.reason);
    }
    return this.controller.signal;
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    return jsonOfTask(this.cell);
  }
}

/** The parts of a context, for the state machine and the task-locals, and for nobody else. */
interface Parts {
  controller: AbortController | undefined;
  locals: Locals | undefined;
  label: string | undefined;
  waits: Waits | undefined;
  isFollowed: boolean;
  links: Links | undefined;
  deadline: object | undefined;
}

function partsOf(context: TaskContext): Parts {
  return context as unknown as Parts;
}

/**
 * The running task: in a poll, in a generator, and in an async function across its awaits; `undefined`
 * outside.
 *
 * A function body is followed across its awaits where the runtime has an async context, unless its executor
 * or its spawn says `follow: false`. Pages have none: there, it is followed up to its first await of anything
 * but a future of this package. An async helper that a generator or a poll calls sees its task up to its own
 * first `await`, and none after it; `yield* fromPromise(() => helper())` follows it.
 *
 * @example
 * ```ts
 * import { currentTask, pollFn, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(pollFn(() => currentTask()?.id), () => {}, "t");
 * task.run();
 * assertEquals(await handle, handle.id);
 * assertEquals(currentTask(), undefined);
 * ```
 */
export function currentTask<T = unknown>(): TaskContext<T> | undefined {
  const cell = taskOf(currentFrame());
  return cell === undefined ? undefined : contextOf(cell) as TaskContext<T>;
}

/**
 * The tag of the running task; `undefined` outside of tasks. Faster than `currentTask()?.tag`.
 *
 * A type that is given (`currentTag<number>()`) is a claim that nobody checks: the caller has to know who
 * spawns. A function that tells tags apart makes it sure.
 *
 * @example
 * ```ts
 * import { currentTag, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const log = (text: string) => `[${currentTag<number>()}] ${text}`;
 * const [task, handle] = spawn(async () => {
 *   await null;
 *   return log("halfway");
 * }, (task) => void task.run(), 42);
 * task.run();
 * assertEquals(await handle, "[42] halfway");
 * ```
 */
export function currentTag<T = unknown>(): T | undefined;
/** The same, if it is one of the kind that `isTag` knows; else `undefined`. So that the type is no claim. */
export function currentTag<T>(isTag: (tag: unknown) => tag is T): T | undefined;
export function currentTag<T>(isTag?: (tag: unknown) => tag is T): T | undefined {
  const tag = taskOf(currentFrame())?.tag;
  return isTag === undefined || isTag(tag) ? tag as T | undefined : undefined;
}

/** The context of a task, made when it is first needed. */
export function contextOf(cell: Cell): TaskContext<unknown> {
  return cell.context ??= new TaskContext(cell);
}

/** The task-locals of a task; `make` makes them where there are none. */
export function localsOf(context: TaskContext<unknown>, make: true): Locals;
export function localsOf(context: TaskContext<unknown>): Locals | undefined;
export function localsOf(context: TaskContext<unknown>, make = false): Locals | undefined {
  return make ? partsOf(context).locals ??= new Map() : partsOf(context).locals;
}

/** Gives a new task its name. */
export function nameTask(cell: Cell, name: string): void {
  partsOf(contextOf(cell)).label = name;
}

/** Gives a new task the locals that it inherits. */
export function adoptLocals(cell: Cell, locals: Locals): void {
  partsOf(contextOf(cell)).locals = locals;
}

/** A task that is being closed: interrupts its awaits, and aborts its signal. */
export function abort(cell: Cell): void {
  cell.state |= ABORTED;
  if (cell.context === undefined) return;
  const parts = partsOf(cell.context);
  // Before the listeners of the signal are called: scopes that they make are clean-up.
  parts.links?.cancel(cell.reason);
  if (parts.isFollowed) waitsOf(parts).close(cell.reason, parts.controller);
  else parts.controller?.abort(cell.reason);
}

/** What a task waits for that is in nobody's hands: what its body awaits, or what its future says. */
export function waitOfTask(cell: Cell): Wait | undefined {
  if ((cell.state & (SCHEDULED | RUNNING)) !== 0 || cell.future === undefined) return undefined;
  const waits = cell.context === undefined ? undefined : partsOf(cell.context).waits;
  return waits?.waitsFor() ?? waitOf(cell.future);
}

/** The same, of a task as seen from inside. */
export function waitOfContext(context: TaskContext<unknown>): Wait | undefined {
  return waitOfTask((context as unknown as { cell: Cell }).cell);
}

/** The task has ended: of all that was kept for it, only its name stays. */
export function forget(cell: Cell): void {
  const { label } = partsOf(cell.context!);
  cell.context = undefined;
  if (label !== undefined) nameTask(cell, label);
}

/** The task is made of an async function, whose awaits are to be interrupted. */
export function markFollowed(cell: Cell): void {
  partsOf(contextOf(cell)).isFollowed = true;
}

/** The awaits of the body that is running; `undefined` if nobody can interrupt it. */
export function currentWaits(): Waits | undefined {
  let frame = currentFrame();
  while (frame instanceof Layer) {
    if (frame.waits !== undefined) return ifOpen(frame.waits);
    frame = frame.outer;
  }
  if (frame === undefined || frame.join === undefined) return undefined;
  return ifOpen(waitsOf(partsOf(contextOf(frame))));
}

function ifOpen(waits: Waits | null): Waits | undefined {
  return waits === null || waits.isTelling ? undefined : waits;
}

/** The awaits of a task; of one whose context was frozen before it had any, none that are kept. */
function waitsOf(parts: Parts): Waits {
  const waits = parts.waits ?? new Waits();
  if (parts.waits === undefined && Object.isExtensible(parts)) parts.waits = waits;
  return waits;
}

/** The scopes that belong to a task, and have not ended; `undefined` if there are none. */
export function openLinks(context: TaskContext): Links | undefined {
  const { links } = partsOf(context);
  return links === undefined || links.isEmpty ? undefined : links;
}

/**
 * Makes `linked` part of the body that is running. If that is cancelled, and has not been told yet, so is
 * `linked`; not so in its clean-up.
 *
 * @returns What it is to be deleted from when it has ended; `undefined` outside of bodies.
 */
export function link(linked: Linked): Links | undefined {
  const links = currentLinks();
  if (links === undefined) return undefined;
  links.add(linked);
  const waits = currentWaits();
  if (waits?.isDue) linked.cancelFor(waits.reason);
  return links;
}

function currentLinks(): Links | undefined {
  let frame = currentFrame();
  for (; frame instanceof Layer; frame = frame.outer) if (frame.links !== undefined) return frame.links;
  if (frame === undefined || frame.join === undefined) return undefined;
  const parts = partsOf(contextOf(frame));
  // A context that somebody has frozen keeps nothing.
  if (parts.links === undefined && Object.isExtensible(parts)) parts.links = new Links();
  return parts.links;
}

/** Says until when a task may take. */
export function setDeadline(cell: Cell, deadline: object): void {
  const parts = partsOf(contextOf(cell));
  if (Object.isExtensible(parts)) parts.deadline = deadline;
}

/** Until when the code that is running may take, as all have said so who had a say in it. */
export function deadlines(): object[] {
  const found: object[] = [];
  let frame = currentFrame();
  for (; frame instanceof Layer; frame = frame.outer) {
    if (frame.deadline !== undefined) found.push(frame.deadline);
  }
  const own = frame?.context === undefined ? undefined : partsOf(frame.context).deadline;
  if (own !== undefined) found.push(own);
  return found;
}
