/** What a thread reports: results of quick jobs together. */
import { encode } from "../wire/codec.ts";
import { pack } from "../wire/copy.ts";
import type { Loose, Mailbox } from "../wire/mailbox.ts";
import { FAILED, OK, RESULTS } from "../wire/messages.ts";
import { isTransferred } from "../wire/transferred.ts";

/** No result waits for longer than this, in ms, while there is more to do. */
const FLUSH_MS = 1;

/** Nothing is moved. */
const NONE: Transferable[] = [];

export class Outbox {
  readonly #mail: Mailbox;
  /** What the owner sleeps on. */
  readonly #word: Int32Array<SharedArrayBuffer> | undefined;
  #head: unknown[] = [RESULTS];
  #loose: Loose[] = [];
  #flushedAt = 0;
  /** Whether a turn of the event loop will post the results, should a job wait for more than that. */
  #isFlushing = false;

  constructor(mail: Mailbox, word: Int32Array<SharedArrayBuffer> | undefined) {
    this.#mail = mail;
    this.#word = word;
  }

  /** Posts a letter at once. */
  post(head: unknown[], loose: Loose[]): Map<Loose, unknown> | undefined {
    const failed = this.#mail.post(head, loose);
    if (this.#word !== undefined) {
      Atomics.add(this.#word, 0, 1);
      Atomics.notify(this.#word, 0);
    }
    return failed;
  }

  /** Posts several values of one job. */
  postValues(kind: number, id: number, values: unknown[]): void {
    if (values.every(isPrimitive)) return void this.post([kind, id, true, values], []);
    const loose: Loose[] = [];
    const flat: unknown[] = [];
    for (const value of values) {
      const parcel = packResult(value);
      flat.push(parcel.isSafe, parcel.isSafe ? parcel.value : undefined);
      if (!parcel.isSafe) loose.push(parcel);
    }
    this.post([kind, id, false, flat], loose);
  }

  /** A job has ended. */
  push(id: number, kind: number, value: unknown, ms: number, now: number): void {
    try {
      this.#add(id, kind, value, ms);
    } catch (error) {
      this.#add(id, FAILED, encode(error), ms);
    }
    if (now - this.#flushedAt >= FLUSH_MS) this.flush(now);
  }

  /** A job is waited for: if it isn't done in this turn of the event loop, the results don't wait with it. */
  flushSoon(): void {
    if (this.#isFlushing || this.#head.length === 1) return;
    this.#isFlushing = true;
    setTimeout(() => {
      this.#isFlushing = false;
      this.flush();
    });
  }

  flush(now: number = performance.now()): void {
    this.#flushedAt = now;
    if (this.#head.length === 1) return;
    const [head, loose] = [this.#head, this.#loose];
    this.#head = [RESULTS];
    this.#loose = [];
    this.post(head, loose);
  }

  #add(id: number, kind: number, value: unknown, ms: number): void {
    const parcel = kind === OK ? packResult(value) : pack(value, NONE);
    this.#head.push(id, kind, ms, parcel.isSafe, parcel.isSafe ? parcel.value : undefined);
    if (!parcel.isSafe) this.#loose.push(parcel);
  }
}

function isPrimitive(value: unknown): boolean {
  return typeof value === "object"
    ? value === null
    : typeof value !== "function" && typeof value !== "symbol";
}

function packResult(value: unknown): ReturnType<typeof pack> {
  let isMoved = false;
  try {
    isMoved = isTransferred(value);
  } catch {
    // Nothing can be asked of it; it can't be posted, either, and that will be told.
  }
  return isMoved ? pack(...movedOf(value)) : pack(value, NONE);
}

function movedOf(value: unknown): [unknown, Transferable[]] {
  const { value: inner, transfer } = value as { value: unknown; transfer: Transferable[] };
  return [inner, transfer];
}
