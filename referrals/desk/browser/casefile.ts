/** The screen of one case: what the queue says about it, what was told, and what its organization may do now. */

import { cloneElement, field, fill, part } from "./dom";
import { BY_TEXT, REPORT, type Shown } from "./messages";
import { areaFits, areaOf, code, type Told, urgencyOf } from "./recheck";
import { askedWords, caseCode, channelWords, holderWords, showUrgency } from "./queue";
import type { Row } from "./shapes";
import { isTextCase, placesOf } from "./texting";
import { answersTo, messageElement } from "./thread";
import { dayWords, dueWords, hasWord, LANGUAGE_UNKNOWN, languageName, word } from "./words";

/** A case as far as its messages opened. */
export interface OpenCase {
  readonly row: Row;
  readonly shown: readonly Shown[];
  /** The key that answers are sealed for; null where the report did not open or names none. */
  readonly mailbox: Uint8Array | null;
}

/** What an organization may do at each status of its referral; referrals/referral.py has the last word. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  offered: ["acknowledge", "accept", "note", "decline"],
  acknowledged: ["accept", "reply", "note", "decline", "close"],
  accepted: ["reply", "note", "close"],
};

/** Say whether the organization may do this with the case now. */
export function allows({ row }: OpenCase, action: string): boolean {
  return ALLOWED[row.status]?.includes(action) ?? false;
}

/** Build the screen of a case. `canSeal` says that the organization's key is here. */
export function caseScreen(file: OpenCase, back: string, canSeal: boolean): HTMLElement {
  const screen = cloneElement("case");
  (part(screen, "back") as HTMLAnchorElement).href = back;
  part(screen, "heading").textContent = word("case.name", { code: caseCode(file.row.case) });
  showFacts(screen, file.row);
  const report = file.shown.find(({ sealed }) => sealed.type === REPORT);
  const told = report?.document?.fields ?? null;
  if (isTextCase(file.row)) showList(screen, "safety", [word("safety.phone")]);
  // A text answers no questions of a form, so there is nothing to hold the queue's words against.
  if (told !== null && report?.sealed.origin !== BY_TEXT) {
    showMismatches(screen, told, file.row);
    showSafety(screen, told, file.row);
  }
  showThread(screen, file);
  showActions(screen, file, canSeal);
  return screen;
}

function showFacts(screen: HTMLElement, row: Row): void {
  showUrgency(part(screen, "urgency"), row.urgency);
  const state = word(row.view === "waiting" ? "state.waiting" : `state.${row.status}`);
  const ending = row.status === "closed" && row.closing_reason !== null ? word(`closing.${row.closing_reason}`) : "";
  fill(screen, "state", [state, ending].filter(Boolean).join(": "));
  fill(screen, "kind", askedWords(row));
  fill(screen, "channel", channelWords(row));
  const due = dueWords(row.due_at, new Date());
  const dueElement = fill(screen, "due", due.text);
  dueElement.title = due.exact;
  dueElement.classList.toggle("overdue", due.overdue);
  fill(screen, "language", languageName(row.language));
  fill(screen, "place", row.area_name === "" ? word("place.none") : row.area_name);
  fill(screen, "holder", holderWords(row));
  fill(screen, "received", dayWords(row.received_on));
}

function showThread(screen: HTMLElement, { row, shown }: OpenCase): void {
  const places = isTextCase(row) ? placesOf(shown) : new Map<string, string>();
  part(screen, "texts").hidden = !isTextCase(row);
  part(screen, "messages").append(...shown.map((message) => messageElement(message, places.get(message.sealed.id) ?? "")));
}

