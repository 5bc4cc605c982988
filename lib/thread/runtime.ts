/** What threads are in this runtime. */
import { resourceLimits } from "./memory.ts";
import type { Boot } from "./protocol.ts";
// So that it is in the cache of whoever imports this from a URL: a thread that has to download it while its owner is
// blocked would wait for ever.
import "./worker_main.ts";

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

/** Where the code of a thread is: beside this module, whatever it was compiled to. */
const MAIN = import.meta.url.replace(/runtime(\.\w+)([?#].*)?$/, "worker_main$1$2");

const START = `.then((main) => main.startWorker(boot), (error) =>
  boot.port.postMessage({ type: "ends", why: "it can't load its code: " + error, results: [] }));`;

const NODE_SCRIPT = `import { workerData as boot } from "node:worker_threads"; import(boot.main)${START}`;

const WEB_SCRIPT = `onmessage = ({ data: boot }) => { onmessage = null; import(boot.main)${START} };`;

/** The module, or `undefined` where there is none. */
const node = (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process
  ?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;

/** Starts a thread; `onEnd` is told once it has ended by itself. */
export function startThread(boot: Boot, onEnd: (why: string, error?: unknown) => void): Running {
  if (node !== undefined) return startNode(node, boot, onEnd);
  if (typeof Worker === "function") return startWeb(boot, onEnd);
  throw new TypeError("Cannot start a thread: this runtime has no Workers");
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
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return undefined;
  } catch {
    return "this thread must not be blocked";
  }
}

function startNode(threads: NodeThreads, boot: Boot, onEnd: (why: string, error?: unknown) => void): Running {
  const url = new URL(`data:text/javascript,${encodeURIComponent(NODE_SCRIPT)}`);
  const worker = new threads.Worker(url, {
    workerData: { ...boot, main: MAIN },
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
  const url = URL.createObjectURL(new Blob([WEB_SCRIPT], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.onerror = (event) => {
    event.preventDefault();
    onEnd("it has failed", (event as ErrorEvent).error ?? (event as ErrorEvent).message);
  };
  worker.postMessage({ ...boot, main: MAIN }, [boot.port]);
  return {
    ref: () => {},
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
