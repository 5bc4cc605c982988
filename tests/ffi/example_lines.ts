/** What `executor.ts` prints, whatever its queue is written in. */
export const EXECUTOR_LINES: string[] = [
  "red: 1 of 3",
  "blue: 1 of 2",
  "red: 2 of 3",
  "blue: 2 of 2",
  "red: 3 of 3",
  "red is done",
  "blue is done",
  "green has slept",
  "black has panicked: Error: boom",
];
