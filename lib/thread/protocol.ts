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

/** To a thread: jobs, to be done one after the other, as {@linkcode packOrders} makes them. */
export type Orders = readonly unknown[];

/** What has become of jobs, as {@linkcode packResults} makes it. */
export type Results = readonly unknown[];

/** How many places an order, or a result, takes: what is flat is posted in half the time. */
const ORDER = 9;
const RESULT = 3;

export function packOrders(orders: readonly Order[]): Orders {
  return orders.flatMap(({ id, url, name, args, tag, isStubborn, token: { shared, offset, turn } }) => [
    id,
    url,
    name,
    args,
    tag,
    isStubborn,
    shared,
    offset,
    turn,
  ]);
}

export function unpackOrders(packed: Orders): Order[] {
  const orders: Order[] = [];
  for (let at = 0; at < packed.length; at += ORDER) {
    const [id, url, name, args, tag, isStubborn, shared, offset, turn] = packed.slice(at, at + ORDER) as [
      number,
      string,
      string,
      readonly unknown[],
      unknown,
      boolean,
      SharedArrayBuffer,
      number,
      number,
    ];
    orders.push({ id, url, name, args, tag, isStubborn, token: { shared, offset, turn } });
  }
  return orders;
}

const OK = 0;
const FAILED = 1;
const PANICKED = 2;

export function packResults(results: readonly Result[]): Results {
  return results.flatMap((result) =>
    result.isOk
      ? [result.id, OK, result.value]
      : [result.id, result.isPanic ? PANICKED : FAILED, result.error]
  );
}

export function unpackResults(packed: Results): Result[] {
  const results: Result[] = [];
  for (let at = 0; at < packed.length; at += RESULT) {
    const [id, kind] = packed.slice(at, at + 2) as [number, number];
    const last = packed[at + 2];
    if (kind === OK) results.push({ id, isOk: true, value: last });
    else results.push({ id, isOk: false, isPanic: kind === PANICKED, error: last as Encoded });
  }
  return results;
}

/** What has become of a job. */
export type Result =
  | { id: number; isOk: true; value: unknown }
  /** `isPanic`: the thread's fault, not the job's. */
  | { id: number; isOk: false; isPanic: boolean; error: Encoded };

/** From a thread. */
export type Report =
  | { type: "booted" }
  | { type: "results"; results: Results }
  /** It ends, perhaps with the job that it was at; whatever it has not reported by now will never be. */
  | { type: "ends"; why: string; results: Results };

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
