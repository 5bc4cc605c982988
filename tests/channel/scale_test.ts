/** What many do at a channel costs each as much as what few do. */
import { assert, assertEquals } from "@std/assert";
import { PENDING } from "../../mod.ts";
import { bounded, type Messages, type Receiver, unbounded } from "../../lib/channel/mod.ts";
import { context } from "../helpers.ts";
import { collect } from "../memory.ts";

const FEW = 1_000;
const MANY = 16_000;
const MAX_GROWTH = 6;

/** Prepares something for `count`, and returns what is to be measured. */
type Make = (count: number) => () => void;

/** The time per item, in ms. */
function timePerItem(make: Make, count: number): number {
  const run = make(count);
  collect();
  const start = performance.now();
  run();
  return (performance.now() - start) / count;
}

/**
 * How much more an item of many costs than one of few: 16 if each costs in proportion to how many there are.
 * A machine that is busy makes it more, so what counts is the least of some tries.
 */
function growth(make: Make): number {
  let [few, many] = [Infinity, Infinity];
  for (let tries = 0; tries < 20; tries++) {
    few = Math.min(few, timePerItem(make, FEW));
    many = Math.min(many, timePerItem(make, MANY));
    if (tries > 0 && many < MAX_GROWTH * few) break; // the first compiles it
  }
  return many / few;
}

const orders: Record<string, (items: Disposable[]) => Disposable[]> = {
  "in order": (items) => items,
  "in reverse": (items) => items.reverse(),
  "in any order": (items) =>
    items.map((item, i) => ({ item, key: (i * 7919) % items.length })).sort((a, b) => a.key - b.key)
      .map(({ item }) => item),
};

/** `count` receives that wait. */
function waiting(count: number, receiver: () => Receiver<number>): Disposable[] {
  return Array.from({ length: count }, () => {
    const recv = receiver().recv();
    assert(recv.poll(context()) === PENDING);
    return recv;
  });
}

/** An iterator that ends when it is disposed, and not before. */
function ending(iterator: Messages<number>): Disposable {
  iterator.next();
  return { [Symbol.dispose]: () => void iterator.return() };
}

const cases: Record<string, (order: (items: Disposable[]) => Disposable[]) => Make> = {
  "a receive that is dropped with its message": (order) => (count) => {
    const [tx, rx] = unbounded<number>();
    const recvs = order(waiting(count, () => rx));
    for (let i = 0; i < count; i++) tx.trySend(i);
    return () => {
      for (const recv of recvs) recv[Symbol.dispose]();
      assertEquals(rx.drain(), Array.from({ length: count }, (_, i) => i));
    };
  },
  "a receive that is dropped while it waits": (order) => (count) => {
    const [, rx] = unbounded<number>();
    const recvs = order(waiting(count, () => rx));
    return () => recvs.forEach((recv) => recv[Symbol.dispose]());
  },
  "an iterator that ends while its next() waits": (order) => (count) => {
    const [, rx] = unbounded<number>();
    const iterators = order(Array.from({ length: count }, () => ending(rx.iter())));
    return () => iterators.forEach((iterator) => iterator[Symbol.dispose]());
  },
  "a receiver that is disposed while somebody waits through it": (order) => (count) => {
    const [, rx] = unbounded<number>();
    const clones = Array.from({ length: count }, () => rx.clone());
    for (const clone of clones) clone.recv().poll(context());
    const ordered = order(clones) as Receiver<number>[];
    return () => ordered.forEach((clone) => clone[Symbol.dispose]());
  },
  "a sender that is disposed while somebody waits through it": (order) => (count) => {
    const [tx, _rx] = bounded<number>(0);
    const clones = Array.from({ length: count }, () => tx.clone());
    for (const clone of clones) clone.send(1).poll(context());
    const ordered = order(clones);
    return () => ordered.forEach((clone) => clone[Symbol.dispose]());
  },
};

for (const [name, make] of Object.entries(cases)) {
  for (const [title, order] of Object.entries(orders)) {
    Deno.test(`${name} costs as much when there are many, ${title}`, () => {
      const ratio = growth(make(order));
      assert(
        ratio < MAX_GROWTH,
        `each costs ${ratio.toFixed(1)} times as much when there are 16 times as many`,
      );
    });
  }
}
