/** Foreign values in messages: short, on one line, and without calling anything of theirs. */

/** More characters of a text are left out. */
const MAX_TEXT = 60;
/** More fields of an object are left out. */
const MAX_FIELDS = 4;

/**
 * `value` as a message shows it: `"text"`, `7`, `{ id: 7, path: "/", … }`, `[1, 2]`, `function load`, `Error:
 * boom`.
 *
 * Getters are not called, nested objects are not entered, and nothing throws: a tag may be anything, and must
 * not make things worse.
 */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(shorten(value));
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name === "" ? "a function" : `function ${shorten(String(value.name))}`;
    case "object":
      return value === null ? "null" : showObject(value, true);
    default:
      return shorten(String(value));
  }
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

function showObject(value: object, isEntered: boolean): string {
  try {
    if (Array.isArray(value)) return isEntered ? showItems(value) : "[…]";
    const data = fieldOf(value, "message");
    if (value instanceof Error && typeof data === "string") return shorten(`${nameOf(value)}: ${data}`);
    const name = nameOf(value);
    const fields = isEntered ? showFields(value) : "{…}";
    return name === "Object" || name === "" ? fields : fields === "{}" ? name : `${name} ${fields}`;
  } catch {
    return "an object"; // a proxy with traps that throw, or one that was revoked
  }
}

function showItems(items: readonly unknown[]): string {
  const shown = items.slice(0, MAX_FIELDS).map(showInner);
  if (items.length > MAX_FIELDS) shown.push("…");
  return `[${shown.join(", ")}]`;
}

function showFields(value: object): string {
  const keys = Object.keys(value);
  const shown = keys.slice(0, MAX_FIELDS).map((key) => `${shorten(key)}: ${showInner(fieldOf(value, key))}`);
  if (keys.length > MAX_FIELDS) shown.push("…");
  return shown.length === 0 ? "{}" : `{ ${shown.join(", ")} }`;
}

function showInner(value: unknown): string {
  return typeof value === "object" && value !== null ? showObject(value, false) : show(value);
}

/** The value of a field; `undefined` for a getter. */
function fieldOf(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function nameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value);
  const name = prototype === null ? "" : (fieldOf(prototype, "constructor") as { name?: unknown })?.name;
  return typeof name === "string" ? name : "";
}
