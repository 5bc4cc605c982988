/** Random programs: no message is lost, no cancellation comes twice or not at all, and everybody knows who they are. */
import { equal } from "./assert.ts";
import type { Cases } from "./cases.ts";
import { as } from "./looks.ts";
import { makeBody, turn } from "./random_bodies.ts";
import { Random, World } from "./random_world.ts";
import { reported } from "./reported.ts";

/** How many programs there are in a case. */
const PROGRAMS = 100;

/** One turn of the event loop, and what others do in it. */
async function play(world: World): Promise<void> {
  const { random, post } = world;
  await turn();
  as.opener(() => {
    if (random.chance(0.5)) world.clock.advance(random.int(3));
    if (random.chance(0.3)) give(world);
    if (random.chance(0.2)) post.receive(random.pick(world.channels)[1].tryRecv());
    if (random.chance(0.15)) world.spawn(1);
  });
  if (random.chance(0.4)) {
    as.canceller(() => void random.pick(world.players).handle.cancel(new Error("enough")));
  }
}

function give({ random, post, channels }: World): void {
  const message = post.write();
  const unsent = random.pick(channels)[0].trySend(message);
  post.tell(message, unsent === undefined ? "sent" : "not sent");
}

/** All are cancelled, and those end that may not go on. */
async function stop(world: World): Promise<void> {
  for (let turns = 0; turns < 40 && world.executor.size > 0; turns++) {
    // Also those that were spawned meanwhile.
    world.executor.cancel(new Error("the end"));
    await turn();
    world.clock.advance(5);
  }
  for (const player of world.players) {
    if (!player.handle.isFinished && !player.mayGoOn) player.blame("it does not end");
  }
}

/** Those that went on have what they wait for. */
async function drain(world: World): Promise<void> {
  const { channels, post, executor, sharedMessages } = world;
  // One that nobody has waited for to its end is kept, or was dropped.
  for (const { future, tell } of sharedMessages) future.then(tell, () => {});
  for (let turns = 0; turns < 200 && executor.size > 0; turns++) {
    await turn();
    world.clock.advance(5);
    for (const [sender, receiver] of channels) {
      for (const message of receiver.tryIter()) post.receive(message);
      const message = post.write();
      post.tell(message, sender.trySend(message) === undefined ? "sent" : "not sent");
    }
  }
  for (const [, receiver] of channels) for (const message of receiver.tryIter()) post.receive(message);
  if (executor.size > 0) world.wrong.push(`${executor.size} tasks have not ended`);
}

/** What is wrong with the program of this seed. */
async function run(seed: number): Promise<string[]> {
  const world = new World(new Random(seed), makeBody);
  for (let i = 8 + world.random.int(8); i > 0; i--) world.spawn(1);
  for (let turns = 0; turns < 60; turns++) await play(world);
  await stop(world);
  await drain(world);
  // What was received is told in another turn, if many are.
  for (let turns = 0; turns < 3; turns++) await turn();
  return [...world.wrong, ...world.post.audit()];
}

export const cases: Cases = {
  "random programs lose nothing, and are told once": {
    needs: "AsyncLocalStorage",
    test: async () => {
      const wrong: Record<string, string[]> = {};
      const errors = await reported(async () => {
        for (let seed = 0; seed < PROGRAMS; seed++) {
          const found = await run(seed);
          if (found.length > 0) wrong[`seed ${seed}`] = found;
        }
      });
      equal({ wrong, errors }, { wrong: {}, errors: [] });
    },
  },
};
