/** What other parts may use of tasks, and users may not. */
export { closeAndDrop, promiseOf } from "./awaitable.ts";
export { both } from "./both.ts";
export { Cell } from "./cell.ts";
export {
  contextOf,
  deadlines,
  link,
  markFollowed,
  nameTask,
  openLinks,
  setDeadline,
  waitOfContext,
} from "./context.ts";
export { isAwaited, type Pace, PACED, partsOf, POLLED, PROMPT } from "./awaited_by.ts";
export { type Driver, existingDriver } from "./driver.ts";
export { FutureIterator } from "./future_iterator.ts";
export { alongside, checkFunction, report, reportOf, suppress, taskName } from "./errors.ts";
export { currentFrame, enter, follow, type Frame, inFrame, Layer, outside, taskOf } from "./frame.ts";
export { isFuture } from "./future.ts";
export {
  cellOf,
  endOf,
  hasEnded,
  hasLeft,
  isDetached,
  Join,
  NONE,
  outcomeOf,
  pollJoin,
  Settled,
  valueOf,
} from "./join.ts";
export { detach } from "./join_handle.ts";
export { Ending, type Linked, Links } from "./links.ts";
export {
  losePanic,
  losePanicOf,
  markKept,
  markSeen,
  type PanicSink,
  reportPanic,
  routePanics,
  type UnseenPanic,
} from "./panic_hook.ts";
export { Panics } from "./panics.ts";
export { prepareToFollow } from "./pages.ts";
export { propagating } from "./propagate.ts";
export { COUNTER, fromRaw, threadCounter, toRaw } from "./raw.ts";
export { checkSchedule } from "./schedule.ts";
export { CLOSED, COMPLETED, HANDLE, LOCAL, PANICKED, PROPAGATE, RAW, RAW_JOIN, SEEN } from "./state.ts";
export { Waits } from "./waits.ts";
export { wakeAll } from "./wake_all.ts";
export { checkWaker } from "./waker.ts";
export { jsonOfTask } from "./view.ts";
