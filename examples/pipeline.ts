/**
 * Three stages joined by bounded channels: numbers are read, squared by two workers, and written.
 *
 * Shows back-pressure: the reader is fast and the writer slow, but nothing piles up between them, as a stage
 * waits when the next one's channel is full. When the last sender of a channel is disposed, the stage after it
 * ends by itself, and so the whole pipeline drains.
 *
 *     deno run examples/pipeline.ts
 *
 * @module
 */
import { bounded, type Receiver, type Sender } from "../lib/channel/mod.ts";
import { LocalExecutor } from "../lib/executor/mod.ts";
import { Scope } from "../lib/scope/mod.ts";
import { sleep, VirtualClock } from "../lib/time/mod.ts";

const COUNT = 12;
const CAPACITY = 2;

/** Time that passes by itself when everything waits, so that the example is quick and always the same. */
const clock = new VirtualClock({ autoAdvance: true });
let read = 0;
let written = 0;
let mostUnderWay = 0;

async function reader(out: Sender<number>): Promise<void> {
  for (let n = 1; n <= COUNT; n++) {
    await sleep(1, { clock });
    read++;
    mostUnderWay = Math.max(mostUnderWay, read - written);
    if (out.isFull) console.log(`${clock.now()} ms: the reader waits with ${n}, ${out.length} are queued`);
    await out.send(n);
  }
  out[Symbol.dispose]();
}

async function squarer(input: Receiver<number>, out: Sender<string>): Promise<void> {
  for await (const n of input) await out.send(`${n} * ${n} = ${n * n}`);
  out[Symbol.dispose]();
}

async function writer(input: Receiver<string>): Promise<void> {
  for await (const line of input) {
    await sleep(10, { clock });
    written++;
    console.log(`${clock.now()} ms: ${line}`);
  }
}

const [numbers, numbersIn] = bounded<number>(CAPACITY);
const [lines, linesIn] = bounded<string>(CAPACITY);
{
  await using scope = new Scope(new LocalExecutor());
  scope.spawn(() => reader(numbers), "reader");
  for (const out of [lines, lines.clone()]) scope.spawn(() => squarer(numbersIn.clone(), out), "squarer");
  scope.spawn(() => writer(linesIn), "writer");
}
console.log(`${written} of ${COUNT} written, at most ${mostUnderWay} under way at a time`);
