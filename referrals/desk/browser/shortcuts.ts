/** Keyboard shortcuts: single letters that can be turned off (WCAG 2.1.4), and Alt+L, which locks from anywhere. */

export type Shortcuts = Readonly<Record<string, () => void>>;

const STORED = "leeward-desk-shortcuts";

/** Say whether single letters work; they do unless they were turned off on this computer. */
export function lettersOn(): boolean {
  return window.localStorage.getItem(STORED) !== "off";
}

/** Turn single letters on or off. */
export function setLetters(on: boolean): void {
  window.localStorage.setItem(STORED, on ? "on" : "off");
}

/** Listen for shortcuts. `current` gives those of the screen that is shown. */
export function listen(current: () => Shortcuts, lock: () => void): void {
  document.addEventListener("keydown", (event) => {
    if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyL") {
      event.preventDefault();
      lock();
      return;
    }
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    if (!lettersOn() || isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
    const action = current()[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
