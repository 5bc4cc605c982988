/** What the threads say to each other. */
import type { Encoded } from "./codec.ts";
import type { Slot } from "./token_slots.ts";

/** A job, on its way to a thread. */
export interface Order {
  /** Another one each time that it is sent: who claims it is the one who does it. */
  id: number;
  url: string;
  name: string;
  args: readonly unknown[];
  tag: unknown;
  /** Whether it is done though it was cancelled before it was begun. */
  isStubborn: boolean;
  /** Where its token is. */
  token: Slot;
}

/** To a thread: jobs, to be done one after the other. */
export interface Orders {
  orders: Order[];
}

/** What has become of a job. */
export type Result =
  | { id: number; isOk: true; value: unknown }
  /** `isPanic`: the thread's fault, not the job's. */
  | { id: number; isOk: false; isPanic: boolean; error: Encoded };

/** From a thread. */
export type Report =
  | { type: "booted" }
  | { type: "results"; results: Result[] }
  /** It ends, perhaps with the job that it was at; whatever it has not reported by now will never be. */
  | { type: "ends"; why: string; results: Result[] };

/** What a thread is at that has said that it ends. */
export const ENDED = -1;

/** What a thread is started with. */
export interface Boot {
  /** Which thread it is. */
  id: number;
  /** The module of its first job. */
  url: string;
  /** The module that makes it a thread; `undefined` if that comes with the jobs. */
  main: string | undefined;
  /** How many threads there are above it, and itself. */
  depth: number;
  port: MessagePort;
  /** Changed whenever something was posted: what the owner sleeps on. */
  word: Int32Array<SharedArrayBuffer> | undefined;
  /** Changed whenever orders were posted: what the thread looks at for a moment, before it rests. */
  bell: Int32Array<SharedArrayBuffer>;
  /** The id of the job that it is at, 0 for none, `ENDED` once it does nothing any more. */
  current: Int32Array<SharedArrayBuffer>;
}
