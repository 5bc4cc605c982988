/** The body of a task, whatever it is made of, as a future. */
import { isFuture } from "../core/friend.ts";
import type { Future } from "../core/mod.ts";
import type { IntoFuture } from "./body.ts";
import { FunctionBody } from "./function_body.ts";
import { GeneratorBody, type GeneratorFn } from "./generator.ts";
import { isGenerator, isPromise } from "./kind.ts";
import { PromiseBody } from "./promise_body.ts";
import { show } from "../internal/show.ts";

const GeneratorFunction = /* @__PURE__ */ Object.getPrototypeOf(function* () {});

const AsyncGeneratorFunction = /* @__PURE__ */ Object.getPrototypeOf(async function* () {});

/**
 * The body of a task as a future; a function may be given the tag before the context, and is followed or not.
 */
export function intoFuture<R, T>(body: IntoFuture<R, T>, takesTag = false, isFollowed = true): Future<R> {
  if (isFuture(body)) return body as Future<R>;
  if (typeof body === "function") {
    // Stepped under the executor's control: nothing in it has to be followed.
    if (Object.getPrototypeOf(body) === GeneratorFunction) {
      return new GeneratorBody<R>(body as GeneratorFn, takesTag);
    }
    if (Object.getPrototypeOf(body) === AsyncGeneratorFunction) refuseAsyncGenerator();
    return new FunctionBody<R>(body, takesTag, isFollowed);
  }
  if (isGenerator<R>(body)) return new GeneratorBody<R>(body, false);
  if (isPromise(body)) return new PromiseBody<R>(body as PromiseLike<R>);
  throw new TypeError(
    `Cannot spawn ${show(body)}: a task is made of a future, a function, a generator or a promise`,
  );
}

function refuseAsyncGenerator(): never {
  throw new TypeError("Cannot spawn an async generator: expected a generator, an async function or a future");
}
