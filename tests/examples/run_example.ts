/** The examples, run as their headers say. */
import { type Result, run } from "../programs.ts";

/**
 * The command that runs an example as its header says, with these permission flags and arguments. Without the
 * import map: an example needs nothing but the sources.
 */
export function exampleArgs(name: string, permissions: string[] = [], args: string[] = []): string[] {
  return ["run", "--quiet", "--no-config", "--no-prompt", ...permissions, examplePath(name), ...args];
}

/** Where an example is. */
export function examplePath(name: string): string {
  return decodeURIComponent(new URL(`../../examples/${name}`, import.meta.url).pathname);
}

/** Runs an example to its end. */
export function runExample(name: string, permissions?: string[], args?: string[]): Promise<Result> {
  return run(Deno.execPath(), exampleArgs(name, permissions, args));
}
