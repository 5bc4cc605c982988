/** What C does with the handles of an exported job. */
import { raise, send } from "../thread/friend.ts";
import type { Job } from "../thread/mod.ts";
import { type CFunction, type Declaration, define, type Signature } from "./c_function.ts";
import { CJob, Listener } from "./c_job.ts";
import { spelledOf } from "./c_parameter.ts";
import { Results } from "./c_result.ts";
import { cThreads } from "./c_threads.ts";
import { unexpected } from "./c_type.ts";
import { refuse } from "./guard.ts";
import { HandleTable, numberOf } from "./handles.ts";
import type { JobTableOptions } from "./job_table.ts";
import { clearLastError, servesThread } from "./last_error.ts";
import { callRunner } from "./serve.ts";
import { waitFor } from "./wait.ts";

const HANDLE = "uint64_t handle";
const LISTENER = ["async_task_callback callback", "void *data"];
const TIME = "double milliseconds";

const TO_RESULT: Signature = { parameters: ["u64"], result: "pointer" };
const TO_RESULT_IN_TIME: Signature = { parameters: ["u64", "f64"], result: "pointer" };
const TO_NOTHING: Signature = { parameters: ["u64"], result: "void" };
const TO_ANSWER: Signature = { parameters: ["u64"], result: "i32" };
const OF_RESULT: Signature = { parameters: ["pointer"], result: "void" };
const LISTENING: Signature = { parameters: ["u64", "pointer", "pointer"], result: "i32" };
const SERVING: Signature = { parameters: ["u64", "f64", "pointer"], result: "pointer" };
const PARKING: Signature = { parameters: ["u64", "f64", "pointer", "pointer"], result: "i32" };

/** The functions of a job, and the handles that C has. */
export class JobFunctions {
  readonly results: Results;
  readonly #handles: HandleTable<CJob>;
  readonly #job: Job<unknown[], unknown>;
  readonly #options: JobTableOptions;
  /** Told when a thread of C's own begins to sleep, and when it takes what it has waited for. */
  onPark: () => void = () => {};
  onUnpark: () => void = () => {};
  /** How many of them do, or have and come back for the result. */
  #parked = 0;
  #isClosed = false;

  constructor(job: Job<unknown[], unknown>, options: JobTableOptions) {
    this.#job = job;
    this.#options = options;
    this.#handles = new HandleTable(`${options.name} handle`);
    this.results = new Results(options.name, options.result);
  }

  /** How many handles C has. */
  get size(): number {
    return this.#handles.size;
  }

