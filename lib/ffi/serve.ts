/** How threads of C's own get to JavaScript: C calls it for them, on its thread. */
import { define } from "./c_function.ts";
import { forThread } from "./last_error.ts";

const RUNNER = { parameters: ["pointer"], result: "void" } as const;

/** Calls a function of C, given its argument. */
export function callRunner(run: Deno.PointerObject, data: Deno.PointerValue): void {
  new Deno.UnsafeFnPointer(run as Deno.PointerObject<typeof RUNNER>, RUNNER).call(data);
}

/**
 * The last function of every table: calls C, which calls the functions of the table. They do so for the
 * thread whose last error is at the third argument.
 */
export const serve = /* @__PURE__ */ define(
  { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  undefined,
  (run: Deno.PointerValue, data: Deno.PointerValue, slot: Deno.PointerValue) => {
    if (run === null) throw new TypeError("Cannot serve a thread: expected a function, got NULL");
    forThread(slot, () => callRunner(run, data));
  },
  undefined,
  true,
);
