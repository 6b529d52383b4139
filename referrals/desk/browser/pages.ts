/**
 * The pages of an open desk: the queue and the cases, as its address names them. Everything here exists only while the desk is
 * open; `wipe` ends it, and what arrives later is dropped.
 */

import type { OpenDesk } from "./account";
import { CaseActions, type Did, UnsentMessages } from "./actions";
import { get, post } from "./api";
import { caseScreen, type OpenCase } from "./casefile";
import { showColleagues } from "./colleagues";
import { announce, cloneElement, fill, focusOn, part, replaceScreen } from "./dom";
import { Drafts } from "./drafts";
import { faultWords, isFault } from "./faults";
import { CaseFiles } from "./files";
import { openMessages, REPORT } from "./messages";
import { type CasePlace, parsePlace, placeHref, type QueuePlace, viewPlace } from "./place";
import { queueScreen, showFiltered } from "./queue";
import { remember, step } from "./focus";
import type { Shortcuts } from "./shortcuts";
import { type CaseAnswer, type QueueAnswer, VIEWS, type WaitingColleague } from "./shapes";
import { word } from "./words";

const REFRESH_EVERY = 60_000;

export interface DeskHooks {
  /** Something was changed here: other tabs look again. */
  readonly changed: () => void;
  /** The session is over. */
  readonly ended: (fault: string) => void;
}

interface Page {
  readonly place: QueuePlace | CasePlace;
  readonly screen: HTMLElement;
  /** What it says, to leave the page alone when nothing has changed. */
  readonly says: string;
  readonly shortcuts: Shortcuts;
  readonly file?: OpenCase;
  readonly files?: CaseFiles;
  /** The list that a queue shows, whatever its filters. */
  readonly list?: QueueAnswer;
}

export class Pages {
  #turn = 0;
  #page: Page | null = null;
  #queuePlace: QueuePlace = viewPlace("new");
  #waiting: readonly WaitingColleague[];
  /** Words for the next page: what was done, or what went wrong on the one before. */
  #done = "";
  #fault = "";
  readonly #title = document.title;
  readonly #drafts = new Drafts();
  readonly #unsent = new UnsentMessages();
  readonly #timer: number;

