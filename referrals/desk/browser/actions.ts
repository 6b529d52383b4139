/** What a caseworker does with an open case. Each changes it at the server and is told there under its own name. */

import { post } from "./api";
import { allows, type OpenCase } from "./casefile";
import { type Draft, type SealedDraft, sealNote, sealReply } from "./compose";
import { field, form, part } from "./dom";
import { isFault } from "./faults";
import { onPress, onSubmit, sendByKey } from "./forms";
import type { KeyRing } from "./keys";
import { NOTE, REPLY } from "./messages";
import type { Shortcuts } from "./shortcuts";
import type { SealedMessage } from "./shapes";
import { isTextCase, PhoneReply } from "./texting";

export type Did = "acknowledge" | "accept" | "reply" | "text" | "note" | "decline" | "close";

export interface CaseHooks {
  /** A change was kept. */
  readonly did: (name: Did) => Promise<void>;
  /** A change failed; the screen says so already. */
  readonly failed: (error: unknown) => void;
}

/** Binds the buttons and forms of a case's screen. */
export class CaseActions {
  readonly #caseId: string;
  readonly #sealed: readonly SealedMessage[];
  readonly #phone: PhoneReply | null;

  /** `organizations` are the names that no text to a phone should hold. */
  constructor(
    private readonly screen: HTMLElement,
    private readonly file: OpenCase,
    private readonly keys: KeyRing,
    private readonly unsent: UnsentMessages,
    private readonly hooks: CaseHooks,
    organizations: readonly string[],
  ) {
    this.#phone = isTextCase(file.row) ? new PhoneReply(screen, organizations) : null;
    this.#caseId = file.row.case;
    this.#sealed = file.shown.map(({ sealed }) => sealed);
    for (const name of ["acknowledge", "accept"] as const) {
      onPress(screen, part(screen, name), () => this.#change(name), { onFault: hooks.failed });
    }
    for (const name of ["decline", "close"] as const) {
      const asking = form(screen, `${name}-form`);
      const reason = (): string => String(new FormData(asking).get(name) ?? "");
      onSubmit(screen, asking, () => this.#change(name, { reason: reason() }), { onFault: hooks.failed });
    }
    this.#writing("reply", () => this.#reply());
    this.#writing("note", () => this.#note());
  }

  /** Single letters for what is possible now. */
  shortcuts(): Shortcuts {
    const press = (name: "acknowledge" | "accept"): (() => void) => {
      return () => allows(this.file, name) && part(this.screen, name).click();
    };
    const open = (name: "reply" | "note" | "decline" | "close"): (() => void) => () => this.#open(name);
    return { a: press("acknowledge"), t: press("accept"), r: open("reply"), n: open("note"), d: open("decline"), c: open("close") };
  }

  async #change(name: Did, body: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await post(`cases/${this.#caseId}/${name}`, body);
    await this.hooks.did(name);
  }

  #writing(name: "reply" | "note", send: () => Promise<void>): void {
    const writing = form(this.screen, `${name}-form`);
    onSubmit(this.screen, writing, send, { onFault: this.hooks.failed });
    sendByKey(writing);
  }

  async #reply(): Promise<void> {
    const { mailbox } = this.file;
    if (mailbox === null || this.#phone?.mayLeave() === false) return;
    const language = field(this.screen, "reply-language").value;
    await this.#send("reply", REPLY, language, (draft) => sealReply(draft, this.keys, mailbox));
  }

  async #note(): Promise<void> {
    await this.#send("note", NOTE, document.documentElement.lang, (draft) => sealNote(draft, this.keys));
  }

  async #send(
    name: "reply" | "note",
    type: typeof REPLY | typeof NOTE,
    language: string,
    seal: (draft: Draft) => Promise<SealedDraft>,
  ): Promise<void> {
    const text = field(this.screen, name).value.trim();
    if (text === "") {
      field(this.screen, name).focus();
      return;
    }
    const draft: Draft = { caseId: this.#caseId, text, language, messages: this.#sealed };
    const place = this.#sealed.filter((message) => message.type === type).length;
    const sealed = await this.unsent.sealOnce(`${name} ${this.#caseId} ${place} ${language} ${text}`, () => seal(draft));
    try {
      await post(`cases/${this.#caseId}/${name === "reply" ? "replies" : "notes"}`, { envelope: sealed.envelope });
    } catch (error) {
      // The first try arrived and only its answer was lost.
      if (!isFault(error, "message_already_kept")) throw error;
    }
    this.unsent.wipe();
    field(this.screen, name).value = "";
    (part(this.screen, `${name}-box`) as HTMLDetailsElement).open = false;
    await this.hooks.did(name === "reply" && this.#phone !== null ? "text" : name);
  }

  #open(name: "reply" | "note" | "decline" | "close"): void {
    const box = part(this.screen, `${name}-box`) as HTMLDetailsElement;
    if (box.hidden) return;
    box.open = true;
    box.scrollIntoView({ block: "nearest" });
    box.querySelector<HTMLElement>("textarea, input")?.focus();
  }
}

/** Keeps the last message that was sealed until the server has it, so that trying again sends the same bytes. */
export class UnsentMessages {
  #last: { readonly draft: string; readonly sealed: SealedDraft } | null = null;

  /** Seal a draft, or give what was sealed of the very same one before. */
  async sealOnce(draft: string, seal: () => Promise<SealedDraft>): Promise<SealedDraft> {
    if (this.#last?.draft !== draft) this.#last = { draft, sealed: await seal() };
    return this.#last.sealed;
  }

  /** Forget it: it was kept, or the desk locks. */
  wipe(): void {
    this.#last = null;
  }
}
