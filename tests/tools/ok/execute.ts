/** Runs steps, several at a time. */
import type { Step } from "./steps.ts";

/** What became of a step. */
export interface Result {
  step: Step;
  success: boolean;
  /** In ms. */
  time: number;
  /** What it has printed, on both streams, line by line. */
  output: string[];
  /** How long the tests of each file took, in ms. */
  files: Map<string, number>;
}

export interface Options {
  /** How many steps to run at a time. */
  width: number;
  env: Record<string, string>;
  /** Ends all steps when it is aborted. */
  signal: AbortSignal;
  onStart(step: Step): void;
  /** Not called for steps that were ended. */
  onEnd(result: Result): void;
}

/** In ms: a step that takes longer hangs. */
const TIMEOUT = 10 * 60_000;
/** In ms: how long a program that was told to end may take to do so. */
const GRACE = 3_000;

/** Runs the steps in order. */
export async function execute(steps: Step[], options: Options): Promise<void> {
  const left = steps.values();
  const work = async (): Promise<void> => {
    for (const step of left) {
      if (options.signal.aborted) return;
      options.onStart(step);
      const result = await run(step, options);
      if (!options.signal.aborted) options.onEnd(result);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
}

async function run(step: Step, { env, signal }: Options): Promise<Result> {
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: step.args,
    cwd: new URL("../../../", import.meta.url),
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = new Log();
  const reading = Promise.all([log.read(child.stdout), log.read(child.stderr)]);
  using _watch = watch(child, signal, (reason) => log.add(reason));
  const { success } = await child.status;
  // Whoever the program has started may live on, and hold its streams.
  await Promise.race([reading, new Promise((resolve) => unref(setTimeout(resolve, GRACE)))]);
  return { step, success, time: performance.now() - start, output: log.lines, files: log.filesUntilNow() };
}

/** Ends a program when the signal is aborted, or when it hangs. */
function watch(child: Deno.ChildProcess, signal: AbortSignal, onEnd: (reason: string) => void): Disposable {
  const end = (reason: string): void => {
    onEnd(reason);
    kill(child, "SIGTERM");
    unref(setTimeout(kill, GRACE, child, "SIGKILL"));
  };
  const onAbort = (): void => end("interrupted");
  signal.addEventListener("abort", onAbort);
  const timer = setTimeout(end, TIMEOUT, `ended, as it has taken ${TIMEOUT / 60_000} minutes`);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
}

/** Keeps nobody waiting for a timer. */
function unref(timer: ReturnType<typeof setTimeout>): void {
  Deno.unrefTimer(Number(timer));
}

/** What a program prints, and when it was about which file of tests. */
class Log {
  readonly lines: string[] = [];
  readonly #files = new Map<string, number>();
  #file: string | undefined;
  #since = 0;

  async read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      lines.forEach((line) => this.add(line));
    }
    if (rest !== "") this.add(rest);
  }

  add(line: string): void {
    this.lines.push(line);
    const [, file] = /^running \d+ tests? from \.\/([^#]*)/.exec(line) ?? [];
    if (file !== undefined) this.#begin(file);
  }

  filesUntilNow(): Map<string, number> {
    this.#begin(undefined);
    return this.#files;
  }

  #begin(file: string | undefined): void {
    const now = performance.now();
    if (this.#file !== undefined) {
      this.#files.set(this.#file, (this.#files.get(this.#file) ?? 0) + now - this.#since);
    }
    [this.#file, this.#since] = [file, now];
  }
}
