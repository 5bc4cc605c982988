import { RankedItem } from "../internal/ranked.ts";
import type { TaskHandle } from "./task_handle.ts";
import type { Placed } from "./thread.ts";

/** A handle, as its pool sees it. */
export type Handle = Placed & TaskHandle<unknown>;

/** A job that waits for a thread. */
export class Queued extends RankedItem {
  readonly handle: Handle;

  constructor(handle: Handle) {
    super();
    this.handle = handle;
  }
}

/** A job for a thread; its pool is told before the handle is, and after it. */
export function placedFor(handle: Handle, before: () => void, after: () => void): Placed {
  return {
    order: handle.order,
    transfer: handle.transfer,
    get isDropped() {
      return handle.isDropped;
    },
    onResult: (result) => {
      before();
      handle.onResult(result);
      after();
    },
    onLost: (why, error) => {
      before();
      handle.onLost(why, error);
      after();
    },
  };
}
