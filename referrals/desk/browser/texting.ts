/** What is different about a case that came by text message: others may read its worker's phone, now and later. */

import { counted, word } from "./words";
import { field, fill, focusOn, form, part } from "./dom";
import { FOLLOW_UP, REPORT, type Shown } from "./messages";
import { lengthOf } from "./segments";
import type { Row } from "./shapes";
import { givingAway } from "./wording";

/** Up to so many parts are sent as one message, which every phone puts together. */
const PUT_TOGETHER = 3;

/** Say whether what is written to a case's worker goes to a phone. */
export function isTextCase(row: Row): boolean {
  return row.channel === "sms";
}

/**
 * Say of each of the worker's messages, by its id, which one it is of how many. The number is the one that its author gave it,
 * so that a missing message leaves a gap; one that stays closed follows the one before it.
 */
export function placesOf(shown: readonly Shown[]): ReadonlyMap<string, string> {
  const numbers = new Map<string, number>();
  let last = 0;
  for (const { sealed, document } of shown) {
    if (sealed.type !== REPORT && sealed.type !== FOLLOW_UP) continue;
    last = document === null ? last + 1 : document.seq + 1;
    numbers.set(sealed.id, last);
  }
  const count = String(Math.max(0, ...numbers.values()));
  return new Map([...numbers].map(([id, number]) => [id, word("text.place", { number: String(number), count })]));
}

/** A long message is cut between words, so its texts may be one more than are counted here. */
function countWords(segments: number): string {
  if (segments === 0) return "";
  return segments > PUT_TOGETHER ? word("texts.many", { count: String(segments) }) : counted("texts", segments);
}

/** The form for an answer that goes to a phone: warned before, counted while it is written, looked through before it leaves. */
export class PhoneReply {
  readonly #reply: HTMLElement & { value: string };
  /** The message whose words the person has read about and sends anyway. */
  #accepted = "";

  constructor(
    private readonly screen: HTMLElement,
    private readonly organizations: readonly string[],
  ) {
    this.#reply = field(screen, "reply");
    this.#reply.setAttribute("aria-describedby", "phone-warning reply-count");
    this.#reply.addEventListener("input", () => this.#written());
    part(screen, "send-anyway").addEventListener("click", () => {
      this.#accepted = this.#reply.value;
      form(screen, "reply-form").requestSubmit();
    });
    part(screen, "change-words").addEventListener("click", () => this.#reply.focus());
  }

  /** Say whether the message may leave now; where it may not, show the words that give the worker away. */
  mayLeave(): boolean {
    const found = this.#reply.value === this.#accepted ? [] : givingAway(this.#reply.value, this.organizations);
    fill(this.screen, "words-found", word("words.found", { words: found.join(", ") }));
    part(this.screen, "words").hidden = found.length === 0;
    if (found.length === 0) return true;
    focusOn(part(this.screen, "words"));
    part(this.screen, "words").scrollIntoView({ block: "nearest" });
    return false;
  }

  #written(): void {
    const { segments } = lengthOf(this.#reply.value.trim());
    fill(this.screen, "reply-count", countWords(segments));
    // What was found stood in another message than this one.
    part(this.screen, "words").hidden = true;
  }
}
