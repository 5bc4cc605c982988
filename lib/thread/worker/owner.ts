/** What a job can ask of whoever has spawned it. */
import { decode, type Encoded } from "../wire/codec.ts";
import { pack, type Parcel } from "../wire/copy.ts";
import type { Arrived, Loose } from "../wire/mailbox.ts";
import { CALL, PROGRESS } from "../wire/messages.ts";
import type { Owner } from "../wire/thread_context.ts";
import { type Running, runningJob } from "./call.ts";

type Post = (head: unknown[], loose: Loose[]) => Map<Loose, unknown> | undefined;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The way to it, from a thread. */
export class OwnerLink implements Owner {
  readonly #post: Post;
  /** The job that runs, where nothing follows it. */
  readonly #only: () => Running | undefined;
  readonly #calls: Map<number, Waiting> = new Map();
  #lastCall = 0;

  constructor(post: Post, only: () => Running | undefined) {
    this.#post = post;
    this.#only = only;
  }

  progress(value: unknown): void {
    this.#send([PROGRESS, this.#jobId("tell progress")], pack(value, []));
  }

  call(name: string, args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastCall;
    this.#send([CALL, this.#jobId(`call ${name}`), id, name], pack(args, []));
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  /** What a call has come to. */
  answer(id: number, isOk: boolean, value: Arrived): void {
    const waiting = this.#calls.get(id);
    this.#calls.delete(id);
    if ("error" in value) waiting?.reject(value.error);
    else if (isOk) waiting?.resolve(value.value);
    else waiting?.reject(decode(value.value as Encoded));
  }

  #jobId(action: string): number {
    const running = runningJob() ?? this.#only();
    if (running === undefined) throw new TypeError(`Cannot ${action}: no job is running`);
    return running.order.id;
  }

  #send(head: unknown[], { value, transfer, isSafe }: Parcel): void {
    const loose = { value, transfer };
    const failed = this.#post([...head, isSafe, isSafe ? value : undefined], isSafe ? [] : [loose]);
    if (failed !== undefined) throw failed.get(loose);
  }
}
