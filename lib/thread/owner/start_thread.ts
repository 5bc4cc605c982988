/** What threads are in this runtime. */
import { threadCounter } from "../../core/friend.ts";
import { hasWorkers } from "../../internal/runtime.ts";
import { type Boot, ENDS } from "../wire/messages.ts";
import { node, type NodeThreads } from "../wire/port.ts";
import { makeContext, threadContext } from "../wire/thread_context.ts";
import { resourceLimits } from "../worker/memory.ts";
// A static import also because a thread that has to download it while its owner is blocked would wait for
// ever.
import { url as mainUrl } from "../worker/worker_main.ts";
import type { ThreadOptions } from "./pool_options.ts";

/** A thread, as its owner sees it. */
export interface Running {
  /** Keeps the process alive, or not. */
  ref(isNeeded: boolean): void;
  /** Ends it; some runtimes can't, when it is busy. */
  terminate(): void;
}

type OnEnd = (why: string, error?: unknown) => void;

/**
 * How deep threads may start threads: an application that is loaded for its jobs, and starts them, would for
 * ever.
 */
const MAX_DEPTH = 4;

/**
 * The script that a thread is started with, where `boot` can be had: makes it a thread, with the module that
 * is for that, or with what the module of its first job brings along.
 */
function script(around: (start: string) => string): string {
  return around(`${makeContext()}
    const byJob = () => import(boot.url).then(() => context.start);
    (boot.main ? import(boot.main).then((main) => main.startWorker, byJob) : byJob()).then((start) => {
      if (!start) throw new TypeError(boot.url + " defines no tasks");
      start(boot);
    }).catch((error) => {
      const head = [${ENDS}, "it can't load its code: " + error, undefined, 0];
      boot.port.postMessage(globalThis.Deno ? new Set([head]) : head);
      if (boot.word) Atomics.add(boot.word, 0, 1), Atomics.notify(boot.word, 0);
    });`);
}

/** What its owner says to a thread, when it starts it. */
export type FirstWords = Omit<Boot, "main" | "depth" | "counter">;

/**
 * Starts a thread; `onEnd` is told once it has ended by itself.
 *
 * @throws {TypeError} Where threads can't be started.
 */
export function startThread(words: FirstWords, options: ThreadOptions, onEnd: OnEnd): Running {
  const { depth, loading } = threadContext() ?? { depth: 0, loading: undefined };
  if (loading !== undefined && loading === words.url) {
    throw new TypeError(
      `${loading} starts its own jobs when it is loaded for them: they need a module of their own`,
    );
  }
  if (depth === MAX_DEPTH) throw new TypeError(`threads have started threads, ${MAX_DEPTH} deep`);
  // Bundled into one file with this, it can't be loaded without the application.
  const main = mainUrl === import.meta.url ? undefined : mainUrl;
  const boot: Boot = { ...words, main, depth: depth + 1, counter: threadCounter() };
  if (main === undefined && boot.url === undefined) {
    throw new TypeError("in a bundle, a thread is started for a job: name one");
  }
  if (node !== undefined) return startNode(node, boot, options, onEnd);
  if (hasWorkers()) return startWeb(boot, onEnd);
  throw new TypeError("this runtime has no Workers");
}

function startNode(
  threads: NodeThreads,
  boot: Boot,
  { env, limits, name }: ThreadOptions,
  onEnd: OnEnd,
): Running {
  const code = script((start) => `import { workerData as boot } from "node:worker_threads"; ${start}`);
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const options: Record<string, unknown> = {
    workerData: boot,
    transferList: [boot.port],
    resourceLimits: { ...resourceLimits(), ...limits },
  };
  if (env !== undefined) options.env = env;
  if (name !== undefined) options.name = name;
  const worker = new threads.Worker(url, options);
  worker.on("error", (error) => onEnd("it has failed", error));
  worker.on("exit", (code) => onEnd(`it has exited with code ${code}`));
  return {
    ref: (isNeeded) => isNeeded ? worker.ref() : worker.unref(),
    terminate: () => void worker.terminate(),
  };
}

function startWeb(boot: Boot, onEnd: OnEnd): Running {
  const code = script((start) => `onmessage = ({ data: boot }) => { onmessage = null; ${start} };`);
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.onerror = (event) => {
    event.preventDefault();
    onEnd("it has failed", (event as ErrorEvent).error ?? (event as ErrorEvent).message);
  };
  worker.postMessage(boot, [boot.port]);
  return {
    ref: () => {},
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
