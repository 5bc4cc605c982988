import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CancellationToken, Cancelled } from "../../lib/thread/mod.ts";

Deno.test("a token is cancelled once, with its reason, on every copy", () => {
  const token = new CancellationToken();
  const copy = CancellationToken.from(structuredClone(token));
  token.throwIfCancelled();
  assertEquals([token.cancelled, copy.cancelled, copy.reason], [false, false, undefined]);
  const reason = new RangeError("enough");
  assertEquals([token.cancel(reason), token.cancel("again"), copy.cancel("too")], [true, false, false]);
  assertStrictEquals(token.reason, reason);
  const copied = copy.reason as RangeError;
  assertEquals([copied instanceof RangeError, copied.message], [true, "enough"]);
  const error = assertThrows(() => token.throwIfCancelled(), Cancelled, "The job was cancelled");
  assertEquals([error.name, error.reason, error.cause], ["AbortError", reason, reason]);
});

Deno.test("a token without a reason has none", () => {
  const token = new CancellationToken();
  const copy = CancellationToken.from(token);
  token.cancel();
  assertEquals([copy.cancelled, copy.reason, new Cancelled().cause], [true, undefined, undefined]);
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
  assertEquals([copied.name, copied.message], ["Long", "x".repeat(200)]);
});

Deno.test("the signal of a token is aborted on either side", async () => {
  const token = new CancellationToken();
  const copy = CancellationToken.from(token);
  const [here, there] = [token.signal, copy.signal];
  assertStrictEquals(token.signal, here);
  assertEquals([here.aborted, there.aborted], [false, false]);
  token.cancel("why");
  assertEquals(here.aborted, true);
  await new Promise((resolve) => there.addEventListener("abort", resolve));
  assert(there.reason instanceof Cancelled);
  assertEquals(there.reason.reason, "why");
  assertEquals(CancellationToken.from(token).signal.aborted, true);
});

Deno.test("a token follows a signal", () => {
  const controller = new AbortController();
  const token = CancellationToken.from(controller.signal);
  assertEquals(token.cancelled, false);
  controller.abort("why");
  assertEquals([token.cancelled, token.reason], [true, "why"]);
  assertEquals(CancellationToken.from(AbortSignal.abort("early")).reason, "early");
});

Deno.test("what is no token is a TypeError", () => {
  for (
    const source of [undefined, {}, { shared: new SharedArrayBuffer(4), offset: 0 }, { shared: 1, offset: 0 }]
  ) {
    assertThrows(() => CancellationToken.from(source as never), TypeError, "Cannot make a token");
  }
});