  /** Those of ffi_helpers, in the order of the C table. */
  first(): Record<string, CFunction> {
    const { name, parameters = [] } = this.#options;
    const result = `${this.results.spelling} *`;
    const declared = (result: string, body?: string): Declaration => ({ result, parameters: [HANDLE], body });
    const spawn = (...args: unknown[]) => BigInt(this.#spawn(args.slice(0, parameters.length)));
    const poll = (handle: bigint) => this.#poll(this.#get(handle, "poll"));
    const wait = (handle: bigint) => this.#wait("wait", handle, Infinity);
    const cancel = (handle: bigint) => raise(this.#get(handle, "cancel").task);
    const cancelled = (handle: bigint) => Number(this.#get(handle, "query").task.cancelled);
    const destroy = (handle: bigint) => this.#destroy(handle);
    const free = (pointer: Deno.PointerValue) => this.results.destroy(pointer);
    const declaration = { result: "uint64_t", parameters: spelledOf(parameters) };
    const waiting = waitingBody(name, this.results.spelling, "INFINITY", "wait(handle)");
    return {
      spawn: define({ parameters, result: "u64" }, 0n, spawn, declaration, false),
      poll: define(TO_RESULT, null, poll, declared(result), false),
      wait: define(TO_RESULT, null, wait, declared(result, waiting), true),
      cancel: define(TO_NOTHING, undefined, cancel, declared("void"), false),
      cancelled: define(TO_ANSWER, -1, cancelled, declared("int"), false),
      handle_destroy: define(TO_NOTHING, undefined, destroy, declared("void"), false),
      result_destroy: define(
        OF_RESULT,
        undefined,
        free,
        { result: "void", parameters: [`${result}result`] },
        true,
      ),
    };
  }

  /** Those that ffi_helpers has not, after the functions of the last error. */
  more(): Record<string, CFunction> {
    const { name } = this.#options;
    const result = `${this.results.spelling} *`;
    const waitTimeout = (handle: bigint, ms: number) => this.#wait("wait_timeout", handle, ms);
    const onFinish = (handle: bigint, callback: Deno.PointerValue, data: Deno.PointerValue) =>
      this.#listen(handle, Infinity, callback, data, false);
    const park = (handle: bigint, ms: number, callback: Deno.PointerValue, data: Deno.PointerValue) =>
      this.#park(handle, checkTime(ms), callback, data);
    const serving = (handle: bigint, ms: number, runner: Deno.PointerObject) =>
      this.#wait(ms === Infinity ? "wait" : "wait_timeout", handle, ms, () => callRunner(runner, null));
    const body = waitingBody(name, this.results.spelling, "milliseconds", "wait_timeout(handle, 0)");
    const timed = { result, parameters: [HANDLE, TIME], body };
    const served = { result, parameters: [HANDLE, TIME, "async_task_runner serve"], isInternal: true };
    const listening = { result: "int", parameters: [HANDLE, ...LISTENER] };
    const parking = { result: "int32_t", parameters: [HANDLE, TIME, ...LISTENER], isInternal: true };
    return {
      wait_timeout: define(TO_RESULT_IN_TIME, null, waitTimeout, timed, true),
      on_finish: define(LISTENING, -1, onFinish, listening, false),
      park: define(PARKING, -1, park, parking, false),
      wait_serving: define(SERVING, null, serving, served, true),
    };
  }

  /** Takes all handles back: cancels the jobs, and tells whoever waits, as C may be gone after this. */
  clear(): void {
    this.#isClosed = true;
    for (const job of this.#handles.clear()) {
      job.task[Symbol.dispose]();
      job.releaseNow();
    }
  }

  /**
   * On its way at once, and whatever becomes of it: as a thread of Rust's does, it runs, to say itself how it
   * ends.
   */
  #spawn(args: unknown[]): number {
    const { tag, pool = cThreads() } = this.#options;
    const task = pool.spawn(this.#job, args, { tag, startCancelled: true });
    send(task);
    return this.#handles.insert(new CJob(task));
  }

  /** `null` says two things: what it is not says the last error. */
  #poll({ task }: CJob): Deno.PointerValue {
    clearLastError();
    const polled = task.poll();
    return polled.done ? this.results.write(polled.value) : null;
  }

  /** Also when the table was closed: a thread that has slept has to be seen to come back. */
  #wait(key: string, handle: bigint, ms: number, between = nothing): Deno.PointerValue {
    if (servesThread()) this.#unpark();
    if (this.#isClosed) refuse(`${this.#options.name}_${key}`);
    checkTime(ms);
    const job = this.#get(handle, "wait for");
    const { task } = job;
    try {
      const waited = waitFor(task, ms, between);
      if (waited.isDone) return this.results.write(waited.value);
      clearLastError();
      return null;
    } finally {
      const isOut = this.#handles.find(numberOf(handle)) === job; // others were served meanwhile
      if (task.isFinished && isOut) this.#handles.remove(numberOf(handle), "wait for");
    }
  }

  #destroy(handle: bigint): void {
    const job = this.#handles.remove(numberOf(handle), "destroy");
    job.release();
    job.task[Symbol.dispose]();
  }

  #listen(
    handle: bigint,
    ms: number,
    callback: Deno.PointerValue,
    data: Deno.PointerValue,
    isUrgent: boolean,
  ): number {
    const job = this.#get(handle, "listen to");
    if (callback === null) {
      throw new TypeError(`Cannot listen to ${this.#options.name}: expected a callback, got NULL`);
    }
    job.listen(new Listener(handle, callback, data, isUrgent), ms);
    return 0;
  }

  /**
   * A thread of C's own goes to sleep: the process must be there when it wakes up, and comes for the result.
   */
  #park(handle: bigint, ms: number, callback: Deno.PointerValue, data: Deno.PointerValue): number {
    this.#get(handle, "listen to");
    this.#parked++;
    this.onPark();
    return this.#listen(handle, ms, callback, data, true);
  }

  #unpark(): void {
    if (this.#parked === 0) return;
    this.#parked--;
    this.onUnpark();
  }

  #get(handle: bigint, action: string): CJob {
    return this.#handles.get(numberOf(handle), action);
  }
}

function checkTime(ms: number): number {
  if (ms >= 0) return ms;
  throw new RangeError(`Cannot wait for a job: ${unexpected(RangeError, "some ms, 0 or more", ms).message}`);
}

const nothing = (): void => {};

/**
 * How C waits. The thread of JavaScript blocks it, and makes the calls of others meanwhile. Any other sleeps
 * until there is nothing to wait for any more, and then makes `call`, which does not block.
 */
function waitingBody(name: string, result: string, milliseconds: string, call: string): string {
  const functions = `${name}_functions`;
  return `  if (async_task_thread() == ${functions}.owner) {
    ${result} *result;
    async_task_waiting waiting;
    async_task_begin_waiting(&waiting, ${functions}.owner);
    result = ${functions}.wait_serving(handle, ${milliseconds}, async_task_serve_others);
    async_task_end_waiting(&waiting);
    return result;
  }
  if (!async_task_park(${name}_park, handle, ${milliseconds})) return NULL;
  return async_task_call_${name}_${call};
`;
}
