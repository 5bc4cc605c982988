/** Looks at an `AsyncLocalStorage`, such as a logger or a tracer has: is it that of whoever spawned the task? */
import { currentTask } from "../../mod.ts";

/** The part of it that is used. */
export interface Storage<T> {
  getStore(): T | undefined;
  run<R>(value: T, fn: () => R): R;
  enterWith(value: T): void;
}

interface Hooks {
  AsyncLocalStorage: new <T>() => Storage<T>;
}

let found: Storage<string> | undefined;

/** The storage of these tests, which is that of somebody else than the package. Only where there is one. */
export function storage(): Storage<string> {
  return found ??= new (hooks().AsyncLocalStorage)();
}

function hooks(): Hooks {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process!.getBuiltinModule!("node:async_hooks") as Hooks;
}

/** Who does something: each in a context of its own. */
export const as = {
  /** Spawns the task: all that the task does is to be seen in this context. */
  spawner: <R>(fn: () => R): R => storage().run("spawner", fn),
  /** Made the executor. */
  maker: <R>(fn: () => R): R => storage().run("maker", fn),
  /** Drives an executor that does not go by itself. */
  driver: <R>(fn: () => R): R => storage().run("driver", fn),
  /** Wakes the task, by opening what it waits for. */
  opener: <R>(fn: () => R): R => storage().run("opener", fn),
  /** Cancels it. */
  canceller: <R>(fn: () => R): R => storage().run("canceller", fn),
  /** Anybody else. */
  other: <R>(fn: () => R): R => storage().run("other", fn),
};

/** The tag of the task. */
export const TAG = "the task";

/** All looks, and those of them that saw what they should not. */
export class Looks {
  readonly wrong: string[] = [];
  count = 0;
  readonly #tag: string | undefined;

  /** At a task with this tag. */
  constructor(tag: string | undefined) {
    this.#tag = tag;
  }

  /** Looks at the storage alone. */
  readonly at = (place: string, expected: string | undefined = "spawner"): void => {
    this.count++;
    const seen = storage().getStore();
    if (seen !== expected) this.wrong.push(`${place}: in the context of ${seen}`);
  };

  /** Looks at the storage, and at the running task. */
  readonly inTask = (place: string): void => {
    this.at(place);
    this.count++;
    const task = currentTask();
    if (task === undefined) this.wrong.push(`${place}: in no task`);
    else if (task.tag !== this.#tag) this.wrong.push(`${place}: in the task ${task.tag}`);
  };
}
