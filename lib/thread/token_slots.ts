/** Memory for the tokens of jobs: a piece of its own for each would cost more than a quick job does. */

import { share } from "../internal/shared_memory.ts";

/** Bytes of one token: two words, and room for the reason. */
export const SLOT_BYTES = 512;
const SLOTS = 128;

/** Where a token is. */
export interface Slot {
  readonly shared: SharedArrayBuffer;
  readonly offset: number;
}

/** Those that nobody uses. */
const free: Slot[] = [];

/** A slot that is all zero. */
export function takeSlot(): Slot {
  if (free.length === 0) {
    const shared = share(SLOTS * SLOT_BYTES);
    for (let index = SLOTS - 1; index >= 0; index--) free.push({ shared, offset: index * SLOT_BYTES });
  }
  return free.pop()!;
}

/** The token is needed no more. */
export function freeSlot(slot: Slot): void {
  new Int32Array(slot.shared, slot.offset, 2).fill(0);
  free.push(slot);
}
