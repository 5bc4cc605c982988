import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CancelledError } from "../../mod.ts";
import { CancellationToken, TaskHandle, ThreadPool } from "../../lib/thread/mod.ts";
import { freeSlot, takeSlot } from "../../lib/thread/wire/token_slots.ts";
import { aborted } from "../helpers.ts";
import * as jobs from "./jobs.ts";
import { begun, words } from "./words.ts";
import { test, until } from "./threaded.ts";

Deno.test("a token is cancelled once, with its reason, on every copy", () => {
  const token = new CancellationToken();
  const copy = CancellationToken.from(structuredClone(token));
  token.throwIfCancelled();
  assertEquals(
    { cancelled: token.cancelled, copyCancelled: copy.cancelled, copyReason: copy.reason },
    { cancelled: false, copyCancelled: false, copyReason: undefined },
  );
  const reason = new RangeError("enough");
  assertEquals(
    { first: token.cancel(reason), second: token.cancel("again"), ofCopy: copy.cancel("too") },
    { first: true, second: false, ofCopy: false },
  );
  assertStrictEquals(token.reason, reason);
  const copied = copy.reason as RangeError;
  assertEquals(
    { isRangeError: copied instanceof RangeError, message: copied.message },
    { isRangeError: true, message: "enough" },
  );
  const error = assertThrows(() => token.throwIfCancelled(), CancelledError, "The work was cancelled");
  assertEquals(
    { name: error.name, cause: error.cause },
    { name: "AbortError", cause: reason },
  );
});

Deno.test("a token without a reason has none", () => {
  const token = new CancellationToken();
  const copy = CancellationToken.from(token);
  token.cancel();
  assertEquals(
    { cancelled: copy.cancelled, reason: copy.reason, cause: new CancelledError().cause },
    { cancelled: true, reason: undefined, cause: undefined },
  );
});

Deno.test("a reason that is long, or can't be posted, is cut to what can", () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const error = Object.assign(new TypeError("x".repeat(5_000)), { name: "Long" });
  for (
    const [reason, text] of [["y".repeat(5_000), "y".repeat(200)], [circular, "[object Object]"]] as const
  ) {
    const token = new CancellationToken();
    token.cancel(reason);
    assertEquals(CancellationToken.from(token).reason, text);
  }
  const token = new CancellationToken();
  token.cancel(error);
  const copied = CancellationToken.from(token).reason as Error;
  assertEquals({ name: copied.name, message: copied.message }, { name: "Long", message: "x".repeat(200) });
});

Deno.test("the signal of a token is aborted on either side", async () => {
  const token = new CancellationToken();
  const copy = CancellationToken.from(token);
  const [here, there] = [token.signal, copy.signal];
  assertStrictEquals(token.signal, here);
  assertEquals(
    { hereAborted: here.aborted, thereAborted: there.aborted },
    { hereAborted: false, thereAborted: false },
  );
  token.cancel("why");
  assertEquals(here.aborted, true);
  await aborted(there);
  assert(there.reason instanceof CancelledError);
  assertEquals(there.reason.cause, "why");
  assertEquals(CancellationToken.from(token).signal.aborted, true);
});

Deno.test("a token follows a signal", () => {
  const controller = new AbortController();
  const token = CancellationToken.from(controller.signal);
  assertEquals(token.cancelled, false);
  controller.abort("why");
  assertEquals({ cancelled: token.cancelled, reason: token.reason }, { cancelled: true, reason: "why" });
  assertEquals(CancellationToken.from(AbortSignal.abort("early")).reason, "early");
});

Deno.test("what is no token is a TypeError", () => {
  for (
    const source of [undefined, {}, { shared: new SharedArrayBuffer(4), offset: 0 }, { shared: 1, offset: 0 }]
  ) {
    assertThrows(() => CancellationToken.from(source as never), TypeError, "Cannot make a token");
  }
});

