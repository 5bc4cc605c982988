/** The tasks of a scope that have not ended. */
import { type Cell, cellOf, currentFrame, hasLeft, openLinks, report, taskOf } from "../core/friend.ts";
import type { TaskHandle } from "../core/mod.ts";
import type { Member } from "./member.ts";

/** Which tasks are to be cancelled. */
export type Predicate = (id: number, tag: unknown) => boolean;

/** All of them, in the order in which they were spawned, and by their keys. */
export class Members {
  readonly #all: Map<Cell, Member> = new Map();
  readonly #keyed: Map<unknown, Member> = new Map();

  get size(): number {
    return this.#all.size;
  }

  get tasks(): TaskHandle<unknown>[] {
    return Array.from(this.#all.values(), ({ task }) => task);
  }

  /** The task of a key. */
  get(key: unknown): TaskHandle<unknown> | undefined {
    return this.#keyed.get(key)?.task;
  }

  add(member: Member): void {
    this.#all.set(cellOf(member.task), member);
    if (member.keyed !== undefined) this.#keyed.set(member.keyed.key, member);
  }

  delete(member: Member): void {
    this.#all.delete(cellOf(member.task));
    if (member.keyed !== undefined && this.#keyed.get(member.keyed.key) === member) {
      this.#keyed.delete(member.keyed.key);
    }
  }

  /** Whether the code that is running is part of one of them, or of a task of a scope that belongs to one. */
  hasCurrent(): boolean {
    const cell = taskOf(currentFrame());
    return cell !== undefined && cell.join !== undefined && this.contains(cell);
  }

  contains(cell: Cell): boolean {
    if (this.#all.has(cell)) return true;
    for (const { context } of this.#all.keys()) {
      for (const linked of context === undefined ? [] : openLinks(context) ?? []) {
        if ((linked as { contains?(cell: Cell): boolean }).contains?.(cell)) return true;
      }
    }
    return false;
  }

  /** Cancels those that `which` says, or all: those that were not cancelled before. */
  cancel(reasonOf: (task: TaskHandle<unknown>) => unknown, which?: Predicate): TaskHandle<unknown>[] {
    return this.tasks
      .filter((task) => which === undefined || which(task.id, task.tag))
      .filter((task) => cancelTask(task, reasonOf(task)));
  }
}

/**
 * Whether it is this call that has cancelled it. An executor that fails keeps none of the others from being
 * cancelled.
 */
function cancelTask(task: TaskHandle<unknown>, reason: unknown): boolean {
  try {
    return cellOf(task).cancel(reason);
  } catch (error) {
    report(error);
    return true;
  }
}

/** What asks whether all these tasks have ended; to be asked often. */
export function haveEnded(tasks: TaskHandle<unknown>[]): () => boolean {
  const left = [...tasks];
  return () => {
    while (left.length > 0 && hasLeft(left[left.length - 1])) left.pop();
    return left.length === 0;
  };
}
