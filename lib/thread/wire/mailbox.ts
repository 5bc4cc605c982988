/**
 * How messages go through a port, such that one that can't be posted, or read, takes nothing else with it.
 *
 * A letter is a *head*, flat and plain, that can be posted and read for sure, and *loose* values, each in a
 * message of its own right behind it.
 */
import { decode, type Encoded, encodeJson } from "./codec.ts";
import { post, receive, Unreadable, unwrap } from "./port.ts";

/** A value that is posted by itself. */
export interface Loose {
  readonly value: unknown;
  readonly transfer: Transferable[];
}

/** A loose value as it has come: or why it hasn't. */
export type Arrived = { readonly value: unknown } | { readonly error: unknown; readonly isUnread: boolean };

/** What has come. The first element of the head is what it is, one of `messages.ts`. */
export interface Letter {
  readonly head: readonly unknown[];
  readonly loose: Arrived[];
}

/** One end of a port. */
export class Mailbox {
  readonly port: MessagePort;
  /** The letter of which not all has come. */
  #partial: Letter | undefined;
  #missing = 0;

  constructor(port: MessagePort) {
    this.port = port;
  }

  /**
   * Posts a letter. A loose value that can't be posted is an error for whoever reads it, too.
   *
   * @returns What each could not be posted for; nothing if all could.
   */
  post(head: unknown[], loose: readonly Loose[]): Map<Loose, unknown> | undefined {
    head.push(loose.length);
    post(this.port, head, []);
    let failed: Map<Loose, unknown> | undefined;
    for (const one of loose) {
      try {
        post(this.port, { value: one.value }, one.transfer);
      } catch (error) {
        (failed ??= new Map()).set(one, error);
        post(this.port, { error: encodeJson(error) }, []);
      }
    }
    return failed;
  }

  /** The next letter, without waiting for the event loop; `undefined` if there is none, or not all of it. */
  receive(): Letter | undefined {
    for (let message; (message = receive(this.port)) !== undefined;) {
      const letter = this.#take(message);
      if (letter !== undefined) return letter;
    }
  }

  /** Has `fn` told of every letter by the event loop. */
  listen(fn: (letter: Letter) => void): void {
    const take = (message: unknown): void => {
      const letter = this.#take(message);
      if (letter !== undefined) fn(letter);
    };
    this.port.onmessage = ({ data }) => take(unwrap(data));
    this.port.onmessageerror = () =>
      take(new Unreadable(new DOMException("can't be read", "DataCloneError")));
  }

  #take(message: unknown): Letter | undefined {
    if (this.#partial === undefined) {
      const head = message as unknown[];
      this.#missing = head.pop() as number;
      this.#partial = { head, loose: [] };
    } else {
      this.#partial.loose.push(arrived(message));
      this.#missing--;
    }
    if (this.#missing > 0) return undefined;
    const letter = this.#partial;
    this.#partial = undefined;
    return letter;
  }
}

function arrived(message: unknown): Arrived {
  if (message instanceof Unreadable) return { error: message.error, isUnread: true };
  const { error, value } = message as { error?: Encoded; value?: unknown };
  return error === undefined ? { value } : { error: decode(error), isUnread: false };
}
