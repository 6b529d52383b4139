/** The words of the page: they stand in its <template id="words">, in the caseworker's language; none stand in scripts. */

/** Give the words for a code; {name} in them is replaced. An unknown code is shown as it is rather than hidden. */
export function word(code: string, values: Readonly<Record<string, string>> = {}): string {
  const found = entries().get(code);
  if (found === undefined) return code;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Say whether there are words for a code. */
export function hasWord(code: string): boolean {
  return entries().has(code);
}

/** List the codes under a prefix such as "question.", without it, in the order of the page. */
export function codesUnder(prefix: string): readonly string[] {
  return [...entries().keys()].filter((code) => code.startsWith(prefix)).map((code) => code.slice(prefix.length));
}

/** Give the words for a code and a count: CODE.one, CODE.other. */
export function counted(code: string, count: number): string {
  const category = new Intl.PluralRules(locale()).select(count);
  const chosen = hasWord(`${code}.${category}`) ? category : "other";
  return word(`${code}.${chosen}`, { count: String(count) });
}

/** The caseworker's language. */
export function locale(): string {
  return document.documentElement.lang;
}

/** What stands for a language that nobody knows yet (ISO 639-2, "undetermined"). */
export const LANGUAGE_UNKNOWN = "und";

/** Name a language by its code, in the caseworker's language. */
export function languageName(code: string): string {
  if (code === LANGUAGE_UNKNOWN) return word("language.unknown");
  try {
    return new Intl.DisplayNames(locale(), { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Say how large a file is: "2.4 MB". */
export function sizeWords(bytes: number): string {
  const [unit, size] = bytes < 1_000_000 ? ["kilobyte", Math.max(1, Math.round(bytes / 1000))] : ["megabyte", bytes / 1_000_000];
  return new Intl.NumberFormat(locale(), { style: "unit", unit: String(unit), maximumFractionDigits: 1 }).format(Number(size));
}

/** Say how far away a moment is: "in 3 hours", "2 days ago". */
export function distance(moment: Date, now: Date): string {
  const minutes = Math.round((moment.getTime() - now.getTime()) / 60_000);
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "always" });
  if (Math.abs(minutes) < 90) return format.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  if (Math.abs(hours) < 48) return format.format(hours, "hour");
  return format.format(Math.round(hours / 24), "day");
}

/** Write a due time in words, and by the clock for whoever plans a day. */
export function dueWords(due: string | null, now: Date): { text: string; overdue: boolean; exact: string } {
  if (due === null) return { text: word("due.none"), overdue: false, exact: "" };
  const moment = new Date(due);
  const overdue = moment < now;
  const exact = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(moment);
  return { text: word(overdue ? "due.over" : "due.in", { when: distance(moment, now) }), overdue, exact };
}

/** Write a day such as 2026-09-03, without the year where a list needs the room. Days are kept in UTC. */
export function dayWords(day: string, length: "medium" | "short" = "medium"): string {
  const moment = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return day;
  const shape: Intl.DateTimeFormatOptions =
    length === "short" ? { month: "short", day: "numeric" } : { dateStyle: "medium" };
  return new Intl.DateTimeFormat(locale(), { ...shape, timeZone: "UTC" }).format(moment);
}

let known: Map<string, string> | undefined;

function entries(): Map<string, string> {
  if (known === undefined) {
    known = new Map();
    const template = document.getElementById("words");
    if (template instanceof HTMLTemplateElement) {
      for (const entry of template.content.querySelectorAll<HTMLElement>("[data-code]")) {
        known.set(entry.dataset["code"] ?? "", (entry.textContent ?? "").trim());
      }
    }
  }
  return known;
}