Deno.test("cancel() keeps as much of a reason as there is room for, and nothing else is touched", () => {
  const letters = ["y", "\u0001", "漢", "🦕", "\ud800", '"', "\\"];
  for (const letter of letters) {
    // Neighbours in the memory that jobs' tokens share.
    const slots = [takeSlot(), takeSlot(), takeSlot()];
    const tokens = slots.map((slot) => new CancellationToken(slot));
    for (
      const reason of [letter.repeat(9_999), Object.assign(new TypeError(letter.repeat(9_999)), { a: 1 })]
    ) {
      const [, token, neighbour] = tokens.map((token) => CancellationToken.from(structuredClone(token)));
      token.cancel(reason);
      const seen = CancellationToken.from(structuredClone(token)).reason as string | Error;
      const text = seen instanceof Error ? seen.message : seen;
      assert(text.length > 20 && text.startsWith(letter), `${letter}: ${text.length}`);
      assertEquals(
        { isTypeError: seen instanceof TypeError, neighbourCancelled: neighbour.cancelled },
        { isTypeError: reason instanceof TypeError, neighbourCancelled: false },
      );
      freeSlot(slots[1]);
      slots[1] = takeSlot();
      tokens[1] = new CancellationToken(slots[1]);
    }
  }
});

Deno.test("cancel() tells other threads any reason, as it is or as a text", () => {
  const cases: [unknown, (seen: unknown) => void][] = [
    [null, (seen) => assertEquals(seen, null)],
    [false, (seen) => assertEquals(seen, false)],
    [[1, { a: [2] }], (seen) => assertEquals(seen, [1, { a: [2] }])],
    ["\ud800 é 🦕", (seen) => assertEquals(seen, "\ud800 é 🦕")],
    [10n, (seen) => assertEquals(seen, "10")],
    [Symbol("odd"), (seen) => assertEquals(seen, "Symbol(odd)")],
    [new DOMException("late", "TimeoutError"), (seen) => assertEquals((seen as Error).name, "TimeoutError")],
  ];
  for (const [reason, check] of cases) {
    const token = new CancellationToken();
    const there = CancellationToken.from(structuredClone(token));
    token.cancel(reason);
    check(there.reason);
    assertThrows(() => there.throwIfCancelled(), CancelledError);
  }
});

Deno.test("a token is not cancelled with the one that has its memory after it", async () => {
  const slot = takeSlot();
  const [seen, unseen, quiet] = [0, 1, 2].map(() => new CancellationToken(slot));
  const heard: string[] = [];
  quiet.signal.addEventListener("abort", () => heard.push("quiet"));
  freeSlot(slot);
  const nextSlot = takeSlot();
  const next = new CancellationToken(nextSlot);
  assertEquals({ shared: next.shared, offset: next.offset }, { shared: slot.shared, offset: slot.offset });
  const copy = CancellationToken.from(structuredClone(next));
  copy.signal.addEventListener("abort", () => heard.push("copy"));
  assertEquals(
    { cancelledTooLate: seen.cancel("late"), nextCancelled: next.cancelled },
    { cancelledTooLate: false, nextCancelled: false },
  );
  next.cancel("why");
  assertEquals(
    { seen: seen.cancelled, unseen: unseen.cancelled, quiet: quiet.cancelled, copy: copy.cancelled },
    { seen: false, unseen: false, quiet: false, copy: true },
  );
  await until(() => heard.length > 0);
  assertEquals(heard, ["copy"]);
  freeSlot(nextSlot);
  assertEquals(
    { cancelled: next.cancelled, copyCancelled: copy.cancelled, copyReason: copy.reason },
    { cancelled: true, copyCancelled: true, copyReason: "why" },
  );
});

test("signal of a job's token is not aborted with a later job", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const seen = words();
  for (let i = 0; i < 5; i++) await pool.spawn(jobs.leaves, [seen]);
  for (let i = 0; i < 5; i++) {
    const state = words();
    const listening = pool.spawn(jobs.listens, [state]);
    listening.poll();
    begun(state);
    listening.cancel("enough");
    assertEquals(await listening, "enough");
  }
  assertEquals(Atomics.load(seen, 0), 0);
});

test("CancellationToken.from() makes a token of one that a job was given, and sees it cancelled", async () => {
  const token = new CancellationToken();
  const handle = TaskHandle.spawn(jobs.watches, [token]);
  setTimeout(() => token.cancel("other"), 1);
  assertEquals(await handle, "other");
});
