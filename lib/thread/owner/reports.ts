/** What threads report, as their owners read it. */
import { decode, type Encoded } from "../wire/codec.ts";
import type { Arrived, Letter } from "../wire/mailbox.ts";
import { BOOTED, CALL, ENDS, OUTPUT, PROGRESS, RESULTS, STRAY, VALUES } from "../wire/messages.ts";
import type { Work } from "./work.ts";

/**
 * Where reports are taken in. What is to be told is handed to `tell`: nobody is told while others are being
 * read.
 */
export interface Desk {
  tell(news: () => void): void;
  /** A job that the thread has. */
  find(id: number): Work | undefined;
  /** The thread is done with it. */
  remove(id: number): Work | undefined;
  onBoot(): void;
  onEnds(why: string, error: unknown): void;
  onStray(stray: { error: unknown } | undefined, taskId: number | undefined, tag: unknown): void;
  onOutput(text: string, stream: "stdout" | "stderr", taskId: number | undefined): void;
  onCall(id: number, name: string, args: Arrived): void;
}

/** Takes in one of them. */
export function readReport({ head, loose }: Letter, desk: Desk): void {
  switch (head[0]) {
    case RESULTS:
      return readResults(head, loose, desk);
    case VALUES:
      return readValues(head, loose, desk);
    case PROGRESS: {
      const work = desk.find(head[1] as number);
      return desk.tell(() => work?.onProgress(valueOf(head, 2, loose)));
    }
    case CALL:
      return desk.onCall(head[2] as number, head[3] as string, valueOf(head, 4, loose));
    case STRAY:
      return readStray(head, desk);
    case OUTPUT: {
      const [, stream, text, taskId] = head as [number, number, string, number | undefined];
      return desk.onOutput(text, stream === 1 ? "stdout" : "stderr", taskId);
    }
    case ENDS:
      return desk.onEnds(head[1] as string, head[2] && decode(head[2] as Encoded));
    case BOOTED:
      return desk.onBoot();
  }
}

/** How many places a result takes in the head. */
const PLACES = 5;

function readResults(head: readonly unknown[], loose: Arrived[], desk: Desk): void {
  let next = 0;
  for (let at = 1; at < head.length; at += PLACES) {
    const result = head[at + 3] ? { value: head[at + 4] } : loose[next++];
    const [kind, ms] = [head[at + 1] as number, head[at + 2] as number];
    const work = desk.remove(head[at] as number);
    if (work !== undefined) desk.tell(() => work.onResult(kind, result, ms));
  }
}

function readValues([, id, isPlain, flat]: readonly unknown[], loose: Arrived[], desk: Desk): void {
  const work = desk.find(id as number);
  const all = flat as unknown[];
  if (isPlain) return desk.tell(() => work?.onValues?.(all, undefined));
  const values: unknown[] = [];
  let [next, failure] = [0, undefined as { error: unknown } | undefined];
  for (let at = 0; at < all.length && failure === undefined; at += 2) {
    const arrived = all[at] ? { value: all[at + 1] } : loose[next++];
    if ("error" in arrived) failure = arrived;
    else values.push(arrived.value);
  }
  desk.tell(() => work?.onValues?.(values, failure));
}

function readStray([, isTold, error, taskId, tag]: readonly unknown[], desk: Desk): void {
  const stray = isTold ? undefined : { error: decode(error as Encoded) };
  desk.onStray(stray, taskId as number | undefined, decode(tag as Encoded));
}

/** A value of a letter, in its head or behind it. */
function valueOf(head: readonly unknown[], at: number, loose: Arrived[]): Arrived {
  return head[at] ? { value: head[at + 1] } : loose[0];
}
