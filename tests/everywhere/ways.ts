/** Every way to spawn a task, each on an executor that others have made, and others drive. */
import {
  type Executor,
  limit,
  LocalExecutor,
  PriorityExecutor,
  type Spawner,
} from "../../lib/executor/mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import { Builder, spawn as spawnV4, spawnLocal as spawnLocalV4, spawnWith } from "../../lib/v4/mod.ts";
import { type IntoFuture, pending, spawn, spawnLocal } from "../../mod.ts";
import { as, TAG } from "./looks.ts";

/** What is cancelled, and ends. */
interface Spawned {
  cancel(reason?: unknown): unknown;
  /** Ends when the task has. */
  end: PromiseLike<unknown>;
}

type Body = IntoFuture<unknown>;

/** Spawns it there and then; what is made first is what spawns. */
type Way = () => (body: Body) => Spawned;

interface Runnable {
  run(): boolean;
  schedule(): void;
}

/** An executor as in the README, whose queue whoever fills it first goes through in a microtask. */
function queue(): (task: Runnable) => void {
  const tasks: Runnable[] = [];
  return (task) => {
    if (tasks.push(task) > 1) return;
    queueMicrotask(() => {
      for (const task of tasks) task.run();
      tasks.length = 0;
    });
  };
}

/** One that runs a task at once, in the context of whoever wakes it. */
function recursive(): (task: Runnable) => void {
  return (task) => void task.run();
}

function root(make: typeof spawn, executor: () => (task: Runnable) => void): Way {
  return () => {
    const schedule = as.maker(executor);
    return (body) => {
      const [task, handle] = make(body, schedule, TAG);
      as.driver(() => task.schedule());
      return { cancel: (reason) => handle.cancel(reason), end: handle.outcome() };
    };
  };
}

type V4 = [Runnable, { cancel(reason?: unknown): unknown; fallible(): PromiseLike<unknown> }];

function v4(make: (body: Body, schedule: (task: Runnable) => void) => V4): Way {
  return () => {
    const schedule = as.maker(queue);
    return (body) => {
      const [runnable, task] = make(body, schedule);
      as.driver(() => runnable.schedule());
      return { cancel: (reason) => task.cancel(reason), end: task.fallible() };
    };
  };
}

function on(make: () => Spawner): Way {
  return () => {
    const spawner = as.maker(make);
    return (body) => {
      const handle = spawner.spawn(body, TAG);
      return { cancel: (reason) => handle.cancel(reason), end: handle.outcome() };
    };
  };
}

const driving = new Set<Promise<void>>();

/** Resolves when nobody drives an executor any more. */
export async function undriven(): Promise<void> {
  await Promise.all(driving);
}

/** Somebody drives it, turn by turn, for as long as it has tasks. */
function driven(executor: Executor): Executor {
  const drive = async (): Promise<void> => {
    do {
      await new Promise((resolve) => setTimeout(resolve));
      executor.runUntilStalled();
    } while (!executor.isEmpty);
  };
  const end = as.driver(drive).finally(() => driving.delete(end));
  driving.add(end);
  return executor;
}

/** The turn of the task comes when that of another's is over. */
function busy(limiter: Spawner): Spawner {
  const first = as.other(() => limiter.spawn(pending(), "other"));
  as.other(() => setTimeout(() => first.cancel(), 0));
  return limiter;
}

/** The task takes the place of another's. */
function keyed(body: Body): Spawned {
  const scope = as.maker(() => new Scope(new LocalExecutor()));
  as.other(() => scope.spawnKeyed("key", pending(), { tag: "other" }));
  const handle = scope.spawnKeyed("key", body, { tag: TAG });
  return { cancel: (reason) => handle.cancel(reason), end: handle.outcome() };
}

/** By name. */
export const ways: Record<string, Way> = {
  "spawn(), queued": root(spawn, queue),
  "spawn(), run at once": root(spawn, recursive),
  "spawnLocal()": root(spawnLocal, queue),
  "v4 spawn()": v4((body, schedule) => spawnWith(body, schedule, TAG)),
  "v4 Builder": v4((body, schedule) =>
    new Builder().metadata(TAG).propagatePanic(true).spawn(asBuilders(body), schedule)
  ),
  "LocalExecutor": on(() => new LocalExecutor()),
  "a manual LocalExecutor": on(() => driven(new LocalExecutor({ pump: "manual" }))),
  "PriorityExecutor": on(() => new PriorityExecutor()),
  "limit(LocalExecutor)": on(() => limit(new LocalExecutor(), 1)),
  "limit(PriorityExecutor)": on(() => limit(new PriorityExecutor(), 1)),
  "a turn of a limiter": on(() => busy(limit(new LocalExecutor(), 1))),
  "Scope": on(() => new Scope(new LocalExecutor())),
  "Scope with a concurrency": on(() => busy(new Scope(new LocalExecutor(), { concurrency: 1 }))),
  "spawnKeyed()": () => keyed,
};

/** A builder gives the metadata to the function first. */
function asBuilders(body: Body): never {
  if (typeof body !== "function") return body as never;
  const isGenerator = Object.getPrototypeOf(body) === Object.getPrototypeOf(function* () {});
  if (!isGenerator) return ((_metadata: string, context: never) => body(context)) as never;
  return function* (_metadata: string, context: never) {
    return yield* body(context) as Generator;
  } as never;
}

/** Ways without a tag. */
export const untagged: Record<string, Way> = {
  "v4 spawn(), no tag": v4((body, schedule) => spawnV4(body, schedule)),
  "v4 spawnLocal(), no tag": v4((body, schedule) => spawnLocalV4(body, schedule)),
  "LocalExecutor, no tag": () => {
    const executor = as.maker(() => new LocalExecutor());
    return (body) => {
      const handle = executor.spawn(body);
      return { cancel: (reason) => handle.cancel(reason), end: handle.outcome() };
    };
  },
  "executor.run(), no tag": () => {
    const executor = as.maker(() => new LocalExecutor({ pump: "manual" }));
    return (body) => {
      const handle = executor.run(body);
      return { cancel: (reason) => handle.cancel(reason), end: handle.outcome() };
    };
  },
};
