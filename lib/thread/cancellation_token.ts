import { canShare, share } from "../internal/shared_memory.ts";
import { Cancelled } from "./cancelled.ts";
import { decode, encode, type Encoded } from "./codec.ts";
import { type Slot, SLOT_BYTES } from "./token_slots.ts";

/** The words of the shared memory: whether it is cancelled, and how many bytes of the reason follow. */
const STATE = 0;
const LENGTH = 1;
/** States. */
const LIVE = 0;
const WRITING = 1;
const CANCELLED = 2;

const HEADER_BYTES = 8;
/** Room for the reason, as JSON; a longer one is cut to its name and message. */
const REASON_BYTES = SLOT_BYTES - HEADER_BYTES;

/**
 * What is left of a token that was posted: give it to {@linkcode CancellationToken.from}.
 *
 * @example
 * ```ts
 * import { CancellationToken, type PostedToken } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const posted: PostedToken = structuredClone(new CancellationToken());
 * assertEquals(CancellationToken.from(posted).cancelled, false);
 * ```
 */
export interface PostedToken {
  /** The memory that all copies share. */
  readonly shared: SharedArrayBuffer;
  /** Where in it the token is, in bytes. */
  readonly offset: number;
}

/**
 * A flag that is raised once, and is seen by every thread at once: also by a loop that never lets its event loop
 * run. `ffi_helpers::task::CancellationToken` in Rust.
 *
 * Post it to a Worker, and make it a token again there with {@linkcode CancellationToken.from}; a job is given
 * one that way.
 *
 * @example
 * ```ts
 * import { CancellationToken } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const token = new CancellationToken();
 * const elsewhere = CancellationToken.from(structuredClone(token));
 * assertEquals(elsewhere.cancelled, false);
 * token.cancel();
 * assertEquals(elsewhere.cancelled, true);
 * ```
 */
export class CancellationToken {
  /** The memory that all its copies share, and where in it the token is: what is posted. */
  readonly shared: SharedArrayBuffer;
  /** In bytes. */
  readonly offset: number;
  readonly #words: Int32Array;
  #controller: AbortController | undefined;
  /** The reason on the side where it was given, which need not be one that can be posted. */
  #reason: unknown;
  #hasReason = false;

  /**
   * A token that is not cancelled.
   *
   * @throws {TypeError} Where memory can't be shared: on a page that is not cross-origin isolated.
   */
  constructor();
  /** @ignore */
  constructor(slot?: Slot);
  constructor({ shared, offset }: Slot = { shared: share(SLOT_BYTES), offset: 0 }) {
    this.shared = shared;
    this.offset = offset;
    this.#words = new Int32Array(shared, offset, 2);
  }

  /**
   * A token that is cancelled when the signal is aborted, with its reason; or, given a token or what is left of
   * one that was posted, one more copy of it.
   *
   * @throws {TypeError} If `source` is neither.
   *
   * @example
   * ```ts
   * import { CancellationToken } from "@tagged/async-task/thread";
   * import { assertEquals } from "@std/assert";
   *
   * const controller = new AbortController();
   * const token = CancellationToken.from(controller.signal);
   * controller.abort("enough");
   * assertEquals([token.cancelled, token.reason], [true, "enough"]);
   * ```
   */
  static from(source: AbortSignal | PostedToken): CancellationToken {
    if (source instanceof AbortSignal) {
      const token = new CancellationToken();
      const cancel = (): void => void token.cancel(source.reason);
      if (source.aborted) cancel();
      else source.addEventListener("abort", cancel, { once: true });
      return token;
    }
    if (isSlot(source)) return new CancellationToken(source);
    throw new TypeError("Cannot make a token: expected a signal, a token, or one that was posted");
  }

