/**
 * A form on its way. Where it did not arrive, its words are there again at Back, and only then: whoever comes back from
 * any other page finds an empty form.
 */

import { cameFrom } from "./leaving";

/** The page that says why a form was not sent tells its worker to press Back and to send again. */
const NOT_SENT = "/note/";

const offline = document.getElementById("offline");
const sending = document.getElementById("sending");

/** Where the last such form went; "" where none did, or where this browser can't tell which page is left for this one. */
let sentTo = "";

function show(element: HTMLElement | null, shown: boolean): void {
  if (element !== null) element.hidden = !shown;
}

/** Say beside its button what becomes of a form that holds words, and note where one goes that somebody wrote in. */
export function watchForms(): void {
  addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.contains(offline)) {
      if (!navigator.onLine) event.preventDefault();
      show(offline, !navigator.onLine);
      show(sending, navigator.onLine);
    }
    const isWritten = form.querySelector("textarea, [type=text]") !== null;
    if (event.defaultPrevented || !isWritten || cameFrom() === undefined) return;
    // No page of ours has this address. The browser's own has it when the line fails, and does not take this page's place.
    if (!form.action.endsWith("?")) form.action += "?";
    sentTo = form.action;
  });
  addEventListener("online", () => show(offline, false));
}

/** Say whether a form is being sent, so that its words may be needed once more. */
export function isSending(): boolean {
  return sentTo !== "";
}

/** Say whether its worker is back from a form that was not sent. */
export function cameBackUnsent(): boolean {
  const from = cameFrom() ?? "";
  const unsent = isSending() && (from === sentTo || from.includes(NOT_SENT));
  if (unsent) show(sending, false);
  return unsent;
}
