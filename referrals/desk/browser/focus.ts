/** Keeps the focus where a person has it when the page under it is built anew, and moves it from line to line. */

/** Remember what has the focus inside an element; `restore` finds its like again. */
export function remember(main: HTMLElement): { restore(): void } {
  const active = document.activeElement;
  const selector = active instanceof HTMLElement && main.contains(active) ? selectorOf(active) : null;
  const caret = active instanceof HTMLTextAreaElement ? [active.selectionStart, active.selectionEnd] as const : null;
  return {
    restore() {
      const found = selector === null ? null : main.querySelector<HTMLElement>(selector);
      if (found === null || found.hidden) return;
      found.focus({ preventScroll: true });
      if (caret !== null && found instanceof HTMLTextAreaElement) found.setSelectionRange(...caret);
    },
  };
}

/** Move the focus to the next or the previous of the elements that a selector finds. */
export function step(root: ParentNode, selector: string, by: 1 | -1): void {
  const all = [...root.querySelectorAll<HTMLElement>(selector)];
  const at = all.findIndex((element) => element === document.activeElement);
  const next = at === -1 ? (by === 1 ? 0 : all.length - 1) : at + by;
  all[next]?.focus();
}

function selectorOf(element: HTMLElement): string | null {
  if (element.id !== "") return `#${CSS.escape(element.id)}`;
  for (const name of ["href", "data-message", "data-part", "value"]) {
    const value = element.getAttribute(name);
    if (value !== null) return `[${name}="${CSS.escape(value)}"]`;
  }
  return null;
}
