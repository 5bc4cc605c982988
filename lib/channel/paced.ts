import { Shared } from "../adapt/friend.ts";
import { promiseOf } from "../core/friend.ts";
import { paced } from "../internal/coop.ts";

/** A future that, awaited, leaves the event loop its turns, where async functions wait for one another for ever. */
export abstract class Paced<R> extends Shared<R> {
  protected override start(): Promise<R> {
    return paced(this.begin());
  }

  /** The promise that all share who await, without regard to others. */
  protected begin(): Promise<R> {
    return promiseOf<R>(this);
  }
}
