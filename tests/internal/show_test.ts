/** What foreign values look like in messages, in `console.log` and in JSON. */
import { assertEquals } from "@std/assert";
import { jsonOf } from "../../lib/internal/inspect.ts";
import { show } from "../../lib/internal/show.ts";

class Point {
  x = 1;
  get y(): number {
    throw new Error("a getter was called");
  }
}

const cases: [unknown, string][] = [
  ["a\nb", '"a\\nb"'],
  ["x".repeat(100), `"${"x".repeat(59)}…"`],
  [7, "7"],
  [7n, "7n"],
  [null, "null"],
  [undefined, "undefined"],
  [Symbol("s"), "Symbol(s)"],
  [() => {}, "a function"],
  [function load() {}, "function load"],
  [{ id: 7, path: "/" }, '{ id: 7, path: "/" }'],
  [{ a: 1, b: {}, c: [1], d: new Map(), e: 5 }, "{ a: 1, b: {…}, c: […], d: Map {…}, … }"],
  [[1, {}, 3, 4, 5], "[1, {…}, 3, 4, …]"],
  [new Point(), "Point { x: 1 }"],
  [new Error("boom"), "Error: boom"],
  [Object.create(null), "{}"],
  [new Date(0), "Date"],
];

for (const [value, expected] of cases) {
  Deno.test(`show() makes ${expected}`, () => assertEquals(show(value), expected));
}

Deno.test("show() calls nothing of the value's, and does not throw where that would", () => {
  const hostile = new Proxy({}, {
    ownKeys() {
      throw new Error("a trap was called");
    },
  });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assertEquals({ hostile: show(hostile), revoked: show(proxy) }, {
    hostile: "an object",
    revoked: "an object",
  });
});

Deno.test("jsonOf() gives what JSON knows as it is, and what it doesn't as a message shows it", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const tag = { id: 7 };
  assertEquals(jsonOf(tag), tag);
  assertEquals({ big: jsonOf(7n), circle: jsonOf(circle), nan: jsonOf(NaN) }, {
    big: "7n",
    circle: "{ self: {…} }",
    nan: "NaN",
  });
});
