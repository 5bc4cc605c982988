/** Fake timers as `FakeTime` of @std: `Date` and the timers are replaced by functions that are always the same. */

interface FakeTimer {
  fn: () => void;
  at: number;
}

const RealDate = Date;
const real = { setTimeout, clearTimeout };

let current: FakeTime | undefined;

function present(): FakeTime {
  if (current === undefined) throw new TypeError("time is not faked");
  return current;
}

class FakeDate extends RealDate {
  static override now(): number {
    return present().now;
  }
}

const fake = {
  Date: FakeDate,
  setTimeout: (fn: () => void, ms = 0): number => present().set(fn, ms),
  clearTimeout: (id: number): void => present().clear(id),
};

export class FakeTime {
  now: number;
  readonly #timers: Map<number, FakeTimer> = new Map();
  #lastId = 0;

  constructor(now: number = RealDate.now()) {
    this.now = now;
    current = this;
    Object.assign(globalThis, fake);
  }

  set(fn: () => void, ms: number): number {
    this.#timers.set(++this.#lastId, { fn, at: this.now + ms });
    return this.#lastId;
  }

  clear(id: number): void {
    this.#timers.delete(id);
  }

  /** Lets time pass, and whoever is due on the way run. */
  tick(ms: number): void {
    const end = this.now + ms;
    for (let next; (next = this.#next(end)) !== undefined;) {
      const [id, { fn, at }] = next;
      this.#timers.delete(id);
      this.now = at;
      fn();
    }
    this.now = end;
  }

  restore(): void {
    current = undefined;
    Object.assign(globalThis, { Date: RealDate, ...real });
  }

  #next(end: number): [number, FakeTimer] | undefined {
    const due = [...this.#timers].filter(([, { at }]) => at <= end);
    return due.sort(([, a], [, b]) => a.at - b.at)[0];
  }
}
