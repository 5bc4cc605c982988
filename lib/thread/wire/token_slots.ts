/** Memory for the tokens of jobs: a piece of its own for each would cost more than a quick job does. */
import { share } from "../../internal/runtime.ts";

/**
 * The words of a slot: the state and the turn of its token, and how many bytes of the reason follow the
 * words.
 */
export const STATE = 0;
export const LENGTH = 1;
/** The id of the order that nobody has claimed; 0 once somebody has. */
const CLAIM = 2;
export const HEADER_BYTES = 12;

/** Bytes of one slot: the words, and room for the reason. */
export const SLOT_BYTES = 512;
const SLOTS = 128;

/** Where a token is. */
export interface Place {
  readonly shared: SharedArrayBuffer;
  readonly offset: number;
  /** How many have had the slot before, modulo `TURNS`: to whom it is another's now, it stays as it was. */
  readonly turn: number;
  /** Its words, if somebody has them. */
  readonly words?: Int32Array;
}

/** A place that is used again and again. */
export class Slot implements Place {
  readonly shared: SharedArrayBuffer;
  readonly offset: number;
  turn: number;
  /** What the words of the slot are in. */
  readonly words: Int32Array;

  constructor(shared: SharedArrayBuffer, offset: number) {
    this.shared = shared;
    this.offset = offset;
    this.turn = 0;
    this.words = new Int32Array(shared, offset, HEADER_BYTES / 4);
  }
}

/** States are below this. */
const STATES = 4;
const TURNS = 2 ** 28;

/** What `STATE` says when the token that has this turn is in a state. */
export function stateOf(turn: number, state: number): number {
  return turn * STATES + state;
}

/** Whether it is still the turn of this token. */
export function isStateOf(turn: number, word: number): boolean {
  return Math.floor(word / STATES) === turn;
}

/** Those that nobody uses. */
const free: Slot[] = [];

/** A slot whose token is not cancelled. */
export function takeSlot(): Slot {
  if (free.length === 0) {
    const shared = share(SLOTS * SLOT_BYTES);
    for (let index = SLOTS - 1; index >= 0; index--) free.push(new Slot(shared, index * SLOT_BYTES));
  }
  return free.pop()!;
}

/** The token is needed no more: whoever still watches it stops. */
export function freeSlot(slot: Slot): void {
  slot.turn = (slot.turn + 1) % TURNS;
  Atomics.store(slot.words, STATE, stateOf(slot.turn, 0));
  Atomics.notify(slot.words, STATE);
  free.push(slot);
}

/** Whether nobody has cancelled the token of a slot; cheaper than to make the token. */
export function isLive({ words, turn }: Slot): boolean {
  return Atomics.load(words, STATE) === stateOf(turn, 0);
}

/** The order with this id may be claimed: by the thread that it is sent to, or by who wants it back. */
export function offer({ words }: Slot, id: number): void {
  Atomics.store(words, CLAIM, id);
}

/** Whether nobody has claimed it. */
export function isOffered({ words }: Slot, id: number): boolean {
  return Atomics.load(words, CLAIM) === id;
}

/** Whether the order is the caller's; only one of all who try gets it. */
export function claim(words: Int32Array, id: number): boolean {
  return Atomics.compareExchange(words, CLAIM, id, 0) === id;
}

/** The words of a slot, on another thread. */
export function wordsOf({ shared, offset }: Pick<Place, "shared" | "offset">): Int32Array {
  return new Int32Array(shared, offset, HEADER_BYTES / 4);
}
