/** What belongs to a body: the scopes that were made in it, which are cancelled with it, and waited for. */
import { both } from "./both.ts";
import { type Context, type Future, PENDING, type Poll } from "./future.ts";
import type { Wait } from "../internal/waits.ts";

/** A scope, as the body knows it that it was made in. */
export interface Linked {
  /** The body is cancelled, or has thrown. */
  cancelFor(reason: unknown): void;
  /** The body is over: a step of the end of this, too; throws what nobody else was told. */
  pollEnd(cx: Context): Poll<unknown>;
}

/** All that belong to one body and have not ended. */
export class Links {
  #all: Set<Linked> | undefined = undefined;
  /** What their ends have thrown. */
  #error: { error: unknown } | undefined = undefined;

  get isEmpty(): boolean {
    return this.#all === undefined || this.#all.size === 0;
  }

  add(linked: Linked): void {
    (this.#all ??= new Set()).add(linked);
  }

  delete(linked: Linked): void {
    this.#all?.delete(linked);
  }

  [Symbol.iterator](): Iterator<Linked> {
    return [...this.#all ?? []][Symbol.iterator]();
  }

  cancel(reason: unknown): void {
    for (const linked of this) linked.cancelFor(reason);
  }

  /** A step of the end of all; when they are over, throws what their ends have thrown. */
  pollEnd(cx: Context): Poll<void> {
    for (const linked of this) this.#step(linked, cx);
    if (!this.isEmpty) return PENDING;
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error.error;
  }

  #step(linked: Linked, cx: Context): void {
    try {
      if (linked.pollEnd(cx) === PENDING) return;
    } catch (error) {
      this.#error = { error: this.#error === undefined ? error : both(this.#error.error, error) };
    }
    this.delete(linked);
  }
}

/** A body that is over, until what belongs to it is, too. */
export class Ending implements Future<unknown> {
  readonly #body: Future<unknown>;
  readonly #links: Links;
  readonly #isThrown: boolean;
  /** The output, or the error. */
  readonly #result: unknown;

  constructor(body: Future<unknown>, links: Links, isThrown: boolean, result: unknown) {
    this.#body = body;
    this.#links = links;
    this.#isThrown = isThrown;
    this.#result = result;
  }

  poll(cx: Context): Poll<unknown> {
    if (!this.#isThrown) return this.#links.pollEnd(cx) === PENDING ? PENDING : this.#result;
    try {
      if (this.#links.pollEnd(cx) === PENDING) return PENDING;
    } catch (error) {
      throw both(this.#result, error);
    }
    throw this.#result;
  }

  pollClose(cx: Context): Poll<unknown> {
    return this.poll(cx);
  }

  waitsFor(): Wait {
    return { kind: "scope" };
  }

  [Symbol.dispose](): void {
    this.#body[Symbol.dispose]?.();
  }
}
