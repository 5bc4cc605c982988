/** Whose async context everything runs in: that of whoever spawned the task, wherever one looks. */
import { bodies, type Work } from "./bodies.ts";
import type { Cases } from "./cases.ts";
import { equal } from "./assert.ts";
import { type Gate, gates } from "./gates.ts";
import { as, Looks, TAG } from "./looks.ts";
import { undriven, untagged, ways } from "./ways.ts";

/** What is tried out with one another. */
interface Life {
  body: string;
  way: string;
  gate: string;
  isCancelled: boolean;
}

/** A turn in which timers fire, as some gates are timers. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** A body is spawned in one context, gates are opened in another, and it is cancelled in a third. */
async function live({ body, way, gate, isCancelled }: Life): Promise<Looks> {
  const looks = new Looks(way in ways ? TAG : undefined);
  const spawn = { ...ways, ...untagged }[way]();
  const open = new Set<Gate>();
  const make = (): Gate => as.other(() => gates[gate](looks));
  const last = isCancelled ? make() : undefined;
  const work: Work = { looks, last, gate: () => added(make(), open) };
  const task = as.spawner(() => spawn(bodies[body](work)));
  let isOver = false;
  task.end.then(() => isOver = true);
  for (let turns = 0; !isOver; turns++) {
    if (turns > 100) throw new Error("it does not end");
    await turn();
    as.opener(() => {
      for (const gate of open) gate.open();
    });
    if (turns !== 10 || last === undefined) continue;
    as.canceller(() => void task.cancel("enough"));
    open.add(last);
  }
  await undriven();
  return looks;
}

function added(gate: Gate, open: Set<Gate>): Gate {
  open.add(gate);
  return gate;
}

/** What is wrong, and how often nothing was. */
async function liveAll(ways: string[], body: string, gates: string[]): Promise<void> {
  const wrong: Record<string, string[]> = {};
  const lives = ways.flatMap((way) =>
    gates.flatMap((gate) => [false, true].map((isCancelled) => ({ body, way, gate, isCancelled })))
  );
  await Promise.all(lives.map(async (life) => {
    const looks = await live(life);
    if (looks.count < 4) looks.wrong.push(`only ${looks.count} looks`);
    if (looks.wrong.length > 0) wrong[Object.values(life).join(", ")] = looks.wrong;
  }));
  equal(wrong, {});
  // Whoever has opened gates, and driven executors, is at its end as well.
  for (let turns = 0; turns < 3; turns++) await turn();
}

const entries = Object.keys(bodies).flatMap((body) =>
  [
    [
      `${body} runs in its spawner's context, whatever it waits for`,
      () => liveAll(["LocalExecutor"], body, Object.keys(gates)),
    ],
    [
      `${body} runs in its spawner's context, however it is spawned`,
      () => liveAll(Object.keys({ ...ways, ...untagged }), body, ["recv()", "pollFn()"]),
    ],
  ] as const
);

export const cases: Cases = Object.fromEntries(
  entries.map(([name, test]) => [name, { needs: "AsyncLocalStorage", test }]),
);
