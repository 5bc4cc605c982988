/** What jobs print: it is out at once, also when the thread is ended right after, or its owner is blocked. */
import { builtin, globals } from "../../internal/runtime.ts";

interface Stream {
  write(chunk: unknown, ...rest: unknown[]): boolean;
}

interface Process {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

interface Files {
  writeSync(fd: number, bytes: Uint8Array, from: number): number;
}

interface Consoles {
  Console: new (stdout: Stream, stderr: Stream) => Console;
}

/** Told of what is printed: 1 for stdout, 2 for stderr. */
export type Print = (stream: number, text: string) => void;

/**
 * Node and Bun take what a thread prints through the event loop of its owner: here it is written by the
 * thread itself, or handed to `print`.
 */
export function redirectOutput(print: Print | undefined): void {
  const streams = globals.process as Partial<Process> | undefined;
  const files = builtin<Files>("node:fs");
  if (streams?.stdout === undefined || streams.stderr === undefined || files === undefined) return;
  if (print === undefined && globals.Deno !== undefined) return; // writes by itself
  const to = print ?? ((stream, text) => writeAll(files, stream, new TextEncoder().encode(text)));
  redirect(streams.stdout, (text) => to(1, text));
  redirect(streams.stderr!, (text) => to(2, text));
  const consoles = builtin<Consoles>("node:console");
  if (consoles !== undefined) globalThis.console = new consoles.Console(streams.stdout, streams.stderr!);
}

function redirect(stream: Stream, write: (text: string) => void): void {
  const decoder = new TextDecoder();
  stream.write = (chunk, ...rest) => {
    write(typeof chunk === "string" ? chunk : decoder.decode(chunk as Uint8Array, { stream: true }));
    const done = rest.find((one) => typeof one === "function") as (() => void) | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
}

/** A pipe that is full is tried again. */
function writeAll(files: Files, stream: number, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length;) {
    try {
      from += files.writeSync(stream, bytes, from);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") return;
    }
  }
}
