/** The modules of `lib`, by their paths in the repository. */
const root = new URL("../../", import.meta.url);

/** `lib/channel/mod.ts`, and so on. */
export function libFiles(folder = "lib"): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, root))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return libFiles(path);
    return name.endsWith(".ts") ? [path] : [];
  });
}
