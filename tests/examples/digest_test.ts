import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Result, run, withFolder } from "../programs.ts";
import { exampleArgs, examplePath, runExample } from "./run_example.ts";

const isWindows = Deno.build.os === "windows";
/** util-linux, whose `script` gives a program a terminal. */
const hasTerminal = Deno.build.os === "linux" && await exists("/usr/bin/script");

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Calls `fn` with a new folder that holds `files`, by path and content. */
function withTree(
  files: Record<string, string | Uint8Array>,
  fn: (root: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (root) => {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${path}`.replace(/[^/]*$/, ""), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(`${root}/${path}`, bytes);
    }
    await fn(root);
  });
}

function digest(...args: string[]): Promise<Result> {
  return runExample("digest.ts", ["--allow-read"], args);
}

/** `count` small files. */
function small(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `file-${String(index + 1).padStart(2, "0")}`);
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** The paths of the lines `id  sha256  path`; the line of totals is left out. */
function pathsOf(stdout: string): string[] {
  return stdout.trimEnd().split("\n").slice(0, -1).map((line) => line.split("  ").slice(2).join("  "));
}

/** The log lines of `--verbose` as id and text. */
function logOf(stderr: string): [number, string][] {
  return Array.from(stderr.matchAll(/^\[(\d+)\] (.*)$/gm), ([, id, text]) => [Number(id), text]);
}

/** The ids of the log lines with this text, rising. */
function idsOf(stderr: string, text: RegExp): number[] {
  return logOf(stderr).filter((line) => text.test(line[1])).map(([id]) => id).sort((a, b) => a - b);
}

Deno.test({
  name: "digest.ts prints what sha256sum prints when files are empty, large, nested or oddly named",
  ignore: isWindows,
  fn: () => {
    const big = Uint8Array.from({ length: 3 * 256 * 1024 + 5 }, (_, index) => index * 7 + (index >> 8));
    const files = {
      "B": "upper case sorts first",
      "a b  c.txt": "spaces",
      "big.bin": big,
      "empty": "",
      "sub.txt": "a full stop sorts before a slash",
      "sub/deep/deeper/x": "nested",
      "sub/y": "y\n",
      "zebra": "z",
      "ärger/日本語 🦕.txt": "unicode",
    };
    return withTree(files, async (root) => {
      const paths = Object.keys(files);
      const sums = await run("sha256sum", ["--", ...paths], { cwd: root });
      const lines = sums.stdout.trimEnd().split("\n").map((line, index) => `${index + 1}  ${line}\n`);
      const bytes = (await Promise.all(paths.map((path) => Deno.stat(`${root}/${path}`))))
        .reduce((sum, { size }) => sum + size, 0);
      const stdout = `${lines.join("")}total: 9 files, ${bytes} bytes, 0 unreadable\n`;
      assertEquals(await digest(root), { code: 0, stdout, stderr: "" });
    });
  },
});

Deno.test("digest.ts prints only totals when the folder is empty", () =>
  withTree({}, async (root) => {
    const stdout = "total: 0 files, 0 bytes, 0 unreadable\n";
    assertEquals(await digest(root), { code: 0, stdout, stderr: "" });
  }));

Deno.test("digest.ts leaves out .git and node_modules folders when they are below the folder", () => {
  const files = { ".git/HEAD": "", ".gitignore": "", "a/node_modules/b/c.js": "", "a/node_modules.txt": "" };
  return withTree(files, async (root) => {
    assertEquals(pathsOf((await digest(root)).stdout), [".gitignore", "a/node_modules.txt"]);
    assertEquals(pathsOf((await digest(`${root}/.git`)).stdout), ["HEAD"]);
  });
});

Deno.test({
  name: "digest.ts reads regular files only when there are links and pipes",
  ignore: isWindows,
  fn: () =>
    withTree({ "a/file": "" }, async (root) => {
      await Deno.symlink("file", `${root}/a/link`);
      await Deno.symlink(".", `${root}/a/loop`);
      await run("mkfifo", [`${root}/a/pipe`]);
      assertEquals(pathsOf((await digest(root)).stdout), ["a/file"]);
    }),
});

Deno.test({
  name: "digest.ts escapes a path when it would break the line or command the terminal",
  ignore: isWindows,
  fn: () =>
    withTree({ "a\nb\x1b[2Jc\\d": "" }, async (root) => {
      assertEquals(pathsOf((await digest(root)).stdout), ["a\\u000ab\\u001b[2Jc\\\\d"]);
    }),
});

Deno.test("digest.ts digests the repository when it is given no folder", async () => {
  const { stdout } = await digest();
  const source = await Deno.readFile(examplePath("digest.ts"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", source)).toHex();
  assertMatch(stdout, new RegExp(`^\\d+  ${hash}  examples/digest.ts$`, "m"));
});

Deno.test("digest.ts logs under the id of the file when it is verbose", () =>
  withTree(small(3), async (root) => {
    const { code, stdout, stderr } = await digest("--verbose", root);
    assertEquals(code, 0);
    assertEquals(pathsOf(stdout), ["file-01", "file-02", "file-03"]);
    for (const id of [1, 2, 3]) {
      const texts = logOf(stderr).filter((line) => line[0] === id).map((line) => line[1]);
      assertEquals(texts, [`open file-0${id}`, "read 7 bytes", "closed"]);
    }
    assertEquals(logOf(stderr).length, 9);
  }));

Deno.test("digest.ts has 8 files open when there are more", () =>
  withTree(small(30), async (root) => {
    const { stderr } = await digest("-v", root);
    let open = 0;
    let most = 0;
    for (const [, text] of logOf(stderr)) {
      if (text.startsWith("open")) open++;
      if (text === "closed") open--;
      most = Math.max(most, open);
    }
    assertEquals({ open, most }, { open: 0, most: 8 });
  }));

Deno.test({
  name: "digest.ts closes every file when there are more than the process may have open",
  ignore: isWindows,
  fn: () =>
    withTree(small(99), async (root) => {
      const args = exampleArgs("digest.ts", ["--allow-read"], [root]);
      const { code, stderr } = await run("sh", [
        "-c",
        'ulimit -n 64; exec "$@"',
        "sh",
        Deno.execPath(),
        ...args,
      ]);
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
    }),
});

Deno.test("digest.ts reports a file and goes on when it can't be read", () =>
  withTree(small(12), async (root) => {
    const secret = `${root}/file-02`;
    const result = await runExample("digest.ts", ["--allow-read", `--deny-read=${secret}`], [root]);
    assertEquals(result.code, 1);
    assertMatch(result.stderr, /^unreadable: 2 {2}file-02 {2}NotCapable: Requires read access .*\n$/);
    assertEquals(pathsOf(result.stdout), Object.keys(small(12)).filter((name) => name !== "file-02"));
    assertMatch(result.stdout, /^total: 11 files, 77 bytes, 1 unreadable$/m);
  }));

Deno.test("digest.ts reports a folder and goes on when it can't be listed", () =>
  withTree({ "a": "", "b/c": "", "d": "" }, async (root) => {
    const result = await runExample("digest.ts", ["--allow-read", `--deny-read=${root}/b`], [root]);
    assertEquals(result.code, 1);
    assertMatch(result.stderr, /^unreadable: 2 {2}b\/ {2}NotCapable: .*\n$/);
    assertEquals(pathsOf(result.stdout), ["a", "d"]);
  }));

Deno.test("digest.ts prints its usage when it is asked for help", async () => {
  const { code, stdout, stderr } = await digest("--help");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, /^Usage: deno run --allow-read digest.ts/);
});

const misuses: Record<string, [string[], RegExp]> = {
  "an option is unknown": [["--fast"], /Unknown option '--fast'/],
  "there are two folders": [["a", "b"], /Cannot digest more than one folder/],
  "the folder does not exist": [["/does/not/exist"], /NotFound/],
  "the folder is a file": [[examplePath("digest.ts")], /NotADirectory/],
};

for (const [when, [args, message]] of Object.entries(misuses)) {
  Deno.test(`digest.ts exits with 2 when ${when}`, async () => {
    const { code, stdout, stderr } = await digest(...args);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, message);
    assertMatch(stderr, /Try --help\n$/);
  });
}

Deno.test({
  name: "digest.ts shows a progress bar and clears it when it has a terminal",
  ignore: !hasTerminal,
  fn: () =>
    withTree(small(3), async (root) => {
      const args = exampleArgs("digest.ts", ["--allow-read"], [root]);
      const command = [Deno.execPath(), ...args].map((arg) => `'${arg}'`).join(" ");
      const { stdout } = await run("/usr/bin/script", ["-qec", command, "/dev/null"]);
      const [before, bar, ...after] = stdout.split("\r\x1b[K");
      assertEquals(before, "");
      assertMatch(bar, /^\[[# ]{30}\] \d\/3 files, 0\.0 MB$/);
      assertEquals(pathsOf(after.at(-1)!.replaceAll("\r", "")), Object.keys(small(3)));
    }),
});

/** Starts `digest.ts --verbose`, sends SIGINT once stderr contains `cue`, and waits for the end. */
async function interrupt(root: string, cue: string): Promise<Result> {
  const args = exampleArgs("digest.ts", ["--allow-read"], ["--verbose", root]);
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
  const lastResort = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const stdout = new Response(child.stdout).text();
  let stderr = "";
  let isInterrupted = false;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (isInterrupted || !stderr.includes(cue)) continue;
    child.kill("SIGINT");
    isInterrupted = true;
  }
  const { code } = await child.status;
  clearTimeout(lastResort);
  return { code, stdout: await stdout, stderr };
}

Deno.test({
  name: "digest.ts closes its files and says what is left when it is interrupted",
  ignore: isWindows,
  fn: () =>
    withTree({ "a": "done", ...small(11) }, async (root) => {
      // Sparse: no space on the disk, but minutes of work.
      for (const name of Object.keys(small(11))) await Deno.truncate(`${root}/${name}`, 2 ** 36);
      const { code, stdout, stderr } = await interrupt(root, "[9] open");
      assertEquals(code, 130);
      assertEquals(pathsOf(stdout), ["a"]);
      assertStringIncludes(stdout, "total: 1 files, 4 bytes, 0 unreadable\n");
      assertEquals(idsOf(stderr, /^open/), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assertEquals(idsOf(stderr, /^closed$/), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const left = Array.from({ length: 10 }, (_, index) =>
        `left: ${index + 2}  ${Object.keys(small(11))[index]}`);
      assert(stderr.endsWith(["interrupted, left: 11 of 12 files", ...left, "left: 1 more", ""].join("\n")));
    }),
});
