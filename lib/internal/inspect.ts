/** How the objects of this package show themselves in `console.log` and `JSON.stringify`. */
import { show } from "./show.ts";
import { showWait, type Wait, WAITS } from "./waits.ts";

/** What prints whatever is inside of an object; given by the runtime. */
type Inspect = (value: unknown, options: object) => string;

/**
 * What has a view of itself: what `JSON.stringify` shows, and, with the name of the class, `console.log`.
 *
 * @example
 * ```ts
 * import { type Inspectable, ready, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(ready(1), () => {}, "page 7");
 * const shown: Inspectable[] = [task, handle];
 * assertEquals(shown.map((it) => JSON.parse(JSON.stringify(it)).tag), ["page 7", "page 7"]);
 * ```
 */
export interface Inspectable {
  /** What `JSON.stringify` shows. */
  toJSON(): object;
  /** What a future waits for right now, as far as it says so. */
  [WAITS](): Wait | undefined;
  /** @ignore How subclasses say it: a method with a computed name is never left out of a bundle. */
  waitsFor(): Wait | undefined;
}

/** The name of the method that `console.log` calls, on Deno, Node and Bun. */
const INSPECT = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom");

/**
 * The base of such classes. It is made by a function, as a class with a computed name stays in a bundle that
 * does not use it.
 */
export const Inspectable: abstract new () => Inspectable = /* @__PURE__ */ (() => {
  class Inspectable {
    toJSON(): object {
      const wait = this.waitsFor();
      return wait === undefined ? {} : { waitsFor: showWait(wait) };
    }

    waitsFor(): Wait | undefined {
      return undefined;
    }

    [WAITS](): Wait | undefined {
      return this.waitsFor();
    }

    [INSPECT](_depth: number, options: { depth?: number | null }, inspect: Inspect): string {
      const { name } = this.constructor;
      const { depth } = options;
      if (typeof depth !== "number") return `${name} ${inspect(this.toJSON(), options)}`;
      return depth < 0 ? `[${name}]` : `${name} ${inspect(this.toJSON(), { ...options, depth: depth - 1 })}`;
    }
  }
  return Inspectable;
})();

/** A tag in JSON: as it is, if JSON knows it, else as messages show it. */
export function jsonOf(tag: unknown): unknown {
  if (typeof tag !== "object" || tag === null) {
    const isPlain = tag === undefined || tag === null || typeof tag === "string" ||
      typeof tag === "boolean" ||
      Number.isFinite(tag);
    return isPlain ? tag : show(tag);
  }
  try {
    JSON.stringify(tag);
    return tag;
  } catch {
    return show(tag);
  }
}
