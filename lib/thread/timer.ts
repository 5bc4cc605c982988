/** The longest time that a timer takes, in ms. */
const MAX_MS = 2 ** 31 - 1;

/** A timer that does not keep the process alive; none, if the time is too long for one. */
export function startTimer(fn: () => void, ms: number): ReturnType<typeof setTimeout> | undefined {
  if (ms > MAX_MS) return undefined;
  const timer = setTimeout(fn, ms);
  (timer as unknown as { unref?(): void }).unref?.();
  if (typeof timer === "number") (globalThis as { Deno?: typeof Deno }).Deno?.unrefTimer(timer);
  return timer;
}
