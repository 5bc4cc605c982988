/** Random operations do what a model of arrays does: nothing lost, nothing doubled, first in, first out. */
import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Awaitable, PENDING } from "../../mod.ts";
import {
  bounded,
  DISCONNECTED,
  EMPTY,
  type Receiver,
  RecvError,
  Selector,
  type Send,
  type Sender,
  SendError,
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
  waitingReceivers: number[] = [];
  waitingSenders: { id: number; message: number }[] = [];
  handed = new Map<number, Item>();
  isClosed = false;
  #orders = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  trySend(message: number): boolean {
    if (this.isClosed) return false;
    if (this.waitingReceivers.length > 0) {
      this.handed.set(this.waitingReceivers.shift()!, { message, order: this.#orders++ });
    } else if (this.queue.length < this.#capacity) this.queue.push({ message });
    else return false;
    return true;
  }

  /** Whether it is sent; if not, it waits. */
  send(id: number, message: number): boolean {
    const isSent = this.trySend(message);
    if (!isSent && !this.isClosed) this.waitingSenders.push({ id, message });
    return isSent;
  }

  tryRecv(): number | undefined {
    return this.take()?.message;
  }

  /** Takes its place, with a message if there is one, and may give it back. */
  claim(id: number): void {
    const item = this.take();
    if (item !== undefined) this.handed.set(id, { order: this.#orders++, ...item });
    else if (!this.isClosed) this.waitingReceivers.push(id);
  }

  take(): Item | undefined {
    const item: Item | undefined = this.queue.shift() ?? this.waitingSenders.shift();
    if (this.waitingSenders.length > 0 && this.queue.length < this.#capacity) {
      this.queue.push({ message: this.waitingSenders.shift()!.message });
    }
    return item && { message: item.message, ...("order" in item && { order: item.order }) };
  }

  /** The message; `undefined`: it waits. */
  recv(id: number): number | undefined {
    const message = this.tryRecv();
    if (message === undefined && !this.isClosed) this.waitingReceivers.push(id);
    return message;
  }

  /** What it was handed since. */
  poll(id: number): number | undefined {
    const item = this.handed.get(id);
    this.handed.delete(id);
    return item?.message;
  }

  dropRecv(id: number): void {
    this.waitingReceivers = this.waitingReceivers.filter((receiver) => receiver !== id);
    const item = this.handed.get(id);
    if (item === undefined) return;
    this.handed.delete(id);
    if (this.waitingReceivers.length > 0) this.handed.set(this.waitingReceivers.shift()!, item);
    else {
      const at = this.queue.findIndex(({ order = Infinity }) => order > item.order!);
      this.queue.splice(at < 0 ? this.queue.length : at, 0, item);
    }
  }

  /** Whether it is taken back. */
  dropSend(id: number): boolean {
    const count = this.waitingSenders.length;
    this.waitingSenders = this.waitingSenders.filter((sender) => sender.id !== id);
    return this.waitingSenders.length < count;
  }

  /** The ids of those who waited, and fail. */
  close(): number[] {
    const ids = [...this.waitingReceivers, ...this.waitingSenders.map(({ id }) => id)];
    this.isClosed = true;
    this.waitingReceivers = [];
    this.waitingSenders = [];
    return ids;
  }

  drain(): number[] {
    const all = [...this.queue, ...this.waitingSenders].map(({ message }) => message);
    this.queue = [];
    this.waitingSenders = [];
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
  "next",
  "claim",
  "poll",
  "poll",
  "dropRecv",
  "dropSend",
  "abortRecv",
  "drain",
  "close",
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
  readonly recvs = new Map<number, { future: Awaitable<unknown> & Disposable; abort: AbortController }>();
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
    else if (op === "next") this.recv((signal) => this.rx.iter({ signal }).next());
    else if (op === "claim") this.claim();
    else if (op === "close") this.close(n);
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
    const isSent = this.model.send(id, message);
    if (this.model.isClosed) {
      assertThrows(() => future.poll(context()), SendError, "the channel was closed");
      this.out.push(message);
      return;
    }
    assertEquals(future.poll(context()) !== PENDING, isSent);
    if (!future.isSent) this.sends.set(id, future);
  }

  private tryRecv(): void {
    const message = this.rx.tryRecv();
    assertEquals(typeof message === "number" ? message : undefined, this.model.tryRecv());
    if (typeof message !== "number") assertEquals(message, this.model.isClosed ? DISCONNECTED : EMPTY);
    if (typeof message === "number") this.out.push(message);
  }

  private recv(make: (signal: AbortSignal) => Awaitable<unknown> & Disposable): void {
    const id = this.#ids++;
    const abort = new AbortController();
    const future = make(abort.signal);
    const expected = this.model.recv(id);
    const message = messageOf(future);
    if (expected === undefined && this.model.isClosed) return assertEquals(message, DISCONNECTED);
    assertEquals(message === PENDING ? undefined : message, expected);
    if (message === PENDING) this.recvs.set(id, { future, abort });
    else this.out.push(message as number);
  }

  private claim(): void {
    const id = this.#ids++;
    const abort = new AbortController();
    const future = this.rx.iter({ signal: abort.signal }).next();
    this.model.claim(id);
    if (this.model.isClosed && !this.model.handed.has(id)) assertEquals(messageOf(future), DISCONNECTED);
    else this.recvs.set(id, { future, abort });
  }

  private poll(n: number): void {
    const id = pick(this.recvs, n);
    if (id === undefined) return;
    const message = messageOf(this.recvs.get(id)!.future);
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

  /** Everybody who waits fails; most runs go on without. */
  private close(n: number): void {
    if (n > 1) return;
    (n === 0 ? this.tx : this.rx).close();
    for (const id of this.model.close()) {
      const recv = this.recvs.get(id);
      if (recv !== undefined) assertEquals(messageOf(recv.future), DISCONNECTED);
      else this.out.push(this.sends.get(id)!.message!);
      this.recvs.delete(id);
      this.sends.delete(id);
    }
  }

  private drain(): void {
    const all = this.rx.drain();
    assertEquals(all, this.model.drain());
    this.out.push(...all);
  }

  private check(): void {
    assertEquals(this.rx.length, this.model.queue.length);
    for (const [id, send] of this.sends) {
      assertEquals(send.isSent, !this.model.waitingSenders.some((sender) => sender.id === id));
    }
  }
}

/** What a receive of any kind has got: a message, `PENDING`, or `DISCONNECTED`. */
function messageOf(future: Awaitable<unknown>): unknown {
  try {
    const output = future.poll(context());
    if (typeof output !== "object") return output;
    const { done, value } = output as IteratorResult<number>;
    return done ? DISCONNECTED : value;
  } catch (error) {
    assertInstanceOf(error, RecvError);
    return DISCONNECTED;
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
