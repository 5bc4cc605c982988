/** What a file of cases is made of, and what runs them where there is no `Deno.test`. */

/** What not every runtime has, and whether this one has it. */
export const abilities = {
  /** Async functions can be followed across their awaits. */
  AsyncLocalStorage: hasBuiltin("node:async_hooks"),
  /** `[Symbol.dispose]` and `[Symbol.asyncDispose]` are two names. */
  "Symbol.dispose": typeof Symbol.dispose === "symbol",
  /** There can be other threads, which share memory with this one. */
  Worker: typeof SharedArrayBuffer === "function" &&
    (typeof Worker === "function" || hasBuiltin("node:worker_threads")),
};

/** What not every runtime has. */
export type Ability = keyof typeof abilities;

/** Throws, or rejects, if something is wrong. */
export type Test = () => void | Promise<void>;

/** By name: a test, or one for runtimes that have what it needs. */
export type Cases = Record<string, Test | { needs: Ability | Ability[]; test: Test }>;

/** What became of the cases. */
export interface Report {
  passed: number;
  failed: { name: string; error: string }[];
  /** How many, by what is missing. */
  skipped: Record<string, number>;
}

const TIMEOUT = 10_000;

/** One case, in its plain form; `missing` is why it can't run here. */
export interface Prepared {
  name: string;
  test: Test;
  missing: Ability | undefined;
}

/** The cases of all parts, by the name of the part. */
export function prepare(suite: Record<string, Cases>): Prepared[] {
  return Object.entries(suite).flatMap(([part, cases]) =>
    Object.entries(cases).map(([name, value]) => {
      const { test, needs } = typeof value === "function" ? { test: value, needs: [] } : value;
      const missing = [needs].flat().find((ability) => !abilities[ability]);
      return { name: `${part}: ${name}`, test, missing };
    })
  );
}

/** Runs the cases, one after the other. */
export async function runCases(suite: Record<string, Cases>): Promise<Report> {
  const report: Report = { passed: 0, failed: [], skipped: {} };
  for (const { name, test, missing } of prepare(suite)) {
    if (missing !== undefined) {
      report.skipped[missing] = (report.skipped[missing] ?? 0) + 1;
      continue;
    }
    try {
      await inTime(test);
      report.passed++;
    } catch (error) {
      const stack = error instanceof Error ? error.stack ?? "" : "";
      // Some engines begin the stack with the error, and some don't.
      report.failed.push({ name, error: stack.includes(String(error)) ? stack : `${error}\n${stack}` });
    }
  }
  return report;
}

async function inTime(test: Test): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not ended after ${TIMEOUT} ms`)), TIMEOUT);
  });
  try {
    await Promise.race([test(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function hasBuiltin(module: string): boolean {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(module) !== undefined;
}
