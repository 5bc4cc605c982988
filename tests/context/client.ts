/** Makes 200 requests at once, twice, and prints what comes of them: `client.ts <port>`. */
import type { Answer } from "./requests.ts";

const url = `http://127.0.0.1:${Deno.args[0]}/`;

async function request(): Promise<Answer> {
  const response = await fetch(url);
  return await response.json();
}

const answers: Answer[] = [];
for (let round = 0; round < 2; round++) {
  answers.push(...await Promise.all(Array.from({ length: 200 }, request)));
}
const looks = answers.reduce((sum, { looks }) => sum + looks, 0);
const wrong = answers.flatMap(({ wrong }) => wrong);
console.log(
  JSON.stringify({ requests: answers.length, looks, wrong: wrong.length, first: wrong.slice(0, 5) }),
);
