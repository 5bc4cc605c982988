/**
 * The async context: what `AsyncLocalStorage` and tracers keep across `await`s. A task's body runs in that of
 * whoever spawned it, whoever runs it. The frame of this package, which says what task is running, is kept in
 * the same place, and is no part of what is captured: a task is not inside of the one that has spawned it.
 *
 * There are three ways, and the first that the runtime knows is taken:
 *
 * - On Deno the context is a *mapping*, an object that is never changed, and one function reads and another
 *   sets it. The frame is a key of our own in a copy.
 * - Where there is `AsyncResource`, one of them is made where a task is spawned, and its body is run in it.
 *   The frame is in an `AsyncLocalStorage`.
 * - Elsewhere, on pages, nothing follows anybody.
 */
import { type AsyncHooks, asyncHooks, type AsyncMapping, asyncMapping } from "./runtime.ts";

/**
 * The keys of our own in a mapping. Symbols: to whoever counts the keys, the context is as empty as before.
 */
const FRAME = /* @__PURE__ */ Symbol("async-task.FRAME");
/** The mapping that has set them: one that somebody else has made a copy of has them as well. */
const OWNER = /* @__PURE__ */ Symbol("async-task.OWNER");
/** What it is a copy of, without a frame. */
const OUTER = /* @__PURE__ */ Symbol("async-task.OUTER");

interface ContextMapping {
  readonly [FRAME]?: object;
  readonly [OWNER]?: object;
  readonly [OUTER]?: object;
}

/** A mapping with a frame: a class, as an object literal with these keys takes ten times as long. */
const Framed: new (frame: object | undefined, outer: object | undefined) => ContextMapping =
  /* @__PURE__ */ (() =>
    class {
      constructor(frame: object | undefined, outer: object | undefined) {
        const mapping = this as { -readonly [K in keyof ContextMapping]: ContextMapping[K] };
        if (outer !== undefined) Object.assign(mapping, outer);
        mapping[FRAME] = frame;
        mapping[OWNER] = mapping;
        mapping[OUTER] = outer;
      }
    })();

type Fn<A, B, R> = (first: A, second: B) => R;

/** A resource of Node's. */
type Resource = Readonly<Record<symbol, unknown>>;

/** What makes them, and the storage of the frame. */
interface Resources {
  readonly capture: () => object;
  readonly storage: InstanceType<AsyncHooks["AsyncLocalStorage"]>;
}

/** Whether it has been found out how it is done here. */
let isKnown = false;
let mapping: AsyncMapping | undefined;
/** That of `mapping`: what every task and every poll calls, and what is called directly is inlined. */
let getMapping: AsyncMapping["get"] | undefined;
let resources: Resources | undefined;

function find(): void {
  isKnown = true;
  mapping = asyncMapping();
  getMapping = mapping?.get;
  if (mapping !== undefined) return;
  const hooks = asyncHooks();
  if (hooks !== undefined) {
    resources = { capture: captureWith(hooks), storage: new hooks.AsyncLocalStorage() };
  }
}

/** The context of the caller, without our frame, to be given to {@linkcode within}. */
export function capture(): object | undefined {
  const get = getMapping;
  if (get === undefined) return captureElsewhere();
  const now = get();
  return now === undefined ? undefined : withoutFrame(now);
}

/** Where there is no mapping, or it is not known yet. */
function captureElsewhere(): object | undefined {
  if (isKnown) return resources === undefined ? undefined : captureResource(resources);
  find();
  return capture();
}

/** Calls `fn(argument)` in a context that was captured. */
export function within<A, R>(context: object | undefined, fn: (argument: A) => R, argument: A): R {
  const get = getMapping;
  const isThere = get === undefined ? context === undefined : get() === context;
  return isThere ? fn(argument) : withinAnother(context, fn, argument);
}

function withinAnother<A, R>(context: object | undefined, fn: (argument: A) => R, argument: A): R {
  if (mapping === undefined) {
    return (context as InstanceType<AsyncHooks["AsyncResource"]>).runInAsyncScope(fn, undefined, argument);
  }
  const outer = mapping.get();
  mapping.set(context);
  try {
    return fn(argument);
  } finally {
    mapping.set(outer);
  }
}

/** Calls `fn(first, second)` with `frame`: whatever follows from it, across its awaits, finds it there. */
export function carry<A, B, R>(frame: object | undefined, fn: Fn<A, B, R>, first: A, second: B): R {
  if (!isKnown) find();
  if (mapping === undefined) {
    return resources === undefined ? fn(first, second) : resources.storage.run(frame, fn, first, second);
  }
  const outer = mapping.get();
  mapping.set(new Framed(frame, withoutFrame(outer)));
  try {
    return fn(first, second);
  } finally {
    mapping.set(outer);
  }
}

/**
 * Calls `fn(first, second)` in this context, but without our frame: what it leaves somewhere keeps no task.
 */
export function unframed<A, B, R>(fn: Fn<A, B, R>, first: A, second: B): R {
  if (mapping === undefined) {
    const storage = resources?.storage;
    return storage?.getStore() === undefined ? fn(first, second) : storage.run(undefined, fn, first, second);
  }
  const outer = mapping.get() as ContextMapping | undefined;
  if (outer?.[FRAME] === undefined) return fn(first, second);
  mapping.set(withoutFrame(outer));
  try {
    return fn(first, second);
  } finally {
    mapping.set(outer);
  }
}

/** The frame that code after an `await` is in; `undefined` if it is in none. */
export function carried(): object | undefined {
  if (mapping !== undefined) return (mapping.get() as ContextMapping | undefined)?.[FRAME];
  return resources?.storage.getStore() as object | undefined;
}

/** Whether what follows from a function finds its frame after an await; not so on pages. */
export function canCarry(): boolean {
  if (!isKnown) find();
  return mapping !== undefined || resources !== undefined;
}

/**
 * The mapping that ours is a copy of; where someone has changed a copy of it since, a copy without the frame.
 */
function withoutFrame(now: ContextMapping | undefined): object | undefined {
  if (now?.[FRAME] === undefined) return now;
  if (now[OWNER] === now) return now[OUTER];
  return { __proto__: null, ...now, [FRAME]: undefined, [OWNER]: undefined, [OUTER]: undefined };
}

function captureResource({ capture, storage }: Resources): object {
  return storage.getStore() === undefined ? capture() : storage.run(undefined, capture);
}

/**
 * What makes resources. Where each has a reference to the frame of the contexts, as from Node 24 on, the last
 * one serves while that is the same, which saves the memory of one a task. Node 22 has the field, and nothing
 * in it.
 */
function captureWith({ AsyncResource, AsyncLocalStorage }: AsyncHooks): () => object {
  const options = { requireManualDestroy: true };
  const make = (): Resource => new AsyncResource("async-task", options);
  const inside = new AsyncLocalStorage().run(true, make);
  const key = Object.getOwnPropertySymbols(inside).find(({ description }) => description === "context_frame");
  if (key === undefined || inside[key] === undefined) return make;
  let last = make();
  return () => {
    const resource = make();
    return resource[key] === last[key] ? last : last = resource;
  };
}
