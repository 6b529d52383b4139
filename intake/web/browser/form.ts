/**
 * The form where scripts run: Enter goes on to the next question, and an older browser steps too.
 */

import "./page";

const form = document.querySelector<HTMLFormElement>("form");

form?.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || field.type !== "text") return;
  event.preventDefault();
  field.closest(".s")?.querySelector<HTMLAnchorElement>("a.go")?.click();
});

/** Show the question that the address names, or all of them: what the style does by itself where `:has()` is known. */
function step(steps: HTMLElement): void {
  const target = document.getElementById(location.hash.slice(1));
  const whole = target?.id === "all";
  const here = target?.closest(".s") ?? null;
  steps.querySelectorAll<HTMLElement>(".s").forEach((section, number) => {
    section.hidden = whole || here === null ? (number === 0) === whole : section !== here;
  });
  steps.classList.toggle("one", !whole);
  target?.focus();
}

if (form?.className === "steps" && !CSS.supports("selector(:has(a))")) {
  const steps = form;
  step(steps);
  addEventListener("hashchange", () => step(steps));
}
