/** The root: spawn, schedule, run, wake, join, outcome, raw handles, observe. */
import {
  Awaitable,
  CancelledError,
  type Context,
  currentTag,
  currentTask,
  fromPromise,
  observe,
  PENDING,
  pending,
  type Poll,
  pollFn,
  ready,
  spawn,
  spawnLocal,
  Task,
  waker_fn,
  wakerFn,
} from "../../mod.ts";
import { context, pendingOnce, Probe, Queue, runNow, throwing } from "../helpers.ts";
import { equal, rejects, throws } from "./assert.ts";
import type { Cases } from "./cases.ts";

export const cases: Cases = {
  "spawn() runs nothing, and hands nothing to anybody": () => {
    const future = new Probe(() => 7);
    const queue = new Queue();
    const [task, handle] = spawn(future, queue.schedule, "tag");
    equal(
      { polls: future.polls, schedules: queue.schedules, tagOfTask: task.tag, tagOfHandle: handle.tag },
      { polls: 0, schedules: 0, tagOfTask: "tag", tagOfHandle: "tag" },
    );
    task.schedule();
    equal({ polls: future.polls, schedules: queue.schedules }, { polls: 0, schedules: 1 });
    equal(queue.tasks, [task]);
  },

  "run() polls once, and lets go of a future that is ready": async () => {
    const future = new Probe(() => 7);
    const [task, handle] = spawn(future, () => {}, 1);
    equal(task.run(), false);
    equal(
      { polls: future.polls, drops: future.drops, output: [await handle, await handle] },
      { polls: 1, drops: 1, output: [7, 7] },
    );
  },

  "tasks run in the order that the executor chooses": async () => {
    const queue = new Queue();
    const log: unknown[] = [];
    const tags = [0, 1, 2, 3, 4];
    const handles = tags.map((tag) => {
      const body = pollFn((cx: Context): Poll<number> => {
        log.push(currentTag());
        if (log.length > tags.length) return tag;
        cx.waker.wake();
        return PENDING;
      });
      const [task, handle] = spawn(body, queue.schedule, tag);
      task.schedule();
      return handle;
    });
    queue.tasks.reverse();
    queue.run();
    equal(log, [4, 3, 2, 1, 0, 4, 3, 2, 1, 0]);
    equal(await Promise.all(handles), tags);
  },

  "wake() hands over a task that rests, once": () => {
    const queue = new Queue();
    const future = pendingOnce(1);
    const [task, handle] = spawn(future, queue.schedule, 1);
    task.run();
    equal(queue.schedules, 0);
    for (let i = 0; i < 3; i++) future.waker!.wake();
    equal(queue.schedules, 1);
    queue.run();
    future.waker!.wake();
    equal(
      { schedules: queue.schedules, polls: future.polls, output: handle.poll(context()) },
      { schedules: 1, polls: 2, output: 1 },
    );
  },

  "a task that is woken while it runs is handed over after it, and told so": () => {
    const infos: boolean[] = [];
    const future = new Probe<number>((cx, poll) => {
      cx.waker.wake();
      cx.waker.wake();
      return poll === 1 ? PENDING : 1;
    });
    const [task] = spawn(future, (_task, info) => void infos.push(info.wokenWhileRunning), 1);
    equal(
      { rescheduled: task.run(), rescheduledAgain: task.run() },
      { rescheduled: true, rescheduledAgain: false },
    );
    equal({ infos, polls: future.polls }, { infos: [true], polls: 2 });
  },

  "using a task out of turn is an error that says why": () => {
    const [task] = spawn(ready(1), () => {}, 1);
    task.run();
    throws(() => task.run(), TypeError, `Cannot run task ${task.id} (1): it has completed`);
    throws(() => spawn({} as () => void, () => {}, 1), TypeError, "Cannot spawn {}: a task is made of");
    throws(() => spawn(ready(1), undefined as unknown as () => void, 1), TypeError, "Cannot spawn");
  },

  "a handle can be polled, awaited and waited for with yield*": async () => {
    const queue = new Queue();
    const [inner, handle] = spawn(new Probe(() => 5), queue.schedule, "inner");
    const [outer, outerHandle] = spawn(
      function* () {
        return (yield* handle)! + 1;
      },
      queue.schedule,
      "outer",
    );
    outer.schedule();
    inner.schedule();
    const cx = context();
    equal(handle.poll(cx), PENDING);
    const awaited = Promise.all([handle, handle]);
    queue.run();
    equal(
      { wakes: cx.waker.wakes, output: [handle.poll(cx), handle.poll(cx)] },
      { wakes: 1, output: [5, undefined] },
    );
    equal({ awaited: await awaited, outer: await outerHandle }, { awaited: [5, 5], outer: 6 });
  },

  "outcome() tells how a task ended": async () => {
    const [first, completed] = spawn(ready(undefined), () => {}, 1);
    first.run();
    equal(await completed.outcome(), { status: "completed", value: undefined });
    const [second, cancelled] = spawn(pending(), () => {}, 2);
    cancelled.cancel("late");
    second.run();
    equal(await cancelled.outcome(), { status: "cancelled", reason: "late" });
    const boom = new RangeError("boom");
    const [third, panicked] = spawn(throwing(boom), () => {}, 3);
    equal(throws(() => third.run()), boom);
    equal(await panicked.outcome(), { status: "panicked", error: boom });
    equal(await panicked, undefined);
  },

  "the reason of a cancellation is a CancelledError where none was given": async () => {
    const [task, handle] = spawn(pending(), () => {}, "nightly");
    handle.cancel();
    task.run();
    const outcome = await handle.outcome();
    const error = outcome.status === "cancelled" ? outcome.reason : undefined;
    equal(error instanceof CancelledError, true);
    equal(
      { name: (error as CancelledError).name, tag: (error as CancelledError).tag },
      { name: "AbortError", tag: "nightly" },
    );
  },

  "a schedule function that throws loses no task": async () => {
    const queue = new Queue();
    const future = pendingOnce("done");
    const [task, handle] = spawn(future, queue.schedule, 1);
    task.run();
    queue.failure = new Error("full");
    throws(() => future.waker!.wake(), Error, "full");
    queue.failure = undefined;
    future.waker!.wake();
    queue.run();
    equal(await handle, "done");
  },

  "a future of one's own can be waited for in all ways": async () => {
    class Twice extends Awaitable<string> {
      polls = 0;
      poll(cx: Context): Poll<string> {
        if (++this.polls === 2) return "twice";
        cx.waker.wake();
        return PENDING;
      }
    }
    equal(await new Twice(), "twice");
    const [task, handle] = spawn(
      function* () {
        return yield* new Twice();
      },
      runNow,
      1,
    );
    task.run();
    equal(await handle, "twice");
  },

  "raw handles stand for a task, once": async () => {
    for (const make of [spawn, spawnLocal]) {
      const [task, handle] = make(ready(1), () => {}, "t");
      const raw = task.intoRaw();
      equal({ isSafe: Number.isSafeInteger(raw), isPositive: raw > 0 }, { isSafe: true, isPositive: true });
      throws(() => task.run(), TypeError, "raw handle");
      Task.fromRaw(raw).run();
      throws(() => Task.fromRaw(raw), TypeError, "it was taken already");
      throws(() => Task.fromRaw(1), TypeError, "it is not a valid handle");
      equal(await handle, 1);
    }
  },

  "ids rise, and a task knows who has spawned it": async () => {
    const [task, handle] = spawn(
      () => {
        const [child, childHandle] = spawn(() => currentTask()!.parentId, runNow, "child");
        child.run();
        return childHandle;
      },
      runNow,
      "parent",
    );
    const [later] = spawn(ready(1), runNow, 1);
    equal(later.id > task.id, true);
    task.run();
    equal(await (await handle), task.id);
  },

  "observe() tells what tasks do": () => {
    const log: unknown[] = [];
    const stop = observe({
      spawn: (_id, tag) => log.push(`spawn ${tag}`),
      pollStart: () => log.push("start"),
      pollEnd: () => log.push("end"),
      wake: () => log.push("wake"),
      cancel: (_id, _tag, reason) => log.push(`cancel ${reason}`),
      close: (_id, _tag, status) => log.push(status),
    });
    try {
      const queue = new Queue();
      const [task, handle] = spawn(pending(), queue.schedule, "t");
      task.run();
      task.waker().wake();
      queue.run();
      handle.cancel("why");
      queue.run();
    } finally {
      stop();
    }
    spawn(ready(1), () => {}, "unseen");
    const polls = ["start", "end"];
    equal(log, ["spawn t", ...polls, "wake", ...polls, "cancel why", ...polls, "cancelled"]);
  },

  "wakerFn() makes a waker of a function": async () => {
    let wakes = 0;
    const [task, handle] = spawn(ready(1), () => {}, 1);
    equal(handle.poll({ waker: wakerFn(() => wakes++) }), PENDING);
    task.run();
    equal({ wakes, waker_fn }, { wakes: 1, waker_fn: wakerFn });
    equal(await handle, 1);
  },

  "fromPromise() waits for a promise, and throws what it rejects with": async () => {
    equal(await fromPromise(Promise.resolve(3)), 3);
    const no = new Error("no");
    equal(await rejects(fromPromise(Promise.reject(no))), no);
  },

  "100,000 tasks, all alive at the same time": async () => {
    const queue = new Queue();
    let sum = 0;
    const handles = Array.from({ length: 100_000 }, (_, index) => {
      const [task, handle] = spawn(
        new Probe((cx, poll) => poll === 2 ? index : (cx.waker.wake(), PENDING)),
        queue.schedule,
        index,
      );
      task.schedule();
      return handle;
    });
    const tasks = [...queue.tasks];
    queue.tasks.length = 0;
    for (const task of tasks) task.run();
    for (const task of queue.tasks) task.run();
    for (const handle of handles) sum += await handle as number;
    equal(sum, 4_999_950_000);
  },
};
