/** Ports, as threads read them: without the event loop, where the runtime can. */
import { builtin, canBlock, walksMessages } from "../../internal/runtime.ts";

/** The parts of `node:worker_threads` that are used; Deno and Bun have them, too. */
export interface NodeThreads {
  Worker: new (url: URL, options: Record<string, unknown>) => NodeWorker;
  receiveMessageOnPort(port: MessagePort): { message: unknown } | undefined;
}

/** A thread of theirs, from the outside. */
export interface NodeWorker {
  on(event: "error" | "exit", fn: (value: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

/** `node:worker_threads`, where there are any. */
export const node: NodeThreads | undefined = /* @__PURE__ */ builtin<NodeThreads>("node:worker_threads");

/** Whether {@linkcode receive} works in this runtime. */
export const canReceive: boolean = node !== undefined;

/** What {@linkcode receive} gives for a message that can't be read: it is gone. */
export class Unreadable {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * What has come through a port, without waiting for the event loop; `undefined` if nothing has. For what
 * {@linkcode post} has sent.
 */
export function receive(port: MessagePort): unknown {
  let received;
  try {
    received = node?.receiveMessageOnPort(port);
  } catch (error) {
    return new Unreadable(error);
  }
  return received === undefined ? undefined : unwrap(received.message);
}

/** Posts a message, which is not `undefined`. */
export function post(port: MessagePort, message: unknown, transfer: Transferable[]): void {
  port.postMessage(walks ? new Set([message]) : message, transfer);
}

/** What was posted of a message that has come with an event. */
export function unwrap(message: unknown): unknown {
  if (!walks) return message;
  for (const inner of message as Set<unknown>) return inner;
}

/** Why this thread can't wait for others; `undefined` if it can. */
export function whyNotBlock(): string | undefined {
  if (node === undefined) return "this runtime can't receive results while it is blocked";
  return canBlock() ? undefined : "this thread must not be blocked";
}

/**
 * Whether the runtime looks at every element of what it receives, at 100 ns for a byte of a typed array. It
 * doesn't look into a set.
 */
const walks = /* @__PURE__ */ walksMessages();
