// deno-lint-ignore-file require-await
/** What TypeScript infers. Checked by `deno check`; nothing to run. */
import {
  fromPromise,
  type JoinHandle,
  type Outcome,
  pollFn,
  ready,
  type ScheduleInfo,
  spawn,
  type Task,
  type TaskGenerator,
  yieldNow,
} from "../mod.ts";
import { Builder, type Runnable, spawn as spawnV4, spawnWith, type Task as TaskV4 } from "../lib/v4/mod.ts";

type Equals<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false;
/** Takes `true` only if the types are the same. */
const same = <A, B>(_: Equals<A, B>): void => {};

const queue: Task<{ id: number }>[] = [];
const push = (task: Task<{ id: number }>, _info: ScheduleInfo): void => void queue.push(task);
const runs = (task: Task): void => void task.run();

Deno.test("spawn() infers the output and the tag", () => {
  const asynchronous = spawn(async () => 1, push, { id: 7 });
  same<typeof asynchronous, [Task<{ id: number }>, JoinHandle<number, { id: number }>]>(true);
  const inline = spawn(async () => 1, (task) => queue.push(task), { id: 7 });
  same<typeof inline, [Task<{ id: number }>, JoinHandle<number, { id: number }>]>(true);
  const general = spawn(async () => 1, runs, { id: 7 });
  same<typeof general, [Task<{ id: number }>, JoinHandle<number, { id: number }>]>(true);
  const untagged = spawn(ready("out"), (task) => void task.run());
  same<typeof untagged, [Task<undefined>, JoinHandle<string, undefined>]>(true);
  const promise = spawn(Promise.resolve([1]), push, { id: 7 })[1];
  same<typeof promise, JoinHandle<number[], { id: number }>>(true);
  const plain = spawn((): number | undefined => 1, push, { id: 7 })[1];
  same<typeof plain, JoinHandle<number | undefined, { id: number }>>(true);
  const returned = spawn(() => pollFn(() => 1), push, { id: 7 })[1];
  same<typeof returned, JoinHandle<number, { id: number }>>(true);
});

Deno.test("spawn() types the context of functions", () => {
  const [, handle] = spawn(
    async ({ tag, signal, id }) => {
      same<typeof tag, { id: number }>(true);
      same<typeof signal, AbortSignal>(true);
      await null;
      return id;
    },
    push,
    { id: 7 },
  );
  same<typeof handle, JoinHandle<number, { id: number }>>(true);
});

Deno.test("yield* and return types flow through generators", () => {
  const [, inner] = spawn(async () => "inner", push, { id: 7 });
  function* nested(): TaskGenerator<boolean> {
    yield* yieldNow();
    return true;
  }
  const [, handle] = spawn(
    function* () {
      const a = yield* ready(1);
      const b = yield* fromPromise(Promise.resolve("b"));
      const c = yield* inner;
      const d = yield* inner.outcome();
      const e = yield* nested();
      same<typeof a, number>(true);
      same<typeof b, string>(true);
      same<typeof c, string | undefined>(true);
      same<typeof d, Outcome<string>>(true);
      same<typeof e, boolean>(true);
      return { a, b };
    },
    push,
    { id: 7 },
  );
  same<typeof handle, JoinHandle<{ a: number; b: string }, { id: number }>>(true);
  const [, called] = spawn(nested(), push, { id: 7 });
  same<typeof called, JoinHandle<boolean, { id: number }>>(true);
  const awaited = async () => await handle;
  same<ReturnType<typeof awaited>, Promise<{ a: number; b: string } | undefined>>(true);
});

Deno.test("./v4 infers the output and the metadata", () => {
  const plain = spawnV4(async () => 1, () => {});
  same<typeof plain, [Runnable<undefined>, TaskV4<number, undefined>]>(true);
  const data = spawnWith(({ tag }) => tag.id, (runnable) => runnable.data.id++, { id: 7 });
  same<typeof data, [Runnable<{ id: number }>, TaskV4<number, { id: number }>]>(true);
  const built = new Builder().metadata({ id: 7 }).spawn((metadata, context) => {
    same<typeof metadata, { id: number }>(true);
    same<typeof context.tag, { id: number }>(true);
    return ready(`${metadata.id}`);
  }, (runnable) => void runnable.run());
  same<typeof built, [Runnable<{ id: number }>, TaskV4<string, { id: number }>]>(true);
  const cancelled = async () => await built[1].cancel();
  same<ReturnType<typeof cancelled>, Promise<string | undefined>>(true);
});

/** Never called: what must not compile. */
export function refused(): void {
  // @ts-expect-error A body is no number.
  spawn(5, push, { id: 7 });
  // @ts-expect-error The schedule function takes tasks with another tag.
  spawn(async () => 1, push, "tag");
  // @ts-expect-error There is no such schedule function.
  spawn(async () => 1, "queue", { id: 7 });
  spawn(
    // @ts-expect-error A task's generator yields futures.
    function* () {
      yield 5;
    },
    push,
    { id: 7 },
  );
}