  constructor(
    private readonly main: HTMLElement,
    private readonly desk: OpenDesk,
    private readonly hooks: DeskHooks,
  ) {
    this.#waiting = desk.waiting;
    this.#timer = window.setInterval(() => {
      if (document.visibilityState === "visible") void this.#show({ moved: false, quiet: true });
    }, REFRESH_EVERY);
  }

  /** Show the page that the address names; the person went there, so the focus goes along. */
  go(): Promise<void> {
    return this.#show({ moved: true });
  }

  /** Look again, and leave the focus and what is being written as they are. */
  refresh(): Promise<void> {
    return this.#show({ moved: false, quiet: true });
  }

  /** Give the keyboard's letters for the page that is shown. */
  shortcuts(): Shortcuts {
    const views = VIEWS.map((view, index): [string, () => void] => {
      return [String(index + 1), () => (location.hash = placeHref(viewPlace(view)))];
    });
    return { ...Object.fromEntries(views), ...this.#page?.shortcuts };
  }

  /** Say whether leaving would lose text. */
  holdsText(): boolean {
    this.#keepDraft();
    return this.#drafts.hold();
  }

  /** Overwrite the keys and take every text off the page. */
  wipe(): void {
    this.#turn += 1;
    window.clearInterval(this.#timer);
    this.desk.keys.wipe();
    this.#drafts.wipe();
    this.#unsent.wipe();
    this.#page?.files?.wipe();
    this.#page = null;
    this.main.replaceChildren();
    document.title = this.#title;
    announce("");
  }

  async #show({ moved, quiet = false }: { moved: boolean; quiet?: boolean }): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const place = parsePlace(location.hash);
    if (moved && this.#filter(place)) return;
    try {
      const page = await (place.screen === "case" ? this.#casePage(place) : this.#queuePage(place));
      if (turn === this.#turn) this.#put(page, moved);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (!(quiet && isFault(error, "offline"))) this.#trouble(error);
    }
  }

  /** Other filters need no other list: say whether that was all that was asked for. */
  #filter(place: Page["place"]): boolean {
    const page = this.#page;
    if (page?.list === undefined || place.screen !== "queue" || !isSameList(page.place, place)) return false;
    const focus = remember(this.main);
    showFiltered(page.screen, place, page.list);
    focus.restore();
    this.#queuePlace = place;
    this.#page = { ...page, place, says: page.screen.textContent ?? "" };
    return true;
  }

  #put(page: Page, went: boolean): void {
    const before = this.#page;
    const samePlace = before !== null && placeHref(before.place) === placeHref(page.place);
    if (!went && samePlace && before.says === page.says && this.#done === "" && this.#fault === "") return;
    this.#keepDraft();
    const focus = remember(this.main);
    before?.files?.wipe();
    this.#page = page;
    if (page.place.screen === "case") this.#drafts.restore(page.place.caseId, page.screen);
    replaceScreen(this.main, page.screen, { focus: went });
    document.title = `${this.main.querySelector("h1")?.textContent ?? ""} · ${this.#title}`;
    if (!went) focus.restore();
    this.#tell(page.screen);
    if (page.file !== undefined) void this.#markRead(page.file);
  }

  /** Say what was done or went wrong, where the person looks next. */
  #tell(screen: HTMLElement): void {
    if (this.#done !== "") focusOn(fill(screen, "done", this.#done));
    if (this.#fault !== "") fill(screen, "fault", this.#fault);
    this.#done = "";
    this.#fault = "";
  }

  #trouble(error: unknown): void {
    if (isFault(error, "signed_out")) {
      this.hooks.ended(faultWords(error));
      return;
    }
    this.#keepDraft();
    this.#page?.files?.wipe();
    this.#page = null;
    const screen = cloneElement("trouble");
    fill(screen, "fault", faultWords(error));
    part(screen, "again").addEventListener("click", () => void this.go());
    (part(screen, "back") as HTMLAnchorElement).href = placeHref(this.#queuePlace);
    replaceScreen(this.main, screen);
  }

  async #queuePage(place: QueuePlace): Promise<Page> {
    const after = place.after === "" ? "" : `&after=${place.after}`;
    const answer = await get<QueueAnswer>(`queue?view=${place.view}${after}`);
    this.#queuePlace = place;
    const screen = queueScreen(place, answer, (wanted) => (location.hash = placeHref(wanted)));
    part(screen, "no-key").hidden = this.desk.keys.current() !== undefined;
    showColleagues(screen, this.#waiting, (person) => this.#handOn(person));
    const links = ".row a";
    const shortcuts = { j: () => step(screen, links, 1), k: () => step(screen, links, -1) };
    return { place, screen, says: screen.textContent ?? "", shortcuts, list: answer };
  }

  async #casePage(place: CasePlace): Promise<Page> {
    const { keys } = this.desk;
    const answer = await get<CaseAnswer>(`cases/${place.caseId}`);
    const shown = await openMessages(answer.messages, keys, place.caseId);
    const report = shown.find(({ sealed }) => sealed.type === REPORT)?.document;
    const file: OpenCase = { row: answer.row, shown, mailbox: report?.mailbox ?? null };
    const screen = caseScreen(file, placeHref(this.#queuePlace), keys.current() !== undefined);
    const hooks = { did: (name: Did) => this.#did(name), failed: (error: unknown) => this.#actionFailed(error) };
    const actions = new CaseActions(screen, file, keys, this.#unsent, hooks, this.desk.organizations);
    const messages = ".message";
    const shortcuts = {
      j: () => step(screen, messages, 1),
      k: () => step(screen, messages, -1),
      u: () => part(screen, "back").click(),
      ...actions.shortcuts(),
    };
    const files = new CaseFiles(screen, file, keys);
    return { place, screen, says: screen.textContent ?? "", shortcuts, file, files };
  }

  async #did(name: Did): Promise<void> {
    this.hooks.changed();
    this.#done = word(`did.${name}`);
    if (name === "decline") location.hash = placeHref(this.#queuePlace);
    else await this.#show({ moved: false });
  }

  #actionFailed(error: unknown): void {
    if (isFault(error, "signed_out")) {
      this.hooks.ended(faultWords(error));
    } else if (isFault(error, "already_", "case_not_found", "case_erased")) {
      this.#fault = faultWords(error);
      void this.#show({ moved: false });
    }
  }

  async #markRead({ row, shown }: OpenCase): Promise<void> {
    if (!row.unread || shown.every(({ document }) => document === null)) return;
    try {
      await post(`cases/${row.case}/read`);
      this.hooks.changed();
    } catch {
      // The mark stays until the case is opened again; what the person reads is not in doubt.
    }
  }

  async #handOn(person: WaitingColleague): Promise<void> {
    const { caseworker, epoch } = person;
    await post("epoch-seeds", { caseworker, epoch, sealed_seed: await this.desk.keys.handOn(person) });
    this.#waiting = this.#waiting.filter((waiting) => waiting !== person);
    this.#done = word("did.hand_on");
    await this.#show({ moved: false });
  }

  #keepDraft(): void {
    const page = this.#page;
    if (page?.place.screen === "case") this.#drafts.keep(page.place.caseId, page.screen);
  }
}

function isSameList(left: Page["place"], right: Page["place"]): boolean {
  return left.screen === "queue" && right.screen === "queue" && left.view === right.view && left.after === right.after;
}
