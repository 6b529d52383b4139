/** Shows a case's messages, each for itself. Everything that was decrypted is written as text, never as markup. */

import { clone, cloneElement, fill, part } from "./dom";
import { BY_TEXT, type Closed, FOLLOW_UP, NOTE, REPLY, REPORT, type Shown } from "./messages";
import { code, codes, type Told } from "./recheck";
import { codesUnder, dayWords, hasWord, LANGUAGE_UNKNOWN, word } from "./words";

const AUTHORS: Readonly<Record<number, string>> = {
  [REPORT]: "report",
  [FOLLOW_UP]: "follow_up",
  [REPLY]: "reply",
  [NOTE]: "note",
};
/** Questions whose answer is an area, and what stands before its code. */
const AREAS: Readonly<Record<string, string>> = { region: "region:", district: "rd:", which_place: "" };
/** What is told in whole sentences stands above the answers, as the text of the message. */
const TEXTS = ["story", "text"];

/** Build one message. `place` says which of the worker's it is, where that helps. */
export function messageElement(shown: Shown, place: string): HTMLElement {
  const element = cloneElement("message");
  const { sealed, document, closed } = shown;
  element.dataset["type"] = String(sealed.type);
  element.dataset["message"] = sealed.id;
  fill(element, "author", word(authorCode(shown)));
  fill(element, "place", place);
  fill(element, "day", dayWords(sealed.day));
  fill(element, "channel", word(`origin.${sealed.origin}`));
  if (closed !== null) showClosed(element, closed);
  fill(element, "signature", signatureWords(shown));
  showDelivery(element, sealed.delivery);
  fill(element, "order", shown.order === "in_order" ? "" : word(`order.${shown.order}`));
  if (document !== null) {
    const text = fill(element, "text", TEXTS.map((name) => code(document.fields, name)).find(Boolean) ?? "");
    if (document.lang !== "") text.lang = document.lang === LANGUAGE_UNKNOWN ? "" : document.lang;
    showAnswers(element, document.fields);
  }
  return element;
}

/** Say where an answer to a phone is; one that is lost, or may be, needs its author. */
function showDelivery(element: HTMLElement, delivery: string | null): void {
  const words = delivery !== null && hasWord(`delivery.${delivery}`) ? word(`delivery.${delivery}`) : "";
  fill(element, "delivery", words).className = delivery === "unknown" || delivery === "failed" ? "notice" : "hint";
}

function authorCode({ sealed }: Shown): string {
  const author = `author.${AUTHORS[sealed.type] ?? "other"}`;
  return sealed.origin === BY_TEXT && hasWord(`${author}.text`) ? `${author}.text` : author;
}

/** List what a worker answered to one question, in words; an answer without words of ours is shown as it came. */
export function answersTo(told: Told, question: string): readonly string[] {
  const single = code(told, question);
  const given = single === "" ? codes(told, question) : [single];
  return given.map((answer) => inWords(question, answer));
}

function inWords(question: string, answer: string): string {
  if (question in AREAS) {
    const area = `area.${AREAS[question]}${answer}`;
    return hasWord(area) ? word(area) : answer;
  }
  return hasWord(`answer.${question}.${answer}`) ? word(`answer.${question}.${answer}`) : answer;
}

function showAnswers(element: HTMLElement, told: Told): void {
  const known = codesUnder("question.");
  const others = Object.keys(told).filter((name) => !known.includes(name) && !TEXTS.includes(name));
  const list = part(element, "answers");
  for (const question of [...known, ...others]) {
    const answers = answersTo(told, question);
    if (answers.length === 0) continue;
    const entry = clone("answer");
    fill(entry, "question", known.includes(question) ? word(`question.${question}`) : question);
    fill(entry, "answer", answers.join("\n")).parentElement?.setAttribute("data-question", question);
    list.append(entry);
  }
  list.hidden = list.childElementCount === 0;
}

function showClosed(element: HTMLElement, closed: Closed): void {
  part(element, "closed").hidden = false;
  fill(element, "closed-why", word(`closed.${closed.why}`, { number: closed.key, key: closed.key }));
  fill(element, "closed-what", word(`closed.${closed.why}.do`));
}

function signatureWords({ sealed, signature, closed }: Shown): string {
  if (closed !== null || signature === "true" || signature === "by_phone") return "";
  const own = sealed.type === REPLY || sealed.type === NOTE;
  if (own) return word("signature.own_false");
  return word(`signature.${signature}`);
}
