/** Messages that were received, and that nobody has seen. */
import { Heap, type HeapItem } from "../internal/heap.ts";

interface Returned<T> extends HeapItem {
  readonly ticket: number;
  readonly message: T;
}

/**
 * The messages that came back, by their tickets: in the order in which they were handed out. O(log n) each.
 */
export class ReturnedMessages<T> {
  readonly #heap = new Heap<Returned<unknown>>((a, b) => a.ticket < b.ticket);

  get size(): number {
    return this.#heap.size;
  }

  /** The ticket of the first, which must be there. */
  get firstTicket(): number {
    return this.#heap.peek()!.ticket;
  }

  push(message: T, ticket: number): void {
    this.#heap.push({ heapIndex: -1, ticket, message });
  }

  /** Removes the first, which must be there. */
  shift(): T {
    return this.#heap.pop()!.message as T;
  }
}
