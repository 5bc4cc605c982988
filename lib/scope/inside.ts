/**
 * Whether the code that is running is inside of a scope: its body, one of its tasks, or in a scope of these.
 */
import { type Cell, currentFrame, Layer, type Links } from "../core/friend.ts";
import { canCarry } from "../internal/async_context.ts";
import type { Members } from "./members.ts";

/** The parts of a scope that say so. */
interface Parts {
  readonly members: Members;
  /** The scopes that were made in its body. */
  readonly links: Links;
}

/** Pages can't tell: there, everybody is. */
export function isInside(scope: Parts): boolean {
  return !canCarry() || isCurrent(scope);
}

/** Whether a task, or a task of a scope in it, is one of this scope. */
export function contains(scope: Parts, cell: Cell): boolean {
  if (scope.members.contains(cell)) return true;
  for (const inner of scope.links) if (contains(inner as unknown as Parts, cell)) return true;
  return false;
}

function isCurrent(scope: Parts): boolean {
  for (let frame = currentFrame(); frame instanceof Layer; frame = frame.outer) {
    if (frame.links === scope.links) return true;
  }
  if (scope.members.hasCurrent()) return true;
  for (const inner of scope.links) if (isCurrent(inner as unknown as Parts)) return true;
  return false;
}
