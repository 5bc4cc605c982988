/** What a scope throws in the end. */
import { type Cell, markKept, markSeen, report, SEEN } from "../core/friend.ts";

/** What was thrown, and the task that has thrown it, if it was one. */
interface Failure {
  readonly error: unknown;
  readonly cell: Cell | undefined;
}

/** Told of scopes that are garbage; a scope whose failures were told has nothing left to report. */
let registry: FinalizationRegistry<Failures> | undefined;

/**
 * The failures of a scope. They are told once: to whoever closes the scope, or joins it. Where they are only
 * collected, a failure that somebody has awaited is handled, and not kept any longer. What nobody is told
 * before the scope is garbage is reported.
 */
export class Failures {
  readonly #isCollecting: boolean;
  #all: Failure[] = [];
  /** How many there may be before those are dropped that are handled. */
  #sweepAt = 16;
  /** What is thrown; settled when it is first told after the end. */
  #verdict: { error: unknown } | undefined;
  #isSettled = false;

  constructor(isCollecting: boolean) {
    this.#isCollecting = isCollecting;
  }

  /** Whether everything was told. */
  get isTold(): boolean {
    return this.#isSettled || this.#unhandled().length === 0;
  }

  /** Something was thrown; `owner` is the scope. */
  add(error: unknown, cell: Cell | undefined, owner: object): void {
    if (this.#isCollecting && cell !== undefined && (cell.state & SEEN) !== 0) return;
    if (this.#all.length === 0) watch(owner, this);
    this.#all.push({ error, cell });
    if (cell !== undefined) markKept(cell);
    if (this.#all.length > this.#sweepAt) this.#sweep();
  }

  /** Throws what there is so far; what was only collected is then handled. */
  tellSoFar(): void {
    const failures = this.#unhandled();
    if (this.#isCollecting) this.#forget(failures);
    throwAll(failures);
  }

  /** It is over: what is to be thrown, the same for everybody. */
  tell(): { error: unknown } | undefined {
    if (this.#isSettled) return this.#verdict;
    const failures = this.#unhandled();
    this.#isSettled = true;
    this.#verdict = errorOf(failures);
    this.#forget(failures);
    return this.#verdict;
  }

  /** Nobody can be told any more. */
  lose(): void {
    for (const failure of this.#all) {
      if (!isUnseen(failure)) continue;
      if (failure.cell !== undefined) markSeen(failure.cell);
      report(failure.error);
    }
    this.#all = [];
  }

  #unhandled(): Failure[] {
    return this.#isCollecting ? this.#all.filter(isUnseen) : this.#all;
  }

  #sweep(): void {
    this.#all = this.#unhandled();
    this.#sweepAt = 2 * Math.max(this.#all.length, 8);
  }

  #forget(failures: readonly Failure[]): void {
    for (const { cell } of failures) if (cell !== undefined) markSeen(cell);
    this.#all = [];
  }
}

/** Whether nobody has awaited the task that threw it. */
function isUnseen({ cell }: Failure): boolean {
  return cell === undefined || (cell.state & SEEN) === 0;
}

function watch(owner: object, failures: Failures): void {
  registry ??= new FinalizationRegistry((failures) => failures.lose());
  registry.register(owner, failures);
}

/** One error as it is, several as an `AggregateError`, each once. */
function errorOf(failures: readonly Failure[]): { error: unknown } | undefined {
  const errors = [...new Set(failures.map(({ error }) => error))];
  if (errors.length === 0) return undefined;
  return {
    error: errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} errors in a scope`),
  };
}

function throwAll(failures: readonly Failure[]): void {
  const verdict = errorOf(failures);
  if (verdict !== undefined) throw verdict.error;
}
