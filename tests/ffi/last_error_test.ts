/** The last error, as JavaScript sees it. What C sees of it is in `function_table_test.ts`. */
import { assertEquals } from "@std/assert";
import {
  clearLastError,
  errorMessage,
  lastErrorLength,
  lastErrorLengthUtf16,
  takeLastError,
  updateLastError,
} from "../../lib/ffi/mod.ts";

function messageOf(error: unknown): string | undefined {
  updateLastError(error);
  return takeLastError();
}

Deno.test("lastErrorLength() is 0 when there is no error", () => {
  clearLastError();
  assertEquals(
    { utf8: lastErrorLength(), utf16: lastErrorLengthUtf16(), message: errorMessage() },
    { utf8: 0, utf16: 0, message: undefined },
  );
});

Deno.test("lastErrorLength() counts the NUL, in UTF-8 and in UTF-16", () => {
  for (
    const [text, utf8, utf16] of [["", 1, 1], ["a", 2, 2], ["é", 3, 2], ["€", 4, 2], ["🦕", 5, 3]] as const
  ) {
    updateLastError(text);
    assertEquals({ utf8: lastErrorLength(), utf16: lastErrorLengthUtf16() }, { utf8, utf16 });
  }
  clearLastError();
});

Deno.test("updateLastError() replaces the error, and errorMessage() leaves it", () => {
  updateLastError("first");
  updateLastError("second");
  assertEquals(
    { messages: [errorMessage(), errorMessage()], taken: [takeLastError(), takeLastError()] },
    { messages: ["second", "second"], taken: ["second", undefined] },
  );
});

Deno.test("updateLastError() tells of causes, outer ones first", () => {
  const inner = new Error("An Error Occurred");
  assertEquals(messageOf(new Error("Some Context", { cause: inner })), "Some Context: An Error Occurred");
  assertEquals(messageOf(new Error("outer", { cause: "text" })), "outer: text");
  const loop = new Error("loop");
  loop.cause = loop;
  assertEquals(messageOf(loop), "loop");
  const [a, b] = [new Error("a"), new Error("b")];
  a.cause = b;
  b.cause = a;
  assertEquals(messageOf(a), "a: b: a: b: a: b: a: b: a");
});

Deno.test("updateLastError() makes a message of any value", () => {
  assertEquals(messageOf(undefined), "undefined");
  assertEquals(messageOf(7n), "7");
  assertEquals(messageOf(Symbol("s")), "Symbol(s)");
  assertEquals(messageOf(new TypeError()), "TypeError");
  assertEquals(messageOf(Object.create(null)), "An error that can't be put into words");
  const hostile = new Error();
  Object.defineProperty(hostile, "message", {
    get: () => {
      throw new Error("no");
    },
  });
  assertEquals(messageOf(hostile), "An error that can't be put into words");
});

Deno.test("updateLastError() replaces what a C string can't hold", () => {
  assertEquals(messageOf("a\0b"), "a␀b");
  assertEquals(messageOf("a\ud800b"), "a\ufffdb");
  assertEquals(messageOf("🦕"), "🦕");
});

Deno.test("updateLastError() shows what was thrown that is no error, if it has no words of its own", () => {
  assertEquals(messageOf(new Map([[1, 2]])), "Map");
  assertEquals(messageOf({ code: 7, why: "full" }), '{ code: 7, why: "full" }');
  assertEquals(messageOf([1, "b"]), '[1, "b"]');
  assertEquals(messageOf({ toString: () => "in words" }), "in words");
  assertEquals(messageOf(new URL("https://example.com/")), "https://example.com/");
});