  /** Whether it is cancelled. Reads shared memory: costs some nanoseconds. */
  get cancelled(): boolean {
    return Atomics.load(this.#words, STATE) === CANCELLED;
  }

  /** Why it is cancelled. From another thread, a copy, as the errors of a job are. */
  get reason(): unknown {
    if (!this.#hasReason && Atomics.load(this.#words, STATE) === CANCELLED) {
      this.#reason = this.#read();
      this.#hasReason = true;
    }
    return this.#reason;
  }

  /**
   * A signal that is aborted when the token is cancelled, by whichever thread, with a {@linkcode Cancelled}. It
   * needs the event loop to run; a thread that is busy reads {@linkcode cancelled}.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.cancelled) this.#controller.abort(new Cancelled(this.reason));
      else this.#watch(this.#controller);
    }
    return this.#controller.signal;
  }

  /**
   * Cancels it, for every thread. Only the first call counts.
   *
   * @param reason Why. Default: none.
   * @returns Whether this was the first.
   */
  cancel(reason?: unknown): boolean {
    if (Atomics.compareExchange(this.#words, STATE, LIVE, WRITING) !== LIVE) return false;
    this.#reason = reason;
    this.#hasReason = true;
    this.#write(reason);
    Atomics.store(this.#words, STATE, CANCELLED);
    Atomics.notify(this.#words, STATE);
    this.#controller?.abort(new Cancelled(reason));
    return true;
  }

  /**
   * Throws if it is cancelled.
   *
   * @throws {Cancelled} If it is cancelled; with the reason.
   */
  throwIfCancelled(): void {
    if (this.cancelled) throw new Cancelled(this.reason);
  }

  #write(reason: unknown): void {
    if (reason === undefined) return;
    let bytes = toBytes(encode(reason));
    if (bytes.length > REASON_BYTES) bytes = toBytes(short(reason));
    new Uint8Array(this.shared, this.offset + HEADER_BYTES, bytes.length).set(bytes);
    Atomics.store(this.#words, LENGTH, bytes.length);
  }

  #read(): unknown {
    const length = Atomics.load(this.#words, LENGTH);
    if (length === 0) return undefined;
    // A copy, as text can't be decoded from shared memory everywhere.
    const bytes = new Uint8Array(this.shared, this.offset + HEADER_BYTES, length).slice();
    return decode(JSON.parse(new TextDecoder().decode(bytes)));
  }

  /** Waits without keeping the thread, or its process: what is cancelled elsewhere is seen soon. */
  #watch(controller: AbortController): void {
    const abort = (): void => {
      if (Atomics.load(this.#words, STATE) === CANCELLED) controller.abort(new Cancelled(this.reason));
      else this.#watch(controller);
    };
    const seen = Atomics.load(this.#words, STATE);
    if (seen === CANCELLED) return abort();
    if (Atomics.waitAsync === undefined) return poll(() => this.cancelled, abort);
    const { async: isAsync, value } = Atomics.waitAsync(this.#words, STATE, seen);
    if (isAsync) (value as Promise<unknown>).then(abort);
    else queueMicrotask(abort);
  }
}

function isSlot(value: unknown): value is Slot {
  const { shared, offset } = (value ?? {}) as Slot;
  return canShare() && shared instanceof SharedArrayBuffer && Number.isInteger(offset) && offset % 4 === 0 &&
    offset >= 0 &&
    offset + SLOT_BYTES <= shared.byteLength;
}

/** How often a thread looks that can't be told, in ms. */
const LOOK_MS = 5;

/** Calls `fn` when `isTrue`, where there is no other way to learn of it than to look. */
function poll(isTrue: () => boolean, fn: () => void): void {
  const timer = setInterval(() => {
    if (!isTrue()) return;
    clearInterval(timer);
    fn();
  }, LOOK_MS);
  (timer as unknown as { unref?(): void }).unref?.();
}

function toBytes(encoded: Encoded): Uint8Array {
  try {
    return new TextEncoder().encode(JSON.stringify(encoded));
  } catch {
    return toBytes(short(encoded));
  }
}

/** As much of a reason as surely fits. */
function short(reason: unknown): Encoded {
  const text = String((reason as Error)?.message ?? reason).slice(0, 200);
  return encode(
    reason instanceof Error ? Object.assign(new Error(text), { name: reason.name, stack: "" }) : text,
  );
}