/** Show where what the server sorted by is not what the worker told. */
function showMismatches(screen: HTMLElement, told: Told, row: Row): void {
  const found: string[] = [];
  const urgency = urgencyOf(told);
  if (urgency !== row.urgency) {
    const words = { told: word(`urgency.${urgency}`), stored: word(`urgency.${row.urgency}`) };
    found.push(word("mismatch.urgency", words));
  }
  const area = areaOf(told);
  if (area !== null && !areaFits(area, row.area, regionOf)) {
    found.push(word("mismatch.area", { told: word(`area.${area}`), stored: row.area_name }));
  }
  showList(screen, "mismatch", found);
}

function regionOf(district: string): string | null {
  return hasWord(`within.${district}`) ? word(`within.${district}`) : null;
}

/** Show what keeps the worker safe above the forms that would reach them. */
function showSafety(screen: HTMLElement, told: Told, row: Row): void {
  const unaware = code(told, "about") === "other_unaware" ? word("safety.unaware") : "";
  const hiding = [...answersTo(told, "must_not_know"), ...answersTo(told, "must_not_know_other")].join(", ");
  const reach = ["answer_by", "reach_number", "reach_mail"].flatMap((name) => answersTo(told, name)).join(" · ");
  const hours = answersTo(told, "reach_hours").join(", ");
  const lines = [
    row.erase_on === null ? "" : word("safety.erase_on", { day: dayWords(row.erase_on) }),
    // A number or an address may stand in the report all the same.
    row.may_answer ? "" : word("safety.no_contact"),
    unaware,
    hiding === "" ? word("safety.none") : word("safety.must_not_know", { who: hiding }),
    reach === "" ? "" : word("safety.answer_by", { how: reach }),
    hours === "" ? "" : word("safety.hours", { hours }),
  ];
  showList(screen, "safety", lines.filter(Boolean));
}

function showList(screen: HTMLElement, name: string, lines: readonly string[]): void {
  part(screen, name).hidden = lines.length === 0;
  const items = lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  });
  part(screen, `${name}-list`).append(...items);
}

function showActions(screen: HTMLElement, file: OpenCase, canSeal: boolean): void {
  part(screen, "acknowledge-line").hidden = !allows(file, "acknowledge");
  part(screen, "accept-line").hidden = !allows(file, "accept");
  // One main thing to do at a time.
  part(screen, "accept").classList.toggle("main", !allows(file, "acknowledge"));
  const replies = allows(file, "reply");
  fill(screen, "no-answer", replies && !file.row.may_answer ? word(isTextCase(file.row) ? "no_text" : "no_answer") : "");
  part(screen, "no-reply-key").hidden = !replies || !file.row.may_answer || (file.mailbox !== null && canSeal);
  part(screen, "reply-box").hidden = !replies || !file.row.may_answer || file.mailbox === null || !canSeal;
  part(screen, "note-box").hidden = !allows(file, "note") || !canSeal;
  part(screen, "decline-box").hidden = !allows(file, "decline");
  const asked = file.row.kind === "primary" ? "primary" : "besides";
  for (const action of ["accept", "decline"]) fill(screen, `${action}-hint`, word(`${action}.${asked}`));
  part(screen, "close-box").hidden = !allows(file, "close");
  part(screen, "over").hidden = ALLOWED[file.row.status] !== undefined;
  part(screen, "phone-warning").hidden = !isTextCase(file.row);
  const { language } = file.row;
  const known = language !== LANGUAGE_UNKNOWN;
  fill(screen, "reply-hint", known ? word("reply.language", { language: languageName(language) }) : word("reply.unknown"));
  offerLanguage(field(screen, "reply-language") as HTMLSelectElement, language);
}

/** The worker's own language is chosen, also where the desk does not list it; one that nobody knows yet must be chosen. */
function offerLanguage(select: HTMLSelectElement, language: string): void {
  if (language === LANGUAGE_UNKNOWN) {
    select.add(new Option(word("reply.choose"), "", true, true), 0);
    return;
  }
  if (![...select.options].some((option) => option.value === language)) {
    select.add(new Option(languageName(language), language), 0);
  }
  select.value = language;
}
