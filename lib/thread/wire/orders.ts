/** Jobs on their way to a thread: flat, and without what the thread knows already. */
import type { Arrived, Loose } from "./mailbox.ts";
import { ORDERS } from "./messages.ts";
import { SLOT_BYTES, wordsOf } from "./token_slots.ts";

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
  /** The words there. */
  readonly words: Int32Array;
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
export interface Orderable extends Omit<Order, "failure" | "words"> {
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
  /** The words of the slots, by memory and slot: slots are used again and again. */
  readonly #words: Int32Array[][] = [];

  read(head: readonly unknown[], loose: readonly Arrived[]): Order[] {
    const [, texts, memories, flat] = head as [number, string[], SharedArrayBuffer[], unknown[]];
    this.#texts.push(...texts);
    for (const memory of memories) this.#words[this.#memories.push(memory) - 1] = [];
    const orders: Order[] = [];
    let next = 0;
    for (let at = 0; at < flat.length; at += PLACES) {
      const isLoose = ((flat[at + 5] as number) & LOOSE) !== 0;
      const order = this.#order(flat, at);
      if (isLoose) fill(order, loose[next++]);
      orders.push(order);
    }
    return orders;
  }

  #order(flat: unknown[], at: number): Mutable<Order> {
    const memory = flat[at + 6] as number;
    const offset = flat[at + 7] as number;
    const safe = flat[at + 9];
    const isBare = safe === undefined || Array.isArray(safe);
    return {
      id: flat[at] as number,
      url: this.#texts[flat[at + 1] as number],
      name: this.#texts[flat[at + 2] as number],
      args: (isBare ? safe : (safe as Payload).args) as unknown[],
      tag: isBare ? undefined : (safe as Payload).tag,
      taskId: flat[at + 3] as number,
      parentId: flat[at + 4] as number | undefined,
      flags: flat[at + 5] as number,
      shared: this.#memories[memory],
      offset,
      turn: flat[at + 8] as number,
      words: this.#words[memory][offset / SLOT_BYTES] ??= wordsOf({ shared: this.#memories[memory], offset }),
      failure: undefined,
    };
  }
}

interface Payload {
  readonly args: unknown[];
  readonly tag: unknown;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Arguments and tag have come by themselves, or have not. */
function fill(order: Mutable<Order>, arrived: Arrived): void {
  if ("error" in arrived) {
    order.args = [];
    order.failure = arrived;
  } else [order.args, order.tag] = arrived.value as [unknown[], unknown];
}
