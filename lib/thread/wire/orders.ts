/** Jobs on their way to a thread: flat, and without what the thread knows already. */
import type { Arrived, Loose } from "./mailbox.ts";
import { ORDERS } from "./messages.ts";

/** What a job is, as its thread is told. */
export interface Order {
  /** Another one each time that it is sent: who claims it is the one who does it. */
  readonly id: number;
  readonly url: string;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly tag: unknown;
  /** The task's id on its owner's thread, and that of the task that has spawned it. */
  readonly taskId: number;
  readonly parentId: number | undefined;
  /** Bits: how it is done. */
  readonly flags: number;
  /** Where its token is. */
  readonly shared: SharedArrayBuffer;
  readonly offset: number;
  readonly turn: number;
  /** Why its arguments are not there. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** It is done though it was cancelled before it was begun. */
export const STUBBORN = 1;
/** Its module is loaded, and it is not called. */
export const LOAD_ONLY = 2;
/** What it yields is streamed. */
export const STREAM = 4;
/** Its arguments and its tag are not in the head. */
const LOOSE = 8;

/** How many places an order takes in the head. */
const PLACES = 10;

/** What an order is made of. */
export interface Orderable extends Omit<Order, "failure"> {
  /** Arguments and tag are so plain that they go into the head. */
  readonly isSafe: boolean;
  /** What of them is moved. */
  readonly transfer: Transferable[];
}

/** Gives numbers to what comes again and again: it is posted once. */
class Known<T> {
  readonly #numbers: Map<T, number> = new Map();
  #fresh: T[] = [];

  numberOf(one: T): number {
    let number = this.#numbers.get(one);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(one, number);
      this.#fresh.push(one);
    }
    return number;
  }

  /** What was new since the last call. */
  takeFresh(): T[] {
    const fresh = this.#fresh;
    if (fresh.length > 0) this.#fresh = [];
    return fresh;
  }
}

/** On the owner's side, one for each thread. */
export class OrderWriter {
  readonly #texts: Known<string> = new Known();
  readonly #memories: Known<SharedArrayBuffer> = new Known();

  /** The letter that carries them, and whose each of the loose values is. */
  write<T extends Orderable>(orders: readonly T[]): { head: unknown[]; loose: Map<Loose, T> } {
    const loose = new Map<Loose, T>();
    const flat: unknown[] = [];
    for (const order of orders) {
      const { id, url, name, args, tag, taskId, parentId, flags, shared, offset, turn, isSafe } = order;
      if (!isSafe) loose.set({ value: [args, tag], transfer: order.transfer }, order);
      flat.push(
        id,
        this.#texts.numberOf(url),
        this.#texts.numberOf(name),
        taskId,
        parentId,
        isSafe ? flags : flags | LOOSE,
        this.#memories.numberOf(shared),
        offset,
        turn,
        isSafe ? (tag === undefined ? args : { args, tag }) : undefined,
      );
    }
    return { head: [ORDERS, this.#texts.takeFresh(), this.#memories.takeFresh(), flat], loose };
  }
}

/** On the thread's side. */
export class OrderReader {
  readonly #texts: string[] = [];
  readonly #memories: SharedArrayBuffer[] = [];

  read(head: readonly unknown[], loose: readonly Arrived[]): Order[] {
    const [, texts, memories, flat] = head as [number, string[], SharedArrayBuffer[], unknown[]];
    this.#texts.push(...texts);
    this.#memories.push(...memories);
    const orders: Order[] = [];
    let next = 0;
    for (let at = 0; at < flat.length; at += PLACES) {
      const isLoose = ((flat[at + 5] as number) & LOOSE) !== 0;
      orders.push(this.#order(flat, at, isLoose ? loose[next++] : undefined));
    }
    return orders;
  }

  #order(flat: unknown[], at: number, arrived: Arrived | undefined): Order {
    const [id, url, name, taskId, parentId, flags, memory, offset, turn] = flat.slice(
      at,
      at + PLACES,
    ) as number[];
    const { args, tag, failure } = payload(flat[at + PLACES - 1], arrived);
    return {
      id,
      url: this.#texts[url],
      name: this.#texts[name],
      args,
      tag,
      taskId,
      parentId,
      flags,
      shared: this.#memories[memory],
      offset,
      turn,
      failure,
    };
  }
}

function payload(safe: unknown, arrived: Arrived | undefined): Pick<Order, "args" | "tag" | "failure"> {
  if (arrived === undefined) {
    if (Array.isArray(safe)) return { args: safe, tag: undefined, failure: undefined };
    const { args, tag } = safe as { args: unknown[]; tag: unknown };
    return { args, tag, failure: undefined };
  }
  if ("error" in arrived) return { args: [], tag: undefined, failure: arrived };
  const [args, tag] = arrived.value as [unknown[], unknown];
  return { args, tag, failure: undefined };
}
