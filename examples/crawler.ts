/**
 * A walk over a web site, which the example serves itself: at most 3 pages at a time, each with a timeout and
 * retries, and with its path as the tag that every line of the log begins with.
 *
 *     deno run --allow-net=127.0.0.1 examples/crawler.ts
 *
 * @module
 */
import { LocalExecutor } from "../lib/executor/mod.ts";
import { Scope } from "../lib/scope/mod.ts";
import { sleep, timeout } from "../lib/time/mod.ts";
import { currentTag } from "../mod.ts";

const TIMEOUT_MS = 100;
const TRIES = 3;

/** The pages, and where they link to. */
const site: Record<string, string[]> = {
  "/": ["/a", "/b", "/slow"],
  "/a": ["/", "/a/1", "/flaky"],
  "/b": ["/a/1", "/gone"],
  "/a/1": [],
  "/slow": ["/b"],
  "/flaky": ["/a"],
};
/** How often a page was asked for. */
const hits = new Map<string, number>();

const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
  const { pathname } = new URL(request.url);
  const hit = (hits.get(pathname) ?? 0) + 1;
  hits.set(pathname, hit);
  if (pathname === "/slow" && hit === 1) await sleep(2 * TIMEOUT_MS);
  if (pathname === "/flaky" && hit < 3) return new Response("try again", { status: 503 });
  const links = site[pathname];
  return links === undefined ? new Response("not found", { status: 404 }) : Response.json(links);
});
const origin = `http://127.0.0.1:${server.addr.port}`;

const log: string[] = [];
/** Nobody hands the path down to here: the running task knows it. */
const note = (text: string): void => void log.push(`${currentTag<string>()!.padEnd(6)} ${text}`);

async function get(path: string, signal: AbortSignal): Promise<string[] | undefined> {
  const request = fetch(origin + path, { signal });
  const response = await timeout(request, TIMEOUT_MS, { signal });
  const body = await response.text();
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${response.status} ${body}`);
  return JSON.parse(body);
}

async function visit(path: string, signal: AbortSignal): Promise<string[]> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      const links = await get(path, signal);
      note(links === undefined ? "is not there" : `links to ${links.length}`);
      return links ?? [];
    } catch (error) {
      signal.throwIfAborted();
      note(`${(error as Error).name === "TimeoutError" ? "took too long" : (error as Error).message}`);
      await sleep(attempt, { signal });
    }
  }
  return [];
}

const seen = new Set<string>();
const scope = new Scope(new LocalExecutor(), { concurrency: 3 });
function follow(path: string): void {
  if (seen.has(path)) return;
  seen.add(path);
  scope.spawn(async ({ signal }) => (await visit(path, signal)).forEach(follow), path);
}
follow("/");
await scope.close();
await server.shutdown();
for (const line of log.sort()) console.log(line);
console.log(`${seen.size} pages`);
