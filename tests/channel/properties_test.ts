/** Random operations do what a model of arrays does: nothing lost, nothing doubled, first in, first out. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PENDING } from "../../mod.ts";
import {
  bounded,
  DISCONNECTED,
  EMPTY,
  type Receiver,
  type Recv,
  Selector,
  type Send,
  type Sender,
} from "../../lib/channel/mod.ts";
import { context } from "../helpers.ts";

/** Where a message is in the model. `order` is set when it was handed out once. */
interface Item {
  message: number;
  order?: number;
}

/** A channel without lists, tickets and wakers. */
class Model {
  readonly #capacity: number;
  queue: Item[] = [];
  takers: number[] = [];
  givers: { id: number; message: number }[] = [];
  handed = new Map<number, Item>();
  #orders = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  trySend(message: number): boolean {
    if (this.takers.length > 0) this.handed.set(this.takers.shift()!, { message, order: this.#orders++ });
    else if (this.queue.length < this.#capacity) this.queue.push({ message });
    else return false;
    return true;
  }

  /** Whether it is sent; if not, it waits. */
  send(id: number, message: number): boolean {
    const isSent = this.trySend(message);
    if (!isSent) this.givers.push({ id, message });
    return isSent;
  }

  tryRecv(): number | undefined {
    const item = this.queue.shift() ?? this.givers.shift();
    if (this.givers.length > 0 && this.queue.length < this.#capacity) {
      this.queue.push({ message: this.givers.shift()!.message });
    }
    return item?.message;
  }

  /** The message; `undefined`: it waits. */
  recv(id: number): number | undefined {
    const message = this.tryRecv();
    if (message === undefined) this.takers.push(id);
    return message;
  }

  /** What it was handed since. */
  poll(id: number): number | undefined {
    const item = this.handed.get(id);
    this.handed.delete(id);
    return item?.message;
  }

  dropRecv(id: number): void {
    this.takers = this.takers.filter((taker) => taker !== id);
    const item = this.handed.get(id);
    if (item === undefined) return;
    this.handed.delete(id);
    if (this.takers.length > 0) this.handed.set(this.takers.shift()!, item);
    else {
      const at = this.queue.findIndex(({ order = Infinity }) => order > item.order!);
      this.queue.splice(at < 0 ? this.queue.length : at, 0, item);
    }
  }

  /** Whether it is taken back. */
  dropSend(id: number): boolean {
    const count = this.givers.length;
    this.givers = this.givers.filter((giver) => giver.id !== id);
    return this.givers.length < count;
  }

  drain(): number[] {
    const all = [...this.queue, ...this.givers].map(({ message }) => message);
    this.queue = [];
    this.givers = [];
    return all;
  }
}

const OPS = [
  "trySend",
  "send",
  "send",
  "tryRecv",
  "recv",
  "recv",
  "select",
  "poll",
  "poll",
  "dropRecv",
  "dropSend",
  "abortRecv",
  "drain",
] as const;
type Op = [typeof OPS[number], number];

const ops: fc.Arbitrary<Op[]> = fc.array(fc.tuple(fc.constantFrom(...OPS), fc.nat(20)), {
  maxLength: 100,
  size: "max",
});

/** Does the same with a channel and with its model, and compares. */
class Run {
  readonly model: Model;
  readonly tx: Sender<number>;
  readonly rx: Receiver<number>;
  readonly recvs = new Map<number, { future: Recv<unknown>; abort: AbortController }>();
  readonly sends = new Map<number, Send<number>>();
  /** Every message that came out, and every one that was given back to who sent it. */
  readonly out: number[] = [];
  #ids = 0;
  messages = 0;

  constructor(capacity: number) {
    this.model = new Model(capacity);
    [this.tx, this.rx] = bounded<number>(capacity);
  }

  step([op, n]: Op): void {
    if (op === "trySend") this.trySend();
    else if (op === "send") this.send();
    else if (op === "tryRecv") this.tryRecv();
    else if (op === "recv") this.recv((signal) => this.rx.recv({ signal }));
    else if (op === "select") this.recv((signal) => this.select().wait({ signal }));
    else if (op === "poll") this.poll(n);
    else if (op === "dropSend") this.dropSend(n);
    else if (op === "drain") this.drain();
    else this.dropRecv(n, op === "abortRecv");
    this.check();
  }

  /** At the end, everything that was sent is somewhere, once. */
  finish(): void {
    for (const id of [...this.recvs.keys()]) this.drop(id, false);
    this.check();
    this.drain();
    assertEquals(this.out.toSorted((a, b) => a - b), Array.from({ length: this.messages }, (_, i) => i));
  }

  private select(): Selector<unknown> {
    return new Selector().recv(this.rx, (message) => message);
  }

  private trySend(): void {
    const message = this.messages++;
    const isSent = this.tx.trySend(message) === undefined;
    assertEquals(isSent, this.model.trySend(message));
    if (!isSent) this.out.push(message);
  }

  private send(): void {
    const [id, message] = [this.#ids++, this.messages++];
    const future = this.tx.send(message);
    assertEquals(future.poll(context()) !== PENDING, this.model.send(id, message));
    if (!future.isSent) this.sends.set(id, future);
  }

  private tryRecv(): void {
    const message = this.rx.tryRecv();
    assertEquals(message === EMPTY ? undefined : message, this.model.tryRecv());
    if (typeof message === "number") this.out.push(message);
  }

  private recv(make: (signal: AbortSignal) => Recv<unknown>): void {
    const id = this.#ids++;
    const abort = new AbortController();
    const future = make(abort.signal);
    const message = future.poll(context());
    assertEquals(message === PENDING ? undefined : message, this.model.recv(id));
    if (message === PENDING) this.recvs.set(id, { future, abort });
    else this.out.push(message as number);
  }

  private poll(n: number): void {
    const id = pick(this.recvs, n);
    if (id === undefined) return;
    const message = this.recvs.get(id)!.future.poll(context());
    assertEquals(message === PENDING ? undefined : message, this.model.poll(id));
    if (message === PENDING) return;
    this.recvs.delete(id);
    this.out.push(message as number);
  }

  private dropRecv(n: number, isAborted: boolean): void {
    const id = pick(this.recvs, n);
    if (id !== undefined) this.drop(id, isAborted);
  }

  private drop(id: number, isAborted: boolean): void {
    const { future, abort } = this.recvs.get(id)!;
    if (isAborted && this.model.handed.has(id)) return abort.abort(); // too late
    if (isAborted) abort.abort();
    else future[Symbol.dispose]();
    this.recvs.delete(id);
    this.model.dropRecv(id);
  }

  private dropSend(n: number): void {
    const id = pick(this.sends, n);
    if (id === undefined) return;
    const send = this.sends.get(id)!;
    const message = send.message;
    send[Symbol.dispose]();
    this.sends.delete(id);
    assertEquals(!send.isSent, this.model.dropSend(id));
    if (!send.isSent) this.out.push(message!);
  }

  private drain(): void {
    const all = this.rx.drain();
    assertEquals(all, this.model.drain());
    this.out.push(...all);
  }

  private check(): void {
    assertEquals(this.rx.length, this.model.queue.length);
    for (const [id, send] of this.sends) {
      assertEquals(send.isSent, !this.model.givers.some((giver) => giver.id === id));
    }
  }
}

/** One of the keys. */
function pick(map: Map<number, unknown>, n: number): number | undefined {
  return [...map.keys()][n % Math.max(map.size, 1)];
}

for (const capacity of [0, 1, 3, Infinity]) {
  Deno.test(`a channel of capacity ${capacity} does what its model does, after any operations`, () => {
    fc.assert(
      fc.property(ops, (ops) => {
        const run = new Run(capacity);
        for (const op of ops) run.step(op);
        run.finish();
      }),
      { numRuns: 400 },
    );
  });
}

Deno.test("messages between random tasks arrive once, and those of each sender in order", async () => {
  const parameters = fc.record({
    capacity: fc.constantFrom(0, 1, 2, Infinity),
    producers: fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }),
    consumers: fc.integer({ min: 1, max: 4 }),
    impatience: fc.array(fc.nat(3), { minLength: 1, maxLength: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(parameters, async ({ capacity, producers, consumers, impatience }) => {
      const [tx, rx] = bounded<[number, number]>(capacity);
      let turns = 0;
      const produce = async (count: number, id: number): Promise<void> => {
        using own = tx.clone();
        for (let i = 0; i < count; i++) {
          for (;;) {
            const send = own.send([id, i]);
            void send.then().catch(() => {});
            for (let patience = 1 + impatience[turns++ % impatience.length]; patience-- > 0;) await null;
            send[Symbol.dispose]();
            if (send.isSent) break;
          }
        }
      };
      const consume = async (): Promise<[number, number][]> => {
        using own = rx.clone();
        const all: [number, number][] = [];
        for (let patience = 0;; patience = 1 + impatience[turns++ % impatience.length]) {
          const wait = new Selector().recv(own, (message) => message).wait();
          const cx = context();
          let message = wait.poll(cx);
          while (message === PENDING && patience-- > 0) {
            await null;
            if (patience === 0 || cx.waker.wakes > 0 && patience % 2 === 0) break;
          }
          if (message === PENDING && cx.waker.wakes > 0 && turns % 2 === 0) message = wait.poll(cx);
          if (message === PENDING) {
            wait[Symbol.dispose]();
            await null;
          } else if (message === DISCONNECTED) return all;
          else all.push(message);
        }
      };
      const consumed = Promise.all(Array.from({ length: consumers }, consume));
      const produced = Promise.all(producers.map(produce));
      tx[Symbol.dispose]();
      await produced;
      const all = await consumed;
      for (const id of producers.keys()) {
        const indices = all.flat().filter(([from]) => from === id).map(([, index]) => index);
        assertEquals(indices.toSorted((a, b) => a - b), Array.from({ length: producers[id] }, (_, i) => i));
        if (consumers === 1) assertEquals(indices, indices.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 100 },
  );
});
