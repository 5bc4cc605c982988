/** Bodies that tell of their end. */
import type { Future } from "../core/mod.ts";
import { Wrapper } from "./wrapper.ts";

/**
 * A future that says when it is let go of: when its task has ended, in whatever way. Flat, see lib/README.md.
 */
export class Driven<R> extends Wrapper<R> {
  declare private readonly onEnd: () => void;

  constructor(inner: Future<R>, onEnd: () => void) {
    super(inner);
    this.onEnd = onEnd;
  }

  override [Symbol.dispose](): void {
    this.onEnd();
    super[Symbol.dispose]();
  }
}
