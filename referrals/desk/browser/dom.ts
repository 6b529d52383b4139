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
export function replaceScreen(main: HTMLElement, screen: DocumentFragment, { focus = true } = {}): void {
  main.replaceChildren(screen);
  const heading = main.querySelector("h1, h2");
  if (focus && heading instanceof HTMLElement) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}
