/**
 * The runtime's own timers, as they were when this module was loaded: whatever a test framework puts in their
 * place later is told by the difference.
 */

/** Empty where they had been replaced before. */
interface RealTimers {
  readonly Date?: DateConstructor;
  readonly setTimeout?: (fn: () => void, ms: number) => unknown;
  readonly clearTimeout?: (id: unknown) => void;
  readonly setImmediate?: (fn: () => void) => unknown;
  readonly clearImmediate?: (id: unknown) => void;
}

export const real: RealTimers = /* @__PURE__ */ (() => {
  const { Date, setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis as unknown as Required<
    RealTimers
  >;
  const isReal = Function.prototype.toString.call(Date).includes("[native code]");
  return isReal ? { Date, setTimeout, clearTimeout, setImmediate, clearImmediate } : {};
})();

/** Whether `setTimeout` was replaced: by fake timers, or by a wrapper of a monitoring tool. */
export function hasFakeTimers(): boolean {
  return setTimeout as unknown !== real.setTimeout;
}
