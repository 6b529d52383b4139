/** Runs what a form asks for: once at a time, with a word while it takes long, and with words where it fails. */

import { fill, part } from "./dom";
import { faultWords } from "./faults";

export interface Asked {
  /** What is said while it runs. */
  readonly busy?: string;
  /** What else is done when it failed, besides saying so. */
  readonly onFault?: (error: unknown) => void;
}

/** Run a task at each submission of a form whose screen has the parts `fault` and, with `busy` words, `busy`. */
export function onSubmit(screen: HTMLElement, form: HTMLFormElement, task: () => Promise<void>, asked: Asked = {}): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(screen, form, task, asked);
  });
}

/** Run a task at each press of a button, in the same way. */
export function onPress(screen: HTMLElement, button: HTMLElement, task: () => Promise<void>, asked: Asked = {}): void {
  button.addEventListener("click", () => void once(screen, button, task, asked));
}

/** Send a form with Ctrl+Enter (or Cmd+Enter) from inside its text. */
export function sendByKey(form: HTMLFormElement): void {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/** Let a checkbox show what is typed into a field for passphrases. */
export function reveal(box: HTMLElement, secret: HTMLElement): void {
  if (!(box instanceof HTMLInputElement && secret instanceof HTMLInputElement)) return;
  box.addEventListener("change", () => {
    secret.type = box.checked ? "text" : "password";
  });
}

async function once(screen: HTMLElement, asking: HTMLElement, task: () => Promise<void>, asked: Asked): Promise<void> {
  if (asking.ariaBusy === "true") return;
  // Not `disabled`, which would take the focus away from who pressed it.
  asking.ariaBusy = "true";
  fill(screen, "fault", "");
  if (asked.busy !== undefined) part(screen, "busy").textContent = asked.busy;
  try {
    await task();
  } catch (error) {
    fill(screen, "fault", faultWords(error));
    asked.onFault?.(error);
  } finally {
    asking.ariaBusy = "false";
    if (asked.busy !== undefined) part(screen, "busy").textContent = "";
  }
}
