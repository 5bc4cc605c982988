/**
 * SHA-256 of every file in a folder, one tagged task per file.
 *
 * Shows an executor and a scope with a limit; async functions as tasks; `currentTag()` in functions that were
 * never given the id; a cancellation that waits for the clean-up; and outcomes as they come.
 *
 *     deno run --allow-read examples/digest.ts [--verbose] [folder]
 *
 * @module
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { LocalExecutor } from "../lib/executor/mod.ts";
import { Scope } from "../lib/scope/mod.ts";
import { currentTag, type Outcome, type TaskContext } from "../mod.ts";

const USAGE = `Usage: deno run --allow-read digest.ts [--verbose] [folder]

Prints "id  sha256  path" for every file in the folder, sorted by path, and a line of totals.
The folder is by default the repository of this example. Paths are relative to the folder.

  -v, --verbose  log what every task does, instead of showing a progress bar
  -h, --help     print this text

Regular files are read, at most 8 at a time. Symbolic links are not followed, and folders named .git and
node_modules are left out. Control characters and backslashes in paths are printed as in JSON strings. Ctrl-C
stops the work, closes the files and says what was left; a second one does not wait for that.

Exit codes: 0 all files were read, 1 some could not be read, 2 wrong usage, 130 interrupted.`;

const EXIT = { fine: 0, unreadable: 1, misused: 2, interrupted: 130 };
const MAX_OPEN_FILES = 8;
const MAX_LEFT_LISTED = 10;
const CHUNK_BYTES = 256 * 1024;

interface FileTag {
  id: number;
  path: string;
}

interface Digest {
  sha256: string;
  bytes: number;
}

/** How far the work has got, redrawn in place. */
const progress = {
  isShown: false,
  total: 0,
  files: 0,
  bytes: 0,
  drawnAt: -Infinity,

  add(files: number, bytes: number): void {
    this.files += files;
    this.bytes += bytes;
    const now = performance.now();
    if (!this.isShown || now - this.drawnAt < 50) return;
    this.drawnAt = now;
    const bar = "#".repeat(Math.floor(30 * this.files / this.total)).padEnd(30);
    this.write(`[${bar}] ${this.files}/${this.total} files, ${(this.bytes / 1e6).toFixed(1)} MB`);
  },

  write(text: string): void {
    if (this.isShown) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
  },
};

let isVerbose = false;

/** Nobody hands the id down to here: the running task knows it. */
function log(text: string): void {
  if (isVerbose) console.error(`[${currentTag<FileTag>()?.id}] ${text}`);
}

