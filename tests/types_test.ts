// deno-lint-ignore-file require-await
/** What TypeScript infers. Checked by `deno check`; nothing to run. */
import {
  type Awaitable,
  type Context,
  currentTag,
  currentTask,
  fromPromise,
  type JoinHandle,
  type Outcome,
  pending,
  type Poll,
  pollFn,
  ready,
  type ScheduleInfo,
  spawn,
  spawnLocal,
  Task,
  type TaskContext,
  type TaskGenerator,
  TaskLocal,
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

Deno.test("spawn() infers from every other kind of body, and spawnLocal() does the same", () => {
  const literal = spawn({ poll: (_cx: Context): Poll<string> => "out" }, push, { id: 7 })[1];
  same<typeof literal, JoinHandle<string, { id: number }>>(true);
  const thenable: PromiseLike<Date> = Promise.resolve(new Date());
  const local = spawnLocal(thenable, (task) => queue.push(task), { id: 7 });
  same<typeof local, [Task<{ id: number }>, JoinHandle<Date, { id: number }>]>(true);
  const joined = spawn(spawn(ready(1), push, { id: 7 })[1], push, { id: 7 })[1];
  same<typeof joined, JoinHandle<number | undefined, { id: number }>>(true);
  const tagged = spawn(({ tag }) => tag.id, (task) => queue.push(task), { id: 7 })[1];
  same<typeof tagged, JoinHandle<number, { id: number }>>(true);
  const generator = spawn(
    function* ({ tag }: TaskContext<{ id: number }>) {
      yield* yieldNow();
      return tag;
    },
    push,
    { id: 7 },
  )[1];
  same<typeof generator, JoinHandle<{ id: number }, { id: number }>>(true);
  const nothing = spawn(async () => {}, push, { id: 7 })[1];
  same<typeof nothing, JoinHandle<void, { id: number }>>(true);
});

Deno.test("helpers and task-locals have the types of what they are made of", () => {
  const [one, never, both] = [ready(1 as const), pending(), pollFn((): Poll<string> => "out")];
  same<typeof one, Awaitable<1>>(true);
  same<typeof never, Awaitable<never>>(true);
  same<typeof both, Awaitable<string>>(true);
  const [tag, task] = [currentTag<number>(), currentTask<number>()];
  same<typeof tag, number | undefined>(true);
  same<typeof task, TaskContext<number> | undefined>(true);
  const local = new TaskLocal({ defaultValue: "a" });
  same<typeof local, TaskLocal<string>>(true);
  const [value, ran] = [local.get(), local.run("b", (n: number) => [n], 1)];
  same<typeof value, string>(true);
  const bare = new TaskLocal<number>().get();
  same<typeof bare, number | undefined>(true);
  const isText = (tag: unknown): tag is string => typeof tag === "string";
  const checked = currentTag(isText);
  same<typeof checked, string | undefined>(true);
  const served: Promise<number> = spawn(async () => 1, runs, 7)[1].then((output) => output!);
  same<typeof served, Promise<number>>(true);
  same<typeof ran, number[]>(true);
  const raw = () => Task.fromRaw<Date>(1);
  same<ReturnType<typeof raw>, Task<Date>>(true);
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
  // @ts-expect-error A task with a tag needs the tag.
  spawn(async () => 1, push);
  // @ts-expect-error An object without poll() is no body.
  spawn({ run: () => 1 }, push, { id: 7 });
  // @ts-expect-error The context has no such tag.
  spawn(({ tag }) => tag.name, push, { id: 7 });
  // @ts-expect-error The function is called with this, and nothing else.
  spawn((_context, more: number) => more, push, { id: 7 });
  // @ts-expect-error A task-local has one type.
  new TaskLocal<number>().set("text");
  // @ts-expect-error A waker has wake().
  ready(1).poll({ waker: {} });
  // @ts-expect-error The handle gives `undefined`, too.
  spawn(ready(1), push, { id: 7 })[1].then((value: number) => value);
  spawn(
    // @ts-expect-error A task's generator yields futures.
    function* () {
      yield 5;
    },
    push,
    { id: 7 },
  );
}
