/** Who has made a pool: what the pool tells, it tells in their async context, and in no task. */
import { inFrame } from "../../core/friend.ts";
import { capture } from "../../internal/async_context.ts";
import { guarded } from "./errors.ts";
import { callExposed, type ThreadPoolOptions } from "./pool_options.ts";

export class Maker {
  readonly options: ThreadPoolOptions;
  readonly #context: object | undefined = capture();

  constructor(options: ThreadPoolOptions) {
    const { onOutput } = options;
    const told = onOutput &&
      ((...printed: Parameters<typeof onOutput>) => this.call(() => onOutput(...printed)));
    this.options = { ...options, onOutput: told };
  }

  call<R>(fn: () => R): R {
    return inFrame(undefined, this.#context, fn, undefined);
  }

  /** What is thrown is not for whoever has brought the news. */
  tell(fn: (options: ThreadPoolOptions) => void): void {
    guarded(() => this.call(() => fn(this.options)));
  }

  /** A job calls one of the functions that are exposed. */
  callExposed(name: string, args: readonly unknown[]): unknown {
    return this.call(() => callExposed(this.options.expose, name, args));
  }
}
