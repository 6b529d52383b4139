/** Where the desk stands, in the fragment of its address: a view and its filters, or a case. Never anything personal. */

import { VIEWS, type View } from "./shapes";

export interface QueuePlace {
  readonly screen: "queue";
  readonly view: View;
  readonly after: string;
  readonly urgency: string;
  readonly language: string;
}

export interface CasePlace {
  readonly screen: "case";
  readonly caseId: string;
}

export type Place = QueuePlace | CasePlace;

const NEW_REPORTS: QueuePlace = { screen: "queue", view: "new", after: "", urgency: "", language: "" };

/** Read a fragment; one that means nothing is the queue of new reports. */
export function parsePlace(fragment: string): Place {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split("?");
  const [screen, name = ""] = path.split("/");
  if (screen === "case" && /^[0-9a-f]{32}$/.test(name)) return { screen: "case", caseId: name };
  const view = VIEWS.find((known) => known === name);
  if (screen !== "queue" || view === undefined) return NEW_REPORTS;
  const wanted = new URLSearchParams(query);
  return {
    screen: "queue",
    view,
    after: plain(wanted.get("after"), /^-?\d{1,19}$/),
    urgency: plain(wanted.get("urgency"), /^[a-z]{1,16}$/),
    language: plain(wanted.get("language"), /^[A-Za-z-]{1,16}$/),
  };
}

/** Write a fragment. */
export function placeHref(place: Place): string {
  if (place.screen === "case") return `#/case/${place.caseId}`;
  const wanted = new URLSearchParams();
  if (place.after !== "") wanted.set("after", place.after);
  if (place.urgency !== "") wanted.set("urgency", place.urgency);
  if (place.language !== "") wanted.set("language", place.language);
  const query = wanted.toString();
  return `#/queue/${place.view}${query === "" ? "" : `?${query}`}`;
}

/** Give a view from its start, without filters. */
export function viewPlace(view: View): QueuePlace {
  return { ...NEW_REPORTS, view };
}

function plain(value: string | null, shape: RegExp): string {
  return value !== null && shape.test(value) ? value : "";
}
