/**
 * Recomputes what the server sorted a case by, from what the worker told. The server could be wrong or lie; the
 * caseworker is shown where it differs. Urgency follows referrals.md ("Urgency"): rules only raise.
 */

export interface Told {
  readonly [name: string]: unknown;
}

const EMERGENCY_TODAY = ["hurt", "locked_in", "afraid", "self_harm", "minor"];
const URGENT_KINDS = ["violence", "sexual_violence_harassment", "documents_held", "movement_isolation"];

/** Give the urgency that the answers call for. */
export function urgencyOf(told: Told): "emergency" | "urgent" | "standard" {
  if (codes(told, "today").some((code) => EMERGENCY_TODAY.includes(code))) return "emergency";
  const soon = codes(told, "soon");
  const when = code(told, "soon_when");
  const urgent =
    codes(told, "what").some((kind) => URGENT_KINDS.includes(kind)) ||
    soon.includes("fired") ||
    soon.includes("leave_house") ||
    (soon.includes("sent_home") && when === "days") ||
    (soon.includes("permit_ends") && (when === "days" || when === "weeks")) ||
    ["months_1_5", "longer"].includes(code(told, "last_day"));
  return urgent ? "urgent" : "standard";
}

/** Give the area that the worker chose from the list, as the queue writes it; null where they wrote a place or nothing. */
export function areaOf(told: Told): string | null {
  const district = code(told, "district");
  if (district !== "") return `rd:${district}`;
  const region = code(told, "region");
  return region === "" ? null : `region:${region}`;
}

/** Say whether the queue's area fits the one chosen: it may be coarser, never another. */
export function areaFits(chosen: string, stored: string | null, regionOf: (district: string) => string | null): boolean {
  if (stored === chosen || stored === null) return true;
  if (stored.startsWith("prov:") || stored.startsWith("ca")) return true;
  return chosen.startsWith("rd:") && stored === regionOf(chosen);
}

/** Read one code of the answers. */
export function code(told: Told, name: string): string {
  const value = told[name];
  return typeof value === "string" ? value : "";
}

/** Read a list of codes of the answers. */
export function codes(told: Told, name: string): readonly string[] {
  const value = told[name];
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}
