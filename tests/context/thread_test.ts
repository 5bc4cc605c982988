/** What a pool tells its owner's side, in whose async context. */
import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals } from "@std/assert";
import { ThreadPool } from "../../lib/thread/mod.ts";
import * as jobs from "../thread/jobs.ts";

const storage = new AsyncLocalStorage<string>();

Deno.test("a pool's functions are called in the context of its maker, a job's in that of its spawner", async () => {
  const seen: Record<string, Set<unknown>> = {};
  const look = (place: string) => void (seen[place] ??= new Set()).add(storage.getStore());
  const pool = storage.run("maker", () =>
    new ThreadPool({
      maxThreads: 1,
      expose: {
        log: () => look("expose"),
        slowly: async (n: number) => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          look("expose, after an await");
          return n;
        },
        fails: () => {
          throw new Error("boom");
        },
      },
      onOutput: () => look("onOutput"),
      onThreadStart: () => look("onThreadStart"),
      onThreadEnd: () => look("onThreadEnd"),
      onEmpty: () => look("onEmpty"),
      onError: () => look("onError"),
    }));
  await storage.run("spawner", async () => {
    const onProgress = () => look("onProgress");
    await pool.spawn(jobs.tells, [3], { onProgress, tag: "tag" }).then(() => look("then"));
    await pool.spawn(jobs.calls, [1]);
    void pool.spawn(jobs.fails, ["range"]);
    function* items() {
      look("items of map()");
      yield* [1, 2, 3, 4];
      look("items of map()");
    }
    for await (const _ of pool.map(jobs.echo, items())) look("for await of map()");
    for await (const _ of pool.stream(jobs.yields, [new Int32Array(new SharedArrayBuffer(4)), 3])) {
      look("for await of stream()");
    }
  });
  await storage.run("closer", () => pool.close());
  const maker = new Set(["maker"]);
  const spawner = new Set(["spawner"]);
  assertEquals(seen, {
    onThreadStart: maker,
    onProgress: spawner,
    then: spawner,
    onEmpty: maker,
    expose: maker,
    "expose, after an await": maker,
    "items of map()": spawner,
    "for await of map()": spawner,
    "for await of stream()": spawner,
    onError: maker,
    onThreadEnd: maker,
  });
});
