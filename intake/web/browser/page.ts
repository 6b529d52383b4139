/** What every page for workers does where scripts run: the fast way out, and nothing left for whoever presses Back. */

import { blank, cameFrom, countEntries, emptyForms, leave, onThreeShifts } from "./leaving";

const link = document.querySelector<HTMLAnchorElement>("a.exit");
const hint = document.getElementById("keys");

countEntries();
if (link !== null) {
  const go = () => leave(link.dataset["to"] ?? link.href, link.href);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go();
  });
  onThreeShifts(go);
}
// True only where scripts run, so it is said only here.
if (hint !== null) hint.hidden = false;

/** The page that says why a form was not sent tells its worker to press Back and to send again: only then the words stay. */
const NOT_SENT = "/note/";
let sending = false;
addEventListener("submit", (event) => {
  sending = !event.defaultPrevented && cameFrom() !== undefined;
});
addEventListener("pagehide", () => {
  if (!sending) emptyForms();
});
addEventListener("pageshow", (event) => {
  if (!event.persisted || (sending && cameFrom()?.includes(NOT_SENT))) return;
  blank();
  location.reload();
});
