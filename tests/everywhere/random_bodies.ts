/** What the tasks of random programs do, and what they look at meanwhile. */
import { sleep } from "../../lib/time/mod.ts";
import {
  fromPromise,
  type IntoFuture,
  type TaskContext,
  type TaskGenerator,
  uncancellable,
} from "../../mod.ts";
import { macrotask } from "../../lib/internal/macrotask.ts";
import { type Wait, waits } from "./random_waits.ts";
import type { Player, World } from "./random_world.ts";

const names = Object.keys(waits);

function nextWait(player: Player, world: World, depth: number): [string, Wait] {
  const name = world.random.pick(names);
  // Tasks whose tasks have tasks have an end.
  if (depth === 0 && (name === "timeout(task)" || name === "Scope.run()")) {
    return nextWait(player, world, depth);
  }
  player.trace.push(name);
  return [name, waits[name](world, player)];
}

export function turn(): Promise<void> {
  return new Promise((resolve) => void macrotask(resolve));
}

class AsyncBody {
  readonly #player: Player;
  readonly #world: World;
  readonly #depth: number;

  constructor(player: Player, world: World, depth: number) {
    this.#player = player;
    this.#world = world;
    this.#depth = depth;
  }

  async run(): Promise<void> {
    const { random, clock } = this.#world;
    this.#player.look("the first step");
    try {
      await this.#steps(1 + random.int(5), this.#depth);
    } catch (error) {
      if (error !== this.#player.reason) this.#player.blame(`it caught ${error}`);
      if (random.chance(0.5)) throw error;
    } finally {
      this.#player.look("finally");
      for (let i = random.int(3); i > 0 && this.#player.isInterrupted; i--) {
        await sleep(random.int(3), { clock });
        this.#player.look("clean-up");
      }
    }
  }

  async #steps(count: number, depth: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.#step(this.#world.random.int(12), depth);
  }

  #step(kind: number, depth: number): unknown {
    const { random, clock } = this.#world;
    if (kind === 0) return this.#native(() => Promise.resolve());
    if (kind === 1) return this.#native(turn);
    if (kind === 2) return sleep(random.int(5), { clock }).then(() => this.#player.look("a callback"));
    if (kind === 3) return this.#shield();
    if (kind === 4 && depth > 0) return this.#steps(2, depth - 1);
    if (kind === 5 && depth > 0) return this.#branches(depth - 1);
    return this.#wait(...nextWait(this.#player, this.#world, depth));
  }

  async #native(wait: () => Promise<void>): Promise<void> {
    this.#player.trace.push("native");
    await wait();
    this.#player.look("after a native await");
  }

  async #wait(name: string, { make, done, fail, mayThrow }: Wait): Promise<void> {
    const wasInterrupted = this.#player.isInterrupted;
    try {
      done?.(await make() as never);
      this.#player.look(`after ${name}`);
    } catch (error) {
      fail?.();
      this.#player.look(`catch of ${name}`);
      this.#caught(name, error, wasInterrupted, mayThrow);
    }
  }

  #caught(name: string, error: unknown, wasInterrupted: boolean, mayThrow = false): void {
    if (error === this.#player.reason) {
      if (wasInterrupted) this.#player.blame(`${name} was interrupted, and so was one before`);
      this.#player.isInterrupted = true;
      throw error;
    }
    if (!mayThrow) this.#player.blame(`${name} threw ${error}`);
  }

  async #shield(): Promise<void> {
    const { random, clock } = this.#world;
    const wasInterrupted = this.#player.isInterrupted;
    let isOpen = true;
    this.#player.trace.push("uncancellable");
    try {
      await uncancellable(async () => {
        isOpen = false;
        for (let i = 0; i < 2; i++) {
          await sleep(random.int(4), { clock });
          this.#player.look("a shield");
        }
        isOpen = true;
      });
    } catch (error) {
      if (!isOpen) this.#player.blame("a shield was cut in two");
      this.#caught("uncancellable", error, wasInterrupted);
    }
  }

  async #branches(depth: number): Promise<void> {
    this.#player.mayGoOn = true;
    this.#player.trace.push("branches");
    const both = await Promise.allSettled([this.#steps(2, depth), this.#steps(2, depth)]);
    for (const result of both) if (result.status === "rejected") throw result.reason;
  }
}

function* stepped(player: Player, world: World, depth: number): TaskGenerator<void> {
  player.look("the first step");
  try {
    for (let i = 1 + world.random.int(5); i > 0; i--) {
      const [name, { make, done, mayThrow }] = nextWait(player, world, depth);
      try {
        done?.((yield* make() as Iterable<never>) as never);
      } catch (error) {
        if (!mayThrow) player.blame(`${name} threw ${error}`);
      }
      player.look(`after ${name}`);
    }
    yield* fromPromise(() => turn().then(() => player.look("a function of a generator")));
  } finally {
    player.look("finally");
    yield* sleep(world.random.int(3), { clock: world.clock });
    player.look("clean-up");
  }
}

/** A body of any kind. */
export function makeBody(player: Player, world: World, depth: number): IntoFuture<unknown, string> {
  if (world.random.chance(0.35)) return stepped(player, world, depth);
  const body = new AsyncBody(player, world, depth);
  if (!world.random.chance(0.3)) return () => body.run();
  player.mayGoOn = true;
  return ({ signal }: TaskContext<string>) => {
    signal.addEventListener("abort", () => player.look("a listener of the signal"));
    return body.run();
  };
}
