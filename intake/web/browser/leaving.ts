/**
 * Leaving a page in a hurry: it goes blank at once, also without a network, and none of its entries stays in the history of
 * this window. It asks nothing of a server and keeps nothing in the browser.
 */

/** How many entries of this document lie behind the current one: a step of the form, or a jump within a page, adds one. */
let depth = 0;

/** The browser needs a moment for its own history; after this long the neutral page is opened all the same. */
const PATIENCE_MS = 400;
const WINDOW_MS = 5000;
const PRESSES = 3;

/** Count the entries as they are made. Their number lives in the history itself, so that Back and a reload keep it. */
export function countEntries(): void {
  if (typeof history.state === "number") depth = history.state;
  else history.replaceState(0, "");
  addEventListener("hashchange", () => {
    if (typeof history.state !== "number") history.replaceState(depth + 1, "");
    depth = history.state;
  });
}

/** Empty every field of the page, also of a form that came back filled in. A hidden one says if it holds what was told. */
export function emptyForms(): void {
  for (const form of document.forms) {
    form.reset();
    for (const field of form.elements) {
      if (field instanceof HTMLSelectElement) field.selectedIndex = 0;
      else if (field.matches("textarea, [type=text], [data-told]")) (field as HTMLInputElement).value = "";
      else if (field instanceof HTMLInputElement) field.checked = false;
    }
  }
}

/** The part of the Navigation API that TypeScript's library may not know. */
interface Activated {
  readonly navigation?: { readonly activation?: { readonly from?: { readonly url?: string | null } | null } | null };
}

/** Give our page that was left for this one, "" where it was none of ours, undefined where this browser can't tell. */
export function cameFrom(): string | undefined {
  const { navigation } = window as Activated;
  if (navigation === undefined || !("activation" in navigation)) return undefined;
  return navigation.activation?.from?.url ?? "";
}

/** Take everything off the screen. */
export function blank(): void {
  emptyForms();
  document.body.remove();
}

/** Go to `neutral`, an address that tells nothing. `exit` is ours and leads there too: it takes the place of our entries. */
export function leave(neutral: string, exit: string): void {
  blank();
  const go = () => location.replace(neutral);
  if (depth === 0) return go();
  // Back to this document's first entry, a new one over all that came after it, and back again to replace the first.
  const steps = [
    () => {
      history.pushState(0, "", exit);
      history.back();
    },
    go,
  ];
  addEventListener("popstate", () => steps.shift()?.());
  setTimeout(go, PATIENCE_MS);
  history.go(-depth);
}

/** Leave when Shift is pressed three times within five seconds, alone each time: capitals of a name do not count. */
export function onThreeShifts(act: () => void): void {
  let alone = false;
  let pressed: number[] = [];
  addEventListener("keydown", (event) => {
    alone = event.key === "Shift";
    if (!alone) pressed = [];
  });
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    pressed = [...pressed.filter((moment) => event.timeStamp - moment < WINDOW_MS), event.timeStamp];
    if (pressed.length >= PRESSES) act();
  });
}
