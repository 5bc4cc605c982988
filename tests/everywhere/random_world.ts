/** Random programs of tasks that wait, spawn and are cancelled: what they share, and what must be true of them. */
import { bounded, type Receiver, type Sender, unbounded } from "../../lib/channel/mod.ts";
import { cellOf } from "../../lib/core/friend.ts";
import {
  type Executor,
  limit,
  LocalExecutor,
  PriorityExecutor,
  type Spawner,
} from "../../lib/executor/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { type Awaitable, currentTag, type IntoFuture } from "../../mod.ts";
import type { TaskHandle } from "../../lib/executor/mod.ts";
import { storage } from "./looks.ts";

/** Numbers that are the same for the same seed: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1. */
  next(): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let t = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  }

  /** A whole number below `n`. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)];
  }

  /** `true` with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

/** What is known of a message: whether it has been sent. */
type Fate = "unknown" | "sent" | "not sent";

/** Every message is received once, or is still there, or was not sent. */
export class Post {
  readonly #fates: Fate[] = [];
  readonly #received: number[] = [];

  /** A new message, which somebody is about to send. */
  write(): number {
    this.#received.push(0);
    return this.#fates.push("unknown") - 1;
  }

  tell(message: number, fate: Fate): void {
    this.#fates[message] = fate;
  }

  receive(message: unknown): void {
    if (typeof message === "number") this.#received[message]++;
  }

  /** What is wrong, now that all were received. */
  audit(): string[] {
    return this.#fates.flatMap((fate, message) => {
      const times = this.#received[message];
      const isRight = fate === "unknown" ? times <= 1 : times === (fate === "sent" ? 1 : 0);
      return isRight ? [] : [`message ${message} was received ${times} times, and ${fate}`];
    });
  }
}

/** A message that several wait for: all are told the same, and it is received once. */
export class SharedMessage {
  readonly future: Awaitable<number>;
  readonly #post: Post;
  #isTold = false;

  constructor(future: Awaitable<number>, post: Post) {
    this.future = future;
    this.#post = post;
  }

  readonly tell = (message: number): void => {
    if (!this.#isTold) this.#post.receive(message);
    this.#isTold = true;
  };
}

/** A task of the program, and what is known of it. */
export class Player {
  readonly tag: string;
  readonly trace: string[] = [];
  declare handle: TaskHandle<unknown, string>;
  /** Whether it was interrupted. */
  isInterrupted = false;
  /**
   * Whether it may go on after it was cancelled: it has asked for its signal, or one of its branches went on while the
   * other was interrupted.
   */
  mayGoOn = false;
  readonly #world: World;

  constructor(world: World, tag: string) {
    this.#world = world;
    this.tag = tag;
  }

  /** Why it is cancelled, once it is told. */
  get reason(): unknown {
    return cellOf(this.handle).reason;
  }

  /** Looks where it is. */
  look(place: string): void {
    const seen = storage().getStore();
    if (seen !== this.tag) this.blame(`${place}: in the context of ${seen}`);
    if (currentTag() !== this.tag) this.blame(`${place}: in the task ${currentTag()}`);
  }

  blame(what: string): void {
    this.#world.wrong.push(`${this.tag}: ${what} [${this.trace.slice(-5)}]`);
  }
}

/** Makes the body of a player. */
export type MakeBody = (player: Player, world: World, depth: number) => IntoFuture<unknown, string>;

export class World {
  readonly random: Random;
  readonly clock: VirtualClock = new VirtualClock();
  readonly post: Post = new Post();
  readonly executor: Executor;
  readonly spawner: Spawner;
  readonly channels: [Sender<number>, Receiver<number>][];
  /** Futures that several wait for. */
  readonly shared: Awaitable<unknown>[];
  /** The same for messages. */
  readonly sharedMessages: SharedMessage[];
  readonly players: Player[] = [];
  readonly wrong: string[] = [];
  readonly #makeBody: MakeBody;

  constructor(random: Random, makeBody: MakeBody) {
    this.random = random;
    this.#makeBody = makeBody;
    this.executor = random.chance(0.3) ? new PriorityExecutor() : new LocalExecutor();
    this.spawner = random.chance(0.3) ? limit(this.executor, 3 + random.int(5)) : this.executor;
    this.channels = [unbounded<number>(), bounded<number>(1), bounded<number>(0), bounded<number>(2)];
    this.shared = [1, 2, 3].map(() => sleep(random.int(30), { clock: this.clock }));
    this.sharedMessages = [1, 2].map(() =>
      new SharedMessage(random.pick(this.channels)[1].recv(), this.post)
    );
  }

  /** A new task, in a context of its own. */
  spawn(depth: number, spawner: Spawner = this.spawner): Player {
    const player = new Player(this, `t${this.players.length}`);
    this.players.push(player);
    const body = this.#makeBody(player, this, depth);
    player.handle = storage().run(player.tag, () => spawner.spawn(body, player.tag));
    return player;
  }
}
