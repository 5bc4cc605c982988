/** What the tasks of random programs wait for. */
import { Selector } from "../../lib/channel/mod.ts";
import { all, race, Scope } from "../../lib/scope/mod.ts";
import { interval, sleep, timeout } from "../../lib/time/mod.ts";
import { type Awaitable, fromPromise, yieldNow } from "../../mod.ts";
import type { Player, World } from "./random_world.ts";

/** One wait. */
export interface Wait {
  make(): Awaitable<unknown>;
  /** It is over, with this output. */
  done?(output: never): void;
  /** It is over in another way. */
  fail?(): void;
  /** It may also throw something else than the reason. */
  mayThrow?: boolean;
}

type MakeWait = (world: World, player: Player) => Wait;

/** By name. */
export const waits: Record<string, MakeWait> = {
  recv: ({ post, ...world }) => {
    const receiver = receiverOf(world as World);
    return { make: () => receiver.recv(), done: (message) => post.receive(message) };
  },
  send: ({ post, random, channels }) => {
    const [sender] = random.pick(channels);
    const message = post.write();
    return {
      make: () => sender.send(message),
      done: () => post.tell(message, "sent"),
      // Where there is always room, it is sent before it is waited for.
      fail: () => sender.capacity === Infinity || post.tell(message, "not sent"),
    };
  },
  sleep: ({ random, clock }) => {
    const ms = random.int(8);
    return { make: () => sleep(ms, { clock }) };
  },
  yieldNow: () => ({ make: () => yieldNow() }),
  shared: ({ random, shared }) => {
    const future = random.pick(shared);
    return { make: () => future };
  },
  "shared recv": ({ random, sharedMessages }) => {
    const { future, tell } = random.pick(sharedMessages);
    return { make: () => future, done: tell, mayThrow: true };
  },
  outcome: ({ random, players }, player) => {
    const other = random.pick(players);
    return { make: () => other === player ? yieldNow() : other.handle.outcome() };
  },
  tick: ({ random, clock }) => {
    const ticks = interval(1 + random.int(5), { clock });
    return { make: () => ticks.tick() };
  },
  "timeout(recv)": (world) => {
    const { post, random, clock } = world;
    const [receiver, ms] = [receiverOf(world), random.int(10)];
    return {
      make: () => timeout(receiver.recv(), ms, { clock }),
      done: (message) => post.receive(message),
      mayThrow: true,
    };
  },
  recvTimeout: (world) => {
    const { post, random, clock } = world;
    const [receiver, ms] = [receiverOf(world), random.int(10)];
    return {
      make: () => receiver.recvTimeout(ms, { clock }),
      done: (message) => post.receive(message),
      mayThrow: true,
    };
  },
  "race(recv)": (world) => {
    const { post } = world;
    const receivers = [receiverOf(world), receiverOf(world)];
    return {
      make: () => race(receivers.map((receiver) => receiver.recv())),
      done: (message) => post.receive(message),
    };
  },
  Selector: (world) => {
    const { post, random, channels } = world;
    const receivers = [receiverOf(world), receiverOf(world)];
    const [sender] = random.pick(channels);
    const message = post.write();
    let selector = new Selector().send(sender, message, () => post.tell(message, "sent"));
    for (const receiver of receivers) selector = selector.recv(receiver, (message) => post.receive(message));
    return { make: () => selector.wait() };
  },
  "fromPromise(recv)": (world) => {
    const receiver = receiverOf(world);
    return { make: () => fromPromise(async () => world.post.receive(await receiver.recv())) };
  },
  "all(recv)": (world) => {
    const [receiver, ms] = [receiverOf(world), world.random.int(8)];
    const receive = async () => world.post.receive(await receiver.recv());
    return { make: () => all([fromPromise(receive), sleep(ms, { clock: world.clock })]) };
  },
  "timeout(task)": (world, player) => {
    const [ms, { clock }] = [world.random.int(8), world];
    player.mayGoOn = true;
    return { make: () => timeout(world.spawn(0).handle, ms, { clock }), mayThrow: true };
  },
  "Scope.run()": (world, player) => {
    const [ms, { clock }] = [world.random.int(8), world];
    const children: Player[] = [];
    const check = () => {
      if (children.some(({ handle }) => !handle.isFinished)) player.blame("a scope is over before its tasks");
    };
    player.mayGoOn = true;
    const body = async (scope: Scope) => {
      children.push(world.spawn(0, scope), world.spawn(0, scope));
      player.look("a scope");
      await sleep(ms, { clock });
      player.look("a scope after an await");
    };
    return { make: () => Scope.run(world.executor, body) as Awaitable<unknown>, done: check, fail: check };
  },
};

function receiverOf({ random, channels }: World) {
  return random.pick(channels)[1];
}
