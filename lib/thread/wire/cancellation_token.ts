/** Flags that all threads see at once. */
import { CancelledError } from "../../core/mod.ts";
import { canWaitAsync, isShared, share, startTimer } from "../../internal/runtime.ts";
import { show } from "../../internal/show.ts";
import { decode, describe, type Encoded, encodeJson } from "./codec.ts";
import {
  HEADER_BYTES,
  isStateOf,
  LENGTH,
  type Place,
  SLOT_BYTES,
  STATE,
  stateOf,
  wordsOf,
} from "./token_slots.ts";

/** States. */
const LIVE = 0;
const WRITING = 1;
const CANCELLED = 2;

/** Room for the reason, as JSON; of a longer one, only its name and message are kept, as far as they fit. */
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
  /** Whose turn it is there: the memory is used again when a job has ended. */
  readonly turn: number;
}

/**
 * A flag that is raised once, and is seen by every thread at once: also by a loop that never lets its event
 * loop run. `ffi_helpers::task::CancellationToken` in Rust.
 *
 * Post it to a Worker, and make it a token again there with {@linkcode CancellationToken.from}; a job is
 * given one that way.
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
  /** Whose turn it is there; after it, the token stays as it was last seen. */
  readonly turn: number;
  readonly #words: Int32Array;
  /** Once it was seen; the memory may be another token's by now. */
  #isCancelled = false;
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
  constructor(place?: Place);
  constructor(place: Place = newPlace()) {
    const { shared, offset, turn, words = wordsOf(place) } = place;
    this.shared = shared;
    this.offset = offset;
    this.turn = turn;
    this.#words = words;
  }

  /**
   * A token that is cancelled when the signal is aborted, with its reason; or, given a token or what is left
   * of one that was posted, one more copy of it.
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
    if (isPlace(source)) return new CancellationToken(source);
    throw new TypeError(
      `Cannot make a token: expected a signal, a token, or one that was posted, got ${show(source)}`,
    );
  }

  /** Whether it is cancelled. Reads shared memory: costs some nanoseconds. */
  get cancelled(): boolean {
    return this.#isCancelled ||= Atomics.load(this.#words, STATE) === stateOf(this.turn, CANCELLED);
  }

  /** Why it is cancelled. From another thread, a copy, as the errors of a job are. */
  get reason(): unknown {
    if (!this.#hasReason && Atomics.load(this.#words, STATE) === stateOf(this.turn, CANCELLED)) {
      this.#reason = this.#read();
      this.#hasReason = true;
    }
    return this.#reason;
  }

  /**
   * A signal that is aborted when the token is cancelled, by whichever thread, with a `CancelledError`. It
   * needs the event loop to run; a thread that is busy reads {@linkcode cancelled}.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.cancelled) this.#controller.abort(cancelledFor(this.reason));
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
    const [live, writing, cancelled] = [LIVE, WRITING, CANCELLED].map((state) => stateOf(this.turn, state));
    if (Atomics.compareExchange(this.#words, STATE, live, writing) !== live) return false;
    this.#isCancelled = this.#hasReason = true;
    this.#reason = reason;
    this.#write(reason);
    // Unless its job has ended meanwhile.
    Atomics.compareExchange(this.#words, STATE, writing, cancelled);
    Atomics.notify(this.#words, STATE);
    this.#controller?.abort(cancelledFor(reason));
    return true;
  }

  /**
   * Throws if it is cancelled.
   *
   * @throws {CancelledError} If it is cancelled; with the reason as its `cause`.
   */
  throwIfCancelled(): void {
    if (this.cancelled) throw cancelledFor(this.reason);
  }

  #write(reason: unknown): void {
    const bytes = reason === undefined ? new Uint8Array() : fitting(reason);
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
    const seen = Atomics.load(this.#words, STATE);
    if (this.cancelled) return controller.abort(cancelledFor(this.reason));
    if (!isStateOf(this.turn, seen)) return;
    const again = (): void => this.#watch(controller);
    if (!canWaitAsync()) return void startTimer(again, POLL_MS);
    const { async: isAsync, value } = Atomics.waitAsync(this.#words, STATE, seen);
    if (isAsync) (value as Promise<unknown>).then(again);
    else queueMicrotask(again);
  }
}

/** What a token throws. */
export function cancelledFor(reason: unknown): CancelledError {
  return new CancelledError(undefined, undefined, reason === undefined ? undefined : { cause: reason });
}

function newPlace(): Place {
  return { shared: share(SLOT_BYTES), offset: 0, turn: 0 };
}

function isPlace(value: unknown): value is Place {
  const { shared, offset, turn } = (value ?? {}) as Place;
  return isShared(shared) && Number.isInteger(offset) && offset % 4 === 0 && offset >= 0 &&
    offset + SLOT_BYTES <= shared.byteLength && Number.isInteger(turn);
}

/** How often a thread asks that can't be told, in ms. */
const POLL_MS = 5;

/** A reason as bytes, as much of it as there is room for. */
function fitting(reason: unknown): Uint8Array {
  const whole = toBytes(encodeJson(reason));
  if (whole !== undefined && whole.length <= REASON_BYTES) return whole;
  for (let length = 200;; length >>= 1) {
    const bytes = toBytes(short(reason, length))!;
    if (bytes.length <= REASON_BYTES) return bytes;
  }
}

/** `undefined` if it is no JSON. */
function toBytes(encoded: Encoded): Uint8Array | undefined {
  try {
    return new TextEncoder().encode(JSON.stringify(encoded));
  } catch {
    return undefined;
  }
}

/** A reason without all that may be long. */
function short(reason: unknown, length: number): Encoded {
  const encoded = encodeJson(reason);
  if (encoded.kind !== "error") return { kind: "text", text: describe(reason).slice(0, length) };
  const [name, message] = [encoded.name, encoded.message].map((text) => text.slice(0, length));
  return { ...encoded, name, message, stack: "", cause: undefined, errors: undefined, fields: [] };
}
