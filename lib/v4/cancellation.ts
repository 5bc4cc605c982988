import { Settled } from "../core/friend.ts";
import { Awaitable, type Context, type Future, type Poll } from "../core/mod.ts";
import { noOutput, outputIfAny, take } from "./output.ts";
import type { Task } from "./task.ts";

/** A cancellation under way. */
export class Cancellation<R> extends Awaitable<R | undefined> {
  readonly #task: Task<R>;

  constructor(task: Task<R>) {
    super();
    this.#task = task;
  }

  override poll(cx: Context): Poll<R | undefined> {
    return take(this.#task, cx, noOutput) as Poll<R | undefined>;
  }

  protected override watch(): Future<R | undefined> {
    return new Settled(this.#task, outputIfAny<R>);
  }
}
