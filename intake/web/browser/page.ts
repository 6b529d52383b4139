/** What every page for workers does where scripts run: the fast way out, and nothing left for whoever presses Back. */

import { blank, countEntries, emptyForms, leave, onThreeShifts } from "./leaving";
import { cameBackUnsent, isSending, watchForms } from "./sending";

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

watchForms();
addEventListener("pagehide", () => {
  if (!isSending()) emptyForms();
});
addEventListener("pageshow", (event) => {
  if (!event.persisted || cameBackUnsent()) return;
  blank();
  location.reload();
});
