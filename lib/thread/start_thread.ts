/** What threads are in this runtime. */
import { builtin, canBlock, hasWorkers } from "../internal/runtime.ts";
import { here, makeHere } from "./here.ts";
import { resourceLimits } from "./memory.ts";
import type { Boot } from "./protocol.ts";
// A static import also because a thread that has to download it while its owner is blocked would wait for ever.
import { url as mainUrl } from "./worker_main.ts";

/** A thread, as its owner sees it. */
export interface Running {
  /** Keeps the process alive, or not. */
  ref(isNeeded: boolean): void;
  /** Ends it; some runtimes can't, when it is busy. */
  terminate(): void;
}

/** The parts of `node:worker_threads` that are used; Deno and Bun have them, too. */
interface NodeThreads {
  Worker: new (
    url: URL,
    options: { workerData: unknown; transferList: unknown[]; resourceLimits: object },
  ) => NodeWorker;
  receiveMessageOnPort(port: MessagePort): { message: unknown } | undefined;
}

interface NodeWorker {
  on(event: "error" | "exit", fn: (value: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

/** How deep threads may start threads: an application that is loaded for its jobs, and starts them, would for ever. */
const MAX_DEPTH = 4;

/**
 * The script that a thread is started with, where `boot` can be had: makes it a thread, with the module that is for
 * that, or with what the module of its first job brings along.
 */
function script(around: (start: string) => string): string {
  return around(`${makeHere()}
    const byJob = () => import(boot.url).then(() => here.start);
    (boot.main ? import(boot.main).then((main) => main.startWorker, byJob) : byJob()).then((start) => {
      if (!start) throw new TypeError(boot.url + " defines no tasks");
      start(boot);
    }).catch((error) => {
      boot.port.postMessage({ type: "ends", why: "it can't load its code: " + error, results: [] });
      if (boot.word) Atomics.add(boot.word, 0, 1), Atomics.notify(boot.word, 0);
    });`);
}

const node = /* @__PURE__ */ builtin<NodeThreads>("node:worker_threads");

/** What its owner says to a thread, when it starts it. */
export type FirstWords = Omit<Boot, "main" | "depth">;

/**
 * Starts a thread; `onEnd` is told once it has ended by itself.
 *
 * @throws {TypeError} Where threads can't be started.
 */
export function startThread(words: FirstWords, onEnd: (why: string, error?: unknown) => void): Running {
  const { depth, loading } = here() ?? { depth: 0, loading: undefined };
  if (loading === words.url) {
    throw new TypeError(
      `${loading} starts its own jobs when it is loaded for them: they need a module of their own`,
    );
  }
  if (depth === MAX_DEPTH) throw new TypeError(`threads have started threads, ${MAX_DEPTH} deep`);
  // Bundled into one file with this, it can't be loaded without the application.
  const main = mainUrl === import.meta.url ? undefined : mainUrl;
  const boot: Boot = { ...words, main, depth: depth + 1 };
  if (node !== undefined) return startNode(node, boot, onEnd);
  if (hasWorkers()) return startWeb(boot, onEnd);
  throw new TypeError("this runtime has no Workers");
}

/** Whether {@linkcode receive} works here. */
export const canReceive: boolean = node !== undefined;

/** What has come through a port, without waiting for the event loop; `undefined` if nothing has. */
export function receive(port: MessagePort): unknown {
  return node?.receiveMessageOnPort(port)?.message;
}

/** Why this thread can't wait for others; `undefined` if it can. */
export function whyNotBlock(): string | undefined {
  if (node === undefined) return "this runtime can't receive results while it is blocked";
  return canBlock() ? undefined : "this thread must not be blocked";
}

function startNode(threads: NodeThreads, boot: Boot, onEnd: (why: string, error?: unknown) => void): Running {
  const code = script((start) => `import { workerData as boot } from "node:worker_threads"; ${start}`);
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const worker = new threads.Worker(url, {
    workerData: boot,
    transferList: [boot.port],
    resourceLimits: resourceLimits(),
  });
  worker.on("error", (error) => onEnd("it has failed", error));
  worker.on("exit", (code) => onEnd(`it has exited with code ${code}`));
  return {
    ref: (isNeeded) => isNeeded ? worker.ref() : worker.unref(),
    terminate: () => void worker.terminate(),
  };
}

function startWeb(boot: Boot, onEnd: (why: string, error?: unknown) => void): Running {
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
