/** What a job knows of its pool. */
import type { Work } from "./work.ts";

/** Who gives jobs to threads. */
export interface Home {
  /** What time it is, about. */
  now(): number;
  /** Whatever waits to be sent is sent. */
  flush(): void;
  /** The job is not to be done; whether it had not been sent or, if that counts, not begun. */
  withdraw(work: Work, isSentToo: boolean): boolean;
  /** The thread that is at it is to be ended; whether there is one. */
  kill(work: Work, why: string): boolean;
  /** Somebody has begun to care what the job comes to, or nobody does any more. */
  review(work: Work): void;
  /** It has ended, and nobody was told yet. */
  leaving(work: Work): void;
  /** It has ended, and everybody was told. */
  left(): void;
}
