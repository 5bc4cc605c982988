/** The C compiler of this machine, for tests that need one. */
import { run, withFolder } from "../programs.ts";

const candidates = [Deno.env.get("CC") ?? "", "cc", "gcc", "clang"].filter((name) => name !== "");

/** The name of the compiler; `undefined` if there is none. */
export const compiler: string | undefined = await find();

/** All that there are, with what they call themselves for C++. */
export const compilers: { c: string; cpp: string | undefined }[] = await findAll();

async function findAll(): Promise<{ c: string; cpp: string | undefined }[]> {
  const found = [];
  for (const [c, cpp] of [["gcc", "g++"], ["clang", "clang++"]]) {
    if (await isThere(c)) found.push({ c, cpp: await isThere(cpp) ? cpp : undefined });
  }
  return found;
}

function isThere(name: string): Promise<boolean> {
  return run(name, ["--version"]).then(({ code }) => code === 0, () => false);
}

/** Added to the name of a test that can't be run for want of a compiler. */
export const noCompiler = compiler === undefined ? " (ignored: there is no C compiler)" : "";

const extension = { windows: "dll", darwin: "dylib" }[Deno.build.os as string] ?? "so";

async function find(): Promise<string | undefined> {
  if (Deno.build.os === "windows") return undefined;
  for (const name of candidates) {
    if (await isThere(name)) return name;
  }
}

/** What has the compiler add checks to a library. */
export const sanitizerFlags: string[] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** Set in the environment of tests whose libraries are to have them. */
export const SANITIZE = "FFI_TESTS_SANITIZE";

/** The environment of a Deno that loads such libraries, for `env`; `undefined` if there is none that works. */
export const sanitizerEnvironment: string[] | undefined = await findSanitizer();

/** Added to the name of a test that can't be run for want of it. */
export const noSanitizer = sanitizerEnvironment === undefined
  ? " (ignored: there is no AddressSanitizer that Deno can be run with)"
  : "";

/** What Deno leaks itself is not of interest. */
async function findSanitizer(): Promise<string[] | undefined> {
  if (compiler === undefined || Deno.build.os !== "linux") return undefined;
  const { stdout } = await run(compiler, ["-print-file-name=libasan.so"]);
  const environment = [`LD_PRELOAD=${stdout.trim()}`, "ASAN_OPTIONS=detect_leaks=0"];
  const { code, stderr } = await run("env", [...environment, Deno.execPath(), "--version"]);
  return code === 0 && stderr === "" ? environment : undefined;
}

/** Compiles files, and what is given as text, to a shared library, without a warning. Returns its path. */
export async function compile(
  folder: string,
  name: string,
  sources: string[],
  flags: string[] = [],
  [command, standard] = [compiler!, "c11"],
): Promise<string> {
  const library = `${folder}/${libraryName(name)}`;
  const args = [`-std=${standard}`, "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", ...flags];
  if (Deno.env.has(SANITIZE)) args.push(...sanitizerFlags);
  const includes = [`-I${folder}`, `-I${examplePath("")}`];
  const { code, stderr } = await run(command, [...args, "-o", library, ...includes, ...sources]);
  if (code !== 0) throw new Error(stderr);
  return library;
}

/** Where an example is. */
export function examplePath(name: string): string {
  return decodeURIComponent(new URL(`../../examples/ffi/${name}`, import.meta.url).pathname);
}

/** What the file of a library is called here. */
export function libraryName(name: string): string {
  return `${name}.${extension}`;
}

/** What a library is made of, and what is called in it. */
export interface Library<S extends Deno.ForeignLibraryInterface> {
  source: string;
  headers?: Record<string, string>;
  symbols: S;
  flags?: string[];
  /** A compiler, and the standard that it is told of. */
  language?: [string, string];
}

/** Compiles a library in a temporary folder, calls `fn` with its functions, and closes it. */
export function withLibrary<const S extends Deno.ForeignLibraryInterface>(
  { source, headers = {}, symbols, flags, language }: Library<S>,
  fn: (symbols: Deno.DynamicLibrary<S>["symbols"]) => void | Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(headers)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const file = `${folder}/library.${language === undefined ? "c" : "cpp"}`;
    await Deno.writeTextFile(file, source);
    const library = Deno.dlopen(await compile(folder, "library", [file], flags, language), symbols);
    try {
      await fn(library.symbols);
    } finally {
      library.close();
    }
  });
}
