/** The form where scripts run: Enter goes on to the next question, and Send says what happens without a network. */

import "./page";

const form = document.querySelector<HTMLFormElement>("form");
const offline = document.getElementById("offline");
const sending = document.getElementById("sending");

function show(element: HTMLElement | null, shown: boolean): void {
  if (element !== null) element.hidden = !shown;
}

form?.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || field.type !== "text") return;
  event.preventDefault();
  field.closest(".s")?.querySelector<HTMLAnchorElement>("a.go")?.click();
});
form?.addEventListener("submit", (event) => {
  if (!navigator.onLine) event.preventDefault();
  show(offline, !navigator.onLine);
  show(sending, navigator.onLine);
});
addEventListener("online", () => show(offline, false));
