/**
 * The awaits of a body, for whoever cancels it: all that are pending go on with the reason.
 *
 * A cancellation is delivered once. If awaits are pending, it is delivered to them, to all at once. If there
 * is none, a body that has asked for its signal has it from there; to any other it is *due*, and delivered at
 * its next await. Awaits that begin after the delivery are clean-up, and run undisturbed.
 *
 *     OPEN ──interrupt()──▶ DELIVERED      awaits were pending, or the signal was asked for
 *       └────interrupt()──▶ DUE ──take()──▶ DELIVERED
 */
import { together, type Wait } from "../internal/waits.ts";
import type { Await } from "./await.ts";

const OPEN = 0;
const DUE = 1;
const DELIVERED = 2;

/**
 * The awaits of one body that are pending. They are a list:
 *
 *     Waits.#first → Await.after → … → Waits.#last       (and back through `before`)
 */
export class Waits {
  #state = OPEN;
  #isTelling = false;
  /** Why, once it is due. */
  #reason: unknown = undefined;
  #first: Await | undefined = undefined;
  #last: Await | undefined = undefined;

  /** Whether the listeners of the body's signal are being called: what they wait for is clean-up. */
  get isTelling(): boolean {
    return this.#isTelling;
  }

  /** Whether the next await is to be interrupted before it begins. */
  get isDue(): boolean {
    return this.#state === DUE;
  }

  /** The reason that is due. */
  get reason(): unknown {
    return this.#reason;
  }

  /** The reason that is due, which is delivered by that. */
  take(): unknown {
    const reason = this.#reason;
    this.#state = DELIVERED;
    this.#reason = undefined;
    return reason;
  }

  /** The body is cancelled: aborts its signal, if it has asked for that, and delivers `reason`. */
  close(reason: unknown, controller: AbortController | undefined): void {
    // Later, as an `await` that has begun in this turn enters the list in a microtask.
    queueMicrotask(() => this.interrupt(reason, controller !== undefined));
    if (controller === undefined) return;
    this.#isTelling = true;
    controller.abort(reason);
    this.#isTelling = false;
  }

  /** Delivers `reason`; `isTold` says whether the body can know it already. Does nothing the second time. */
  interrupt(reason: unknown, isTold: boolean): void {
    if (this.#state !== OPEN) return;
    const pending = this.#pending();
    this.#state = pending.length > 0 || isTold ? DELIVERED : DUE;
    if (this.#state === DUE) this.#reason = reason;
    for (const await_ of pending) await_.interrupt(reason);
  }

  /** What they wait for. */
  waitsFor(): Wait | undefined {
    const inner: Wait[] = [];
    for (let await_ = this.#first; await_ !== undefined; await_ = await_.after) {
      inner.push(await_.driver.waitsFor() ?? { kind: "future" });
    }
    return together("all", inner);
  }

  add(await_: Await): void {
    await_.before = this.#last;
    if (this.#last === undefined) this.#first = await_;
    else this.#last.after = await_;
    this.#last = await_;
  }

  remove(await_: Await): void {
    const { before, after } = await_;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    await_.before = await_.after = undefined;
  }

  /** What has an output that only waits for its turn has ended, and leaves the list here. */
  #pending(): Await[] {
    const all: Await[] = [];
    for (let await_ = this.#first; await_ !== undefined; await_ = await_.after) all.push(await_);
    for (const await_ of all) if (await_.waits === this) await_.driver.flush();
    return all.filter((await_) => await_.waits === this);
  }
}
