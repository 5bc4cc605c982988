/** Programs in processes of their own. */

const root = new URL("../", import.meta.url);

/** What a program has left behind. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a program finds when it starts. */
export interface Surroundings {
  cwd?: string | URL;
  env?: Record<string, string>;
  /** Ends one that doesn't end by itself. */
  signal?: AbortSignal;
}

/** Runs a program to its end, without a terminal. */
export async function run(program: string, args: string[], surroundings: Surroundings = {}): Promise<Result> {
  const command = new Deno.Command(program, {
    ...surroundings,
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs Deno: without colours, and for 30 seconds at most. */
export function runDeno(args: string[], { env, ...others }: Surroundings = {}): Promise<Result> {
  return run(Deno.execPath(), args, {
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    signal: AbortSignal.timeout(30_000),
    ...others,
  });
}

/** What a Deno without permissions prints that runs `code`: its errors if there is nothing else. */
export async function printed(code: string): Promise<string> {
  const { stdout, stderr } = await runDeno(["eval", "--no-config", "--no-lock", code]);
  return stdout || stderr;
}

/** A file of the repository, as it is written in an import. */
export function local(path: string): string {
  return JSON.stringify(new URL(path, root).href);
}

/** Calls `fn` with a folder that is empty, and that goes away after it. */
export async function withFolder<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "async task " });
  try {
    return await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
