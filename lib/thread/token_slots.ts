/** Memory for the tokens of jobs: a piece of its own for each would cost more than a quick job does. */

import { share } from "../internal/runtime.ts";

/** The words of a slot: the state and the turn of its token, and how many bytes of the reason follow the words. */
export const STATE = 0;
export const LENGTH = 1;
/** The id of the order that nobody has claimed; 0 once somebody has. */
const CLAIM = 2;
export const HEADER_BYTES = 12;

/** Bytes of one slot: the words, and room for the reason. */
export const SLOT_BYTES = 512;
const SLOTS = 128;

/** Where a token is. */
export interface Slot {
  readonly shared: SharedArrayBuffer;
  readonly offset: number;
  /** How many have had the slot before, modulo `TURNS`: to whom it is another's now, it stays as it was. */
  readonly turn: number;
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
    for (let index = SLOTS - 1; index >= 0; index--) {
      free.push({ shared, offset: index * SLOT_BYTES, turn: 0 });
    }
  }
  return free.pop()!;
}

/** The token is needed no more: whoever still watches it stops. */
export function freeSlot({ shared, offset, turn }: Slot): void {
  const words = wordsOf({ shared, offset });
  const next = (turn + 1) % TURNS;
  Atomics.store(words, STATE, stateOf(next, 0));
  Atomics.notify(words, STATE);
  free.push({ shared, offset, turn: next });
}

/** The order with this id may be claimed: by the thread that it is sent to, or by who wants it back. */
export function offer(slot: Slot, id: number): void {
  Atomics.store(wordsOf(slot), CLAIM, id);
}

/** Whether the order is the caller's; only one of all who try gets it. */
export function claim(slot: Pick<Slot, "shared" | "offset">, id: number): boolean {
  return Atomics.compareExchange(wordsOf(slot), CLAIM, id, 0) === id;
}

function wordsOf({ shared, offset }: Pick<Slot, "shared" | "offset">): Int32Array {
  return new Int32Array(shared, offset, HEADER_BYTES / 4);
}
