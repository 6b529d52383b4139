/**
 * Builds the desk out of the page's <template> elements. What was decrypted enters the page through textContent only;
 * nothing here, or anywhere at the desk, parses markup.
 */

/** Copy the <template id="t-NAME"> of the page. */
export function clone(name: string): DocumentFragment {
  const template = document.getElementById(`t-${name}`);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`no template ${name}`);
  return document.importNode(template.content, true);
}

/** Copy the <template id="t-NAME"> whose content is one element. */
export function cloneElement(name: string): HTMLElement {
  const element = clone(name).firstElementChild;
  if (!(element instanceof HTMLElement)) throw new Error(`template ${name} holds no element`);
  return element;
}

/** Find the element that a template marks as data-part=NAME. */
export function part(root: ParentNode, name: string): HTMLElement {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!(found instanceof HTMLElement)) throw new Error(`no part ${name}`);
  return found;
}

/** Find a part that is an <input>, <select> or <textarea>. */
export function field(root: ParentNode, name: string): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  const found = part(root, name);
  if (
    found instanceof HTMLInputElement ||
    found instanceof HTMLSelectElement ||
    found instanceof HTMLTextAreaElement
  ) {
    return found;
  }
  throw new Error(`part ${name} is no field`);
}

/** Find a part that is a <form>. */
export function form(root: ParentNode, name: string): HTMLFormElement {
  const found = part(root, name);
  if (!(found instanceof HTMLFormElement)) throw new Error(`part ${name} is no form`);
  return found;
}

/** Write text into a part; a part without text is hidden. */
export function fill(root: ParentNode, name: string, text: string): HTMLElement {
  const found = part(root, name);
  found.textContent = text;
  found.hidden = text === "";
  return found;
}

/** Put a screen in the place of another and move the focus to its heading, so that a screen reader says where it is. */
export function replaceScreen(main: HTMLElement, screen: HTMLElement, { focus = true } = {}): void {
  main.replaceChildren(screen);
  const heading = main.querySelector("h1, h2");
  if (focus && heading instanceof HTMLElement) {
    focusOn(heading);
    window.scrollTo(0, 0);
  }
}

/** Move the focus to something that is read and not typed into. */
export function focusOn(target: HTMLElement): void {
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** Say something to a screen reader without moving the focus. */
export function announce(text: string): void {
  const status = document.getElementById("announce");
  if (status !== null) status.textContent = text;
}
