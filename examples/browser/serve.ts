/**
 * Serves this page, and the package as one file of JavaScript beside it.
 *
 *     deno run --allow-net --allow-read --allow-run examples/browser/serve.ts
 *
 * @module
 */
const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** The files by name. */
export async function files(): Promise<Record<string, string>> {
  const mod = new URL("../../mod.ts", import.meta.url).pathname;
  const args = ["bundle", "--quiet", "--platform=browser", "--minify", mod];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const read = (name: string): Promise<string> => Deno.readTextFile(new URL(name, import.meta.url));
  return {
    "index.html": await read("index.html"),
    "page.js": await read("page.js"),
    "async-task.js": new TextDecoder().decode(stdout),
  };
}

if (import.meta.main) {
  const served = await files();
  Deno.serve({ hostname: "127.0.0.1", port: 8000 }, (request) => {
    const name = new URL(request.url).pathname.slice(1) || "index.html";
    if (!Object.hasOwn(served, name)) return new Response(null, { status: 404 });
    return new Response(served[name], { headers: { "content-type": TYPES[name.split(".").pop()!] } });
  });
}
