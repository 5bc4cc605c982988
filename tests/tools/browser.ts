/** A real browser without a network, that is shown a page and waits for what the page posts. */

const TIMEOUT = 60_000;

/** Nothing but the loopback interface is reached: everything else goes to a proxy that isn't there. */
const NO_PROXY = "127.0.0.1:9";

const CHROMIUM = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--proxy-server=http://${NO_PROXY}`,
];

const FIREFOX: Record<string, boolean | number | string> = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.proxy.http": NO_PROXY.split(":")[0],
  "network.proxy.http_port": Number(NO_PROXY.split(":")[1]),
  "network.proxy.ssl": NO_PROXY.split(":")[0],
  "network.proxy.ssl_port": Number(NO_PROXY.split(":")[1]),
  "network.proxy.type": 1,
  "toolkit.telemetry.enabled": false,
};

/** Files named `.ts` are served transpiled: browsers go by the type, not by the name. */
const TYPES: Record<string, string> = {
  "": "text/html",
  html: "text/html",
  js: "text/javascript",
  ts: "text/javascript",
};

/** How Chromium is started without a network. */
export function chromiumArgs(profile: string): string[] {
  return [...CHROMIUM, `--user-data-dir=${profile}`];
}

/** Serves `files` on the loopback interface, each isolated from other origins; `onReport` hears what they post. */
export function serve(
  files: Record<string, string>,
  onReport: (body: string) => void = () => {},
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") {
      onReport(await request.text());
      return new Response(null, { status: 204 });
    }
    const file = files[pathname];
    if (file === undefined) return new Response(null, { status: 404 });
    return new Response(file, {
      headers: {
        "content-type": TYPES[/(?:\.(\w+))?$/.exec(pathname)![1] ?? ""],
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      },
    });
  });
}

/** Shows a browser the page `/` of `files`, and resolves to the JSON that it posts. */
export async function inBrowser<R>(program: string, files: Record<string, string>): Promise<R> {
  const posted = Promise.withResolvers<string>();
  const profile = await Deno.makeTempDir({ prefix: "everywhere-" });
  const server = serve(files, posted.resolve);
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const child = new Deno.Command(program, {
    args: [...await argsOf(program, profile), url],
    env: { HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => posted.reject(new Error(`nothing was reported in ${TIMEOUT} ms`)), TIMEOUT);
  const ended = child.status.then(({ code }) => posted.reject(new Error(`it ended with exit code ${code}`)));
  try {
    return JSON.parse(await posted.promise);
  } finally {
    clearTimeout(timer);
    try {
      child.kill();
    } catch {
      // it has ended
    }
    await ended;
    await server.shutdown();
    await removeSoon(profile);
  }
}

async function argsOf(program: string, profile: string): Promise<string[]> {
  if (!program.includes("firefox")) return chromiumArgs(profile);
  const lines = Object.entries(FIREFOX).map(([name, value]) =>
    `user_pref("${name}", ${JSON.stringify(value)});\n`
  );
  await Deno.writeTextFile(`${profile}/user.js`, lines.join(""));
  return ["--headless", "--no-remote", "--profile", profile];
}

/** Removes a folder in which a browser's children may still be writing. */
export async function removeSoon(folder: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
