/** What a server does for a request, with everything in it; all requests share its executors, and wake one another. */
import { type Receiver, type Sender, unbounded } from "../../lib/channel/mod.ts";
import { limit, LocalExecutor, PriorityExecutor } from "../../lib/executor/mod.ts";
import { all, Scope } from "../../lib/scope/mod.ts";
import { sleep, timeout } from "../../lib/time/mod.ts";
import { currentTag, fromPromise, type TaskGenerator, TaskLocal, yieldNow } from "../../mod.ts";

/** Says whose a place is. */
type Who = () => unknown;

/** Looks who is who, in the task with this tag. */
type Look = (place: string, tag: unknown) => void;

/** How many looks there were for a request, and which of them have seen somebody else's. */
export interface Answer {
  looks: number;
  wrong: string[];
}

const local = new LocalExecutor();
const priority = new PriorityExecutor();
const limited = limit(local, 10);
const user = new TaskLocal<string>();

/** Each request sends one message, and takes one, most likely another's. */
const [sender, receiver]: [Sender<number>, Receiver<number>] = unbounded();

/** Handles one request, in the context in which this is called. */
export async function handle(id: number, who: Who): Promise<Answer> {
  const wrong: string[] = [];
  const me = who();
  let looks = 0;
  const look: Look = (place, tag) => {
    looks++;
    const [seen, task] = [who(), currentTag()];
    if (seen !== me) wrong.push(`${place}: ${seen}, not ${me}`);
    if (task !== tag) wrong.push(`${place}: in task ${task}, not ${tag}`);
  };
  const work = new Work(id, look);
  await local.spawn(() => work.run(), id);
  await limited.spawn(() => work.untagged());
  look("after all", undefined);
  return { looks, wrong };
}

/** The work for one request. */
class Work {
  readonly #id: number;
  readonly #look: Look;

  constructor(id: number, look: Look) {
    this.#id = id;
    this.#look = look;
  }

  async run(): Promise<void> {
    const [id, look] = [this.#id, this.#look];
    look("an async body", id);
    user.set(`user ${id}`);
    await sleep(1);
    look("after sleep", id);
    await sender.send(id);
    look("after send", id);
    await Scope.run(local, async (scope) => {
      look("a scope", id);
      scope.spawn(this.#child("child"), "child");
      await limited.spawn(this.#child("limited"), "limited");
      look("after a child", id);
    });
    look("after a scope", id);
    await priority.spawn(() => this.helper("urgent"), "urgent", { priority: id });
    look("after a task with a priority", id);
    await all([this.#child(id)(), fromPromise(() => this.helper(id))]);
    look("after all()", id);
    await timeout(fromPromise(() => this.helper(id)), 60_000);
    look("after timeout()", id);
    await this.cancelled();
    look("after a cancellation", id);
  }

  async untagged(): Promise<void> {
    this.#look("an untagged body", undefined);
    await sleep(0);
    await this.helper(undefined);
  }

  async helper(tag: unknown): Promise<void> {
    this.#look("a helper", tag);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#look("a helper after a timer", tag);
    await sleep(1);
    this.#look("a helper after sleep", tag);
  }

  async cancelled(): Promise<void> {
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => begin = resolve);
    const task = local.spawn(async () => {
      begin();
      try {
        await receiver.recv();
        await sleep(60_000);
      } finally {
        this.#look("clean-up", "cancelled");
        await sleep(0);
        this.#look("clean-up after sleep", "cancelled");
      }
    }, "cancelled");
    await begun;
    await task.cancel();
  }

  #child(tag: unknown): () => TaskGenerator<void> {
    // deno-lint-ignore no-this-alias
    const work = this;
    return function* () {
      work.#look("a generator", tag);
      yield* yieldNow();
      work.#look("after yieldNow", tag);
      yield* sleep(1);
      work.#look("after sleep in a generator", tag);
      yield* fromPromise(() => work.helper(tag));
      work.#look("after a helper in a generator", tag);
    };
  }
}