/** A path as it is printed: on one line, and without orders to the terminal. */
function shown(path: string): string {
  return path.replace(/[\p{Cc}\\]/gu, (char) => {
    return char === "\\" ? "\\\\" : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The body of the first task: the paths of the files below `root`, sorted. */
async function walk(root: string, signal: AbortSignal): Promise<string[]> {
  const paths: string[] = [];
  const folders = [""];
  for (const folder of folders) {
    signal.throwIfAborted();
    try {
      for await (const { name, isFile, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
        if (isFile) paths.push(folder + name);
        else if (isDirectory && name !== ".git" && name !== "node_modules") folders.push(`${folder}${name}/`);
      }
    } catch (error) {
      if (folder === "") throw error;
      // It can't be read as a file either, and is reported as one.
      paths.push(folder);
    }
  }
  // Without a comparator, sorted by UTF-16 code units: the same in every locale.
  return paths.sort();
}

/** The body of the other tasks: the digest of one file. */
async function digest(root: string, { tag, signal }: TaskContext<FileTag>): Promise<Digest> {
  log(`open ${shown(tag.path)}`);
  const file = await Deno.open(`${root}/${tag.path}`);
  try {
    return await digestChunks(file, signal);
  } finally {
    file.close();
    progress.add(1, 0);
    log("closed");
  }
}

async function digestChunks(file: Deno.FsFile, signal: AbortSignal): Promise<Digest> {
  const hash = createHash("sha256");
  const chunk = new Uint8Array(CHUNK_BYTES);
  let bytes = 0;
  for (let size; (size = await file.read(chunk)) !== null; bytes += size) {
    signal.throwIfAborted();
    hash.update(chunk.subarray(0, size));
    progress.add(0, size);
  }
  log(`read ${bytes} bytes`);
  return { sha256: hash.digest("hex"), bytes };
}

/** Waits for all files, prints what has become of them, and returns the exit code. */
async function report(scope: Scope, count: number): Promise<number> {
  const outcomes: { tag: FileTag; outcome: Outcome<Digest> }[] = [];
  for await (const finished of scope) outcomes.push(finished as typeof outcomes[number]);
  progress.write("");
  outcomes.sort((a, b) => a.tag.id - b.tag.id);
  const [lines, failed, left]: string[][] = [[], [], []];
  let total = 0;
  for (const { tag: { id, path }, outcome } of outcomes) {
    if (outcome.status === "cancelled") left.push(shown(`${id}  ${path}`));
    else if (outcome.status === "panicked") failed.push(shown(`${id}  ${path}  ${outcome.error}`));
    else {
      lines.push(`${id}  ${outcome.value.sha256}  ${shown(path)}`);
      total += outcome.value.bytes;
    }
  }
  console.log(
    [...lines, `total: ${lines.length} files, ${total} bytes, ${failed.length} unreadable`].join("\n"),
  );
  for (const failure of failed) console.error(`unreadable: ${failure}`);
  if (left.length > 0) return interrupted(`${left.length} of ${count} files`, left);
  return failed.length > 0 ? EXIT.unreadable : EXIT.fine;
}

function interrupted(summary: string, left: string[] = []): number {
  console.error(`interrupted, left: ${summary}`);
  for (const file of left.slice(0, MAX_LEFT_LISTED)) console.error(`left: ${file}`);
  if (left.length > MAX_LEFT_LISTED) console.error(`left: ${left.length - MAX_LEFT_LISTED} more`);
  return EXIT.interrupted;
}

function misused(error: unknown): number {
  console.error(`${error}\nTry --help`);
  return EXIT.misused;
}

async function digestFolder(root: string, scope: Scope): Promise<number> {
  const walking = scope.spawn(({ signal }) => walk(root, signal), { id: 0, path: "" });
  for await (const { outcome } of scope) {
    if (outcome.status === "cancelled") return interrupted("all files, and the folder was not yet listed");
    if (outcome.status === "panicked") return misused(outcome.error);
  }
  const paths = await walking;
  progress.total = paths.length;
  progress.isShown = !isVerbose && Deno.stdout.isTerminal() && Deno.stderr.isTerminal();
  paths.forEach((path, index) => scope.spawn((context) => digest(root, context), { id: index + 1, path }));
  return await report(scope, paths.length);
}

function parse(args: string[]): { root: string; isHelp?: boolean } {
  const flag = (short: string) => ({ type: "boolean", short }) as const;
  const options = { verbose: flag("v"), help: flag("h") };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length > 1) throw new TypeError("Cannot digest more than one folder");
  isVerbose = values.verbose === true;
  // An example that was imported from a URL has no folder of its own.
  const repository = import.meta.dirname === undefined ? "." : `${import.meta.dirname}/..`;
  return { root: positionals[0] ?? repository, isHelp: values.help };
}

async function main({ root, isHelp }: ReturnType<typeof parse>): Promise<number> {
  if (isHelp) {
    console.log(USAGE);
    return EXIT.fine;
  }
  await using scope = new Scope(new LocalExecutor(), { concurrency: MAX_OPEN_FILES, onFailure: "collect" });
  const interrupt = (): void => {
    // The next Ctrl-C does again what it does without a listener.
    Deno.removeSignalListener("SIGINT", interrupt);
    scope.cancel();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    return await digestFolder(root, scope);
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
}

let options;
try {
  options = parse(Deno.args);
} catch (error) {
  Deno.exitCode = misused(error);
}
if (options !== undefined) Deno.exitCode = await main(options);
