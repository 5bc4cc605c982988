/** Variables of which every task has its own value. */
import { contextOf, localsOf } from "./context.ts";
import { currentFrame, follow, type Frame, Layer, taskOf } from "./frame.ts";

/** A value of one task-local, in force while `TaskLocal.run` runs its function. */
class Override extends Layer {
  readonly local: TaskLocal<unknown>;
  value: unknown;

  constructor(outer: Frame | undefined, local: TaskLocal<unknown>, value: unknown) {
    super(outer);
    this.local = local;
    this.value = value;
  }
}

/**
 * The options of a {@linkcode TaskLocal}.
 *
 * @example
 * ```ts
 * import { TaskLocal, type TaskLocalOptions } from "@tagged/async-task";
 *
 * const options: TaskLocalOptions<number> = { name: "depth", defaultValue: 0, inherit: false };
 * if (new TaskLocal(options).get() !== 0) throw new Error("unreachable");
 * ```
 */
export interface TaskLocalOptions<V> {
  /** A name for debugging. Default: `""`. */
  name?: string;
  /** What `get` returns where no value was set. */
  defaultValue?: V;
  /** Whether a task starts with the value that its spawner had. Default: `true`. */
  inherit?: boolean;
}

/**
 * A variable of which every task has its own value. It has the shape of TC39's `AsyncContext.Variable`, plus
 * `set`. tokio's `task_local!`, and what tags are used for in Rust.
 *
 * A child task starts with the values that its spawner had when it called `spawn`, unless the variable was
 * made with `inherit: false`; what either of them sets later is its own.
 *
 * @example
 * ```ts
 * import { spawn, TaskLocal } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const user = new TaskLocal<string>({ name: "user", defaultValue: "nobody" });
 * const greet = async () => {
 *   await null;
 *   return `hello ${user.get()}`;
 * };
 *
 * const [task, handle] = spawn(async () => {
 *   user.set("Ada");
 *   return await greet();
 * }, (task) => void task.run(), 1);
 * task.run();
 * assertEquals(await handle, "hello Ada");
 * assertEquals(user.get(), "nobody");
 * ```
 */
export interface TaskLocal<V> {
  /** The name given, for debugging. */
  readonly name: string;
  /** Whether a task starts with the value that its spawner had. */
  readonly inherit: boolean;

  /**
   * The value in the running task: of the innermost `run` around, else what was set or inherited, else the
   * default value.
   *
   * @example
   * ```ts
   * import { TaskLocal } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(new TaskLocal({ defaultValue: 5 }).get(), 5);
   * ```
   */
  get(): V;

  /**
   * Sets the value in the running task, or in the innermost `run` of this variable around.
   *
   * @throws {TypeError} If no task is running.
   *
   * @example
   * ```ts
   * import { pollFn, spawn, TaskLocal } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * const local = new TaskLocal<number>();
   * const [task, handle] = spawn(pollFn(() => (local.set(3), local.get())), () => {}, "t");
   * task.run();
   * assertEquals(await handle, 3);
   * assertEquals(local.get(), undefined);
   * ```
   */
  set(value: V): void;

  /**
   * Calls `fn(...args)` with `value` as the value of this variable, also after the awaits of an async `fn`,
   * and returns what it returns. Works outside of tasks, too.
   *
   * @example
   * ```ts
   * import { TaskLocal } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * const depth = new TaskLocal({ defaultValue: 0 });
   * assertEquals(depth.run(1, (add: number) => depth.get()! + add, 10), 11);
   * assertEquals(depth.get(), 0);
   * ```
   */
  run<A extends unknown[], R>(value: V, fn: (...args: A) => R, ...args: A): R;
}

/**
 * How a {@linkcode TaskLocal} is made: with a default value, it always has a value.
 *
 * @example
 * ```ts
 * import { TaskLocal, type TaskLocalConstructor } from "@tagged/async-task";
 *
 * const make: TaskLocalConstructor = TaskLocal;
 * const depth: number = new make({ defaultValue: 0 }).get();
 * const user: string | undefined = new make<string>().get();
 * if (depth !== 0 || user !== undefined) throw new Error("unreachable");
 * ```
 */
export interface TaskLocalConstructor {
  /** A variable that has `options.defaultValue` in every task until it is set there. */
  new <V>(options: TaskLocalOptions<V> & { defaultValue: V }): TaskLocal<V>;
  /** A variable that is `undefined` in every task until it is set there. */
  new <V>(options?: TaskLocalOptions<V>): TaskLocal<V | undefined>;
}

class Variable<V> implements TaskLocal<V> {
  readonly name: string;
  readonly inherit: boolean;
  readonly #defaultValue: V | undefined;

  /** As {@linkcode TaskLocalConstructor} says. */
  constructor(options: TaskLocalOptions<V> = {}) {
    this.name = options.name ?? "";
    this.inherit = options.inherit ?? true;
    this.#defaultValue = options.defaultValue;
  }

  get(): V {
    const frame = currentFrame();
    const override = this.#override(frame);
    if (override !== undefined) return override.value as V;
    const task = taskOf(frame);
    const locals = task?.context === undefined ? undefined : localsOf(task.context);
    return locals?.has(this) ? locals.get(this) as V : this.#defaultValue as V;
  }

  set(value: V): void {
    const frame = currentFrame();
    const override = this.#override(frame);
    if (override !== undefined) {
      override.value = value;
      return;
    }
    const task = taskOf(frame);
    if (task === undefined) {
      throw new TypeError(`Cannot set task-local "${this.name}": no task is running, use run(value, fn)`);
    }
    localsOf(contextOf(task), true).set(this, value);
  }

  run<A extends unknown[], R>(value: V, fn: (...args: A) => R, ...args: A): R {
    const frame = new Override(currentFrame(), this as TaskLocal<unknown>, value);
    return follow(frame, (args) => fn(...args), args, undefined);
  }

  #override(frame: Frame | undefined): Override | undefined {
    for (; frame instanceof Layer; frame = frame.outer) {
      if (frame instanceof Override && frame.local === this) return frame;
    }
    return undefined;
  }
}

/** As the interface of this name says. */
export const TaskLocal: TaskLocalConstructor = Variable;

/** The values that a task spawned in `frame` starts with; `undefined` if there are none. */
export function inheritLocals(frame: Frame | undefined): Map<TaskLocal<unknown>, unknown> | undefined {
  const context = taskOf(frame)?.context;
  const own = context === undefined ? undefined : localsOf(context);
  if (own === undefined && !(frame instanceof Layer)) return undefined;
  const inherited = new Map<TaskLocal<unknown>, unknown>();
  for (; frame instanceof Layer; frame = frame.outer) {
    if (!(frame instanceof Override) || !frame.local.inherit || inherited.has(frame.local)) continue;
    inherited.set(frame.local, frame.value);
  }
  for (const [local, value] of own ?? []) {
    if (local.inherit && !inherited.has(local)) inherited.set(local, value);
  }
  return inherited.size === 0 ? undefined : inherited;
}
