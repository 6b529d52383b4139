/**
 * What is being written, case by case, so that looking something up or a colleague's change loses no text. It lives in this
 * document's memory and is wiped with the keys.
 */

import { field, part } from "./dom";

const FIELDS = ["reply", "reply-language", "note"] as const;
const BOXES = ["reply-box", "note-box", "decline-box", "close-box"] as const;

interface Draft {
  readonly fields: ReadonlyMap<string, string>;
  readonly open: readonly string[];
}

/** The drafts of one open desk. */
export class Drafts {
  readonly #drafts = new Map<string, Draft>();

  /** Remember what stands in a case's forms. */
  keep(caseId: string, screen: ParentNode): void {
    const open = BOXES.filter((box) => (part(screen, box) as HTMLDetailsElement).open);
    this.#drafts.set(caseId, { fields: new Map(FIELDS.map((name) => [name, field(screen, name).value])), open });
  }

  /** Put it back into the case's forms. */
  restore(caseId: string, screen: ParentNode): void {
    const draft = this.#drafts.get(caseId);
    if (draft === undefined) return;
    for (const [name, value] of draft.fields) {
      field(screen, name).value = value;
      field(screen, name).dispatchEvent(new Event("input"));
    }
    for (const box of draft.open) (part(screen, box) as HTMLDetailsElement).open = true;
  }

  /** Forget a case's: it was sent. */
  drop(caseId: string): void {
    this.#drafts.delete(caseId);
  }

  /** Forget all: the desk locks. */
  wipe(): void {
    this.#drafts.clear();
  }

  /** Say whether text would be lost. */
  hold(): boolean {
    return [...this.#drafts.values()].some(({ fields }) => Boolean(fields.get("reply") || fields.get("note")));
  }
}
