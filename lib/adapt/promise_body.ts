/** A promise as the body of a task. */
import { type Cell, currentFrame, reportPanic, taskOf } from "../core/friend.ts";
import { type Context, PENDING, type Poll } from "../core/mod.ts";
import { isBecauseOf } from "./because.ts";
import { PromiseFuture } from "./promise_future.ts";

/**
 * A promise that a task was made of: its rejection counts as handled from the start, as the task will tell
 * it, some time. If it was rejected, and the task is let go of before it was run again, nobody has seen that:
 * it is reported.
 */
export class PromiseBody<R> extends PromiseFuture<R> {
  /** Set once its rejection was thrown. */
  declare private isSeen: boolean;

  constructor(promise: PromiseLike<R>) {
    super(promise);
    this.isSeen = false;
    this.begin();
  }

  override poll(cx: Context): Poll<R> {
    try {
      return super.poll(cx);
    } catch (error) {
      this.isSeen = true;
      throw error;
    }
  }

  override [Symbol.dispose](): void {
    if (!this.isSeen) this.lose(taskOf(currentFrame()));
    super[Symbol.dispose]();
  }

  private lose(cell: Cell | undefined): void {
    try {
      if (super.poll({ waker: { wake() {} } }) === PENDING) return;
    } catch (error) {
      if (cell !== undefined && !isBecauseOf(cell.reason, error)) reportPanic(error, cell.id, cell.tag);
    }
    this.isSeen = true;
  }
}
