/** The queue: one view of an organization's cases, the soonest due first. It shows clear columns only. */

import { clone, cloneElement, field, fill, part } from "./dom";
import { placeHref, type QueuePlace, viewPlace } from "./place";
import type { QueueAnswer, Row } from "./shapes";
import { VIEWS } from "./shapes";
import { dayWords, dueWords, hasWord, languageName, word } from "./words";

const COUNT_CAP = 100;
/** The views in which nothing is due any more: they say how it ended. */
const ENDED: readonly string[] = ["others", "done"];

/** Build the queue's screen. `go` follows a changed filter. */
export function queueScreen(place: QueuePlace, answer: QueueAnswer, go: (place: QueuePlace) => void): HTMLElement {
  const screen = cloneElement("queue");
  part(screen, "heading").textContent = word(`view.${place.view}`);
  showViews(screen, place, answer);
  offerFilters(screen, place, answer, go);
  showFiltered(screen, place, answer);
  return screen;
}

/** Show what fits other filters of the same list. The rest of the screen stays, and with it the focus of who chooses. */
export function showFiltered(screen: HTMLElement, place: QueuePlace, answer: QueueAnswer): void {
  const language = field(screen, "filter-language") as HTMLSelectElement;
  if (![...language.options].some((option) => option.value === place.language)) {
    language.add(new Option(languageName(place.language), place.language));
  }
  language.value = place.language;
  field(screen, "filter-urgency").value = place.urgency;
  const now = new Date();
  const fitting = answer.rows.filter(
    (row) =>
      (place.urgency === "" || row.urgency === place.urgency) &&
      (place.language === "" || row.language === place.language),
  );
  part(screen, "rows").replaceChildren(...fitting.map((row) => rowElement(row, now)));
  const empty = answer.rows.length === 0 ? `empty.${place.view}` : "empty.filtered";
  fill(screen, "empty", fitting.length === 0 ? word(empty) : "");
  showPages(screen, place, answer);
}

/** Name a case for people who talk about it: the first eight digits of its random id. */
export function caseCode(caseId: string): string {
  return `${caseId.slice(0, 4)}-${caseId.slice(4, 8)}`.toUpperCase();
}

/** Show how urgent a case is: in words and by shape, not by colour alone. */
export function showUrgency(target: HTMLElement, urgency: string): void {
  target.textContent = word(`urgency.${urgency}`);
  target.dataset["urgency"] = urgency;
}

/** Say who holds a case. */
export function holderWords(row: Row): string {
  if (row.holder === null) return word("holder.none");
  if (row.mine) return word("holder.mine");
  return row.holder === "" ? word("holder.left") : row.holder;
}

/** Say how a case came. */
export function channelWords(row: Row): string {
  return word(`channel.${row.channel}`);
}

/** Say why an organization sees a case that another one leads; nothing where it was simply asked. */
export function askedWords(row: Row): string {
  const asked = `kind.${row.kind}`;
  if (!hasWord(asked)) return "";
  return word(asked, { leads: row.leader === "" ? word("leads.nobody") : word("leads", { leader: row.leader }) });
}

function rowElement(row: Row, now: Date): DocumentFragment {
  const line = clone("row");
  showUrgency(part(line, "urgency"), row.urgency);
  const due = dueWords(row.due_at, now);
  const dueElement = fill(line, "due", ENDED.includes(row.view) ? endWords(row) : due.text);
  dueElement.title = due.exact;
  dueElement.classList.toggle("overdue", due.overdue);
  const link = part(line, "link") as HTMLAnchorElement;
  link.href = placeHref({ screen: "case", caseId: row.case });
  link.textContent = word("case.name", { code: caseCode(row.case) });
  fill(line, "received", word("received", { day: dayWords(row.received_on, "short") }));
  const isNew = row.status === "offered" ? "unread.first" : "unread.again";
  fill(line, "channel", channelWords(row));
  fill(line, "unread", row.unread ? word(isNew) : "");
  fill(line, "kind", askedWords(row));
  fill(line, "language", languageName(row.language));
  fill(line, "place", row.area_name === "" ? word("place.none") : row.area_name);
  fill(line, "holder", holderWords(row));
  return line;
}

function endWords(row: Row): string {
  return row.closing_reason === null ? word(`state.${row.status}`) : word(`closing.${row.closing_reason}`);
}

function showViews(screen: HTMLElement, place: QueuePlace, answer: QueueAnswer): void {
  for (const view of VIEWS) {
    const entry = clone("view");
    const link = part(entry, "link") as HTMLAnchorElement;
    link.href = placeHref(viewPlace(view));
    link.dataset["view"] = view;
    if (view === place.view) link.setAttribute("aria-current", "page");
    fill(entry, "name", word(`view.${view}`));
    const count = answer.counts[view];
    fill(entry, "count", count === undefined ? "" : count >= COUNT_CAP ? `${COUNT_CAP - 1}+` : String(count));
    part(screen, "views").append(entry);
  }
}

function offerFilters(
  screen: HTMLElement,
  place: QueuePlace,
  answer: QueueAnswer,
  go: (place: QueuePlace) => void,
): void {
  const languages = new Set(answer.rows.map((row) => row.language));
  const language = field(screen, "filter-language") as HTMLSelectElement;
  for (const code of [...languages].sort()) language.add(new Option(languageName(code), code));
  const urgency = field(screen, "filter-urgency");
  for (const filter of [language, urgency]) {
    filter.addEventListener("change", () => go({ ...place, language: language.value, urgency: urgency.value }));
  }
}

function showPages(screen: HTMLElement, place: QueuePlace, answer: QueueAnswer): void {
  const first = part(screen, "first") as HTMLAnchorElement;
  first.hidden = place.after === "";
  first.href = placeHref({ ...place, after: "" });
  const last = answer.rows.at(-1);
  const next = part(screen, "next") as HTMLAnchorElement;
  next.hidden = !answer.more || last === undefined;
  if (last !== undefined) next.href = placeHref({ ...place, after: String(last.rank) });
}
