/**
 * A small harness for comparisons on noisy machines: the cases of a group take turns, round by round, and each
 * case's figure is the median of its rounds, given as nanoseconds per operation and as a ratio to the first.
 */

/** One thing to measure. */
export interface Case {
  name: string;
  /** Does `count` operations. */
  run(count: number): void | Promise<void>;
  /** Operations a round; less than the group's for what is much slower. */
  count?: number;
  /** The most that its ratio to the first case of the group may be. */
  goal?: number;
}

/** Measures the cases of a group and prints a line each. */
export async function group(title: string, count: number, cases: Case[], rounds = 31): Promise<number[]> {
  const times = cases.map(() => [] as number[]);
  for (let round = -3; round < rounds; round++) {
    for (const [index, { run, count: own = count }] of cases.entries()) {
      const start = performance.now();
      await run(own);
      const elapsed = performance.now() - start;
      if (round >= 0) times[index].push(elapsed * 1e6 / own);
    }
  }
  const medians = times.map(median);
  console.log(`\n${title}`);
  for (const [index, { name, goal }] of cases.entries()) {
    const ratio = medians[index] / medians[0];
    console.log(`  ${name.padEnd(48)}${medians[index].toFixed(1).padStart(10)} ns${verdict(ratio, goal)}`);
  }
  return medians;
}

/** The ratio, and whether it reaches the goal. */
export function verdict(ratio: number, goal?: number): string {
  const text = ratio.toFixed(2).padStart(9);
  if (goal === undefined) return text;
  return `${text}  goal ${goal} ${ratio <= goal ? "reached" : "MISSED"}`;
}

/** The median of `values`. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
