/** Shows who of one's own organization waits for its key, so that a person who knows them can hand it on. */

import { cloneElement, fill, part } from "./dom";
import { onPress } from "./forms";
import type { WaitingColleague } from "./shapes";
import { counted, word } from "./words";

/** List the colleagues on the queue's screen, each with a button of their own: who is not expected is left waiting. */
export function showColleagues(
  screen: HTMLElement,
  waiting: readonly WaitingColleague[],
  handOn: (person: WaitingColleague) => Promise<void>,
): void {
  part(screen, "colleagues").hidden = waiting.length === 0;
  fill(screen, "colleagues-text", counted("colleagues", waiting.length));
  for (const person of waiting) {
    const line = cloneElement("colleague");
    fill(line, "who", word("colleague", { email: person.email, key: person.kid }));
    const button = part(line, "hand-on");
    button.setAttribute("aria-label", `${button.textContent} ${person.email}`);
    onPress(screen, button, () => handOn(person));
    part(screen, "colleagues-list").append(line);
  }
}
