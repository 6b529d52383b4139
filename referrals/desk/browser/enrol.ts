/**
 * Enrolling: an invitation's link becomes an account whose keys this browser makes. The token and the passphrase are in this
 * document's memory only; nothing is stored, and a page that is loaded again starts over from the link.
 */

import { below, systemRandom } from "../../../crypto/browser/bytes";
import { generatePassphrase } from "../../../crypto/browser/keybag";
import { WORDS } from "../../../crypto/browser/wordlist";
import { openSession, post } from "./api";
import { cloneElement, field, fill, form, part, replaceScreen } from "./dom";
import { type Enrolment, makeEnrolment } from "./enrolment";
import { faultWords, isFault } from "./faults";
import { onSubmit } from "./forms";
import type { InvitationAnswer } from "./shapes";
import { word } from "./words";

const SVG = "http://www.w3.org/2000/svg";
/** Modules of white around a QR code (ISO/IEC 18004). */
const QUIET_ZONE = 4;

class Enrolling {
  readonly #main: HTMLElement;
  readonly #passphrase = generatePassphrase(WORDS);
  #keys: Promise<Enrolment> | null = null;

  constructor(
    main: HTMLElement,
    private readonly token: string,
    private readonly invitation: InvitationAnswer,
  ) {
    this.#main = main;
  }

  /** Show whom the invitation is for. */
  begin(): void {
    const screen = cloneElement("invitation");
    fill(screen, "organization", this.invitation.organization_name);
    fill(screen, "email", this.invitation.email);
    part(screen, "begin").addEventListener("click", () => this.#showWords());
    for (const link of screen.querySelectorAll<HTMLAnchorElement>(".languages a")) {
      // The token has left the address; another language is another load of the page.
      link.addEventListener("click", () => (link.hash = this.token));
    }
    replaceScreen(this.#main, screen);
  }

  #showWords(): void {
    const screen = cloneElement("words");
    for (const shown of this.#passphrase.split(" ")) {
      const item = document.createElement("li");
      item.textContent = shown;
      part(screen, "words").append(item);
    }
    part(screen, "written").addEventListener("click", () => this.#checkPaper());
    replaceScreen(this.#main, screen);
  }

  #checkPaper(): void {
    const screen = cloneElement("check");
    const words = this.#passphrase.split(" ");
    const asked = twoOf(words.length);
    asked.forEach((at, index) => {
      fill(screen, index === 0 ? "first-label" : "second-label", word("check.word", { number: String(at + 1) }));
    });
    const typed = [field(screen, "first"), field(screen, "second")];
    onSubmit(screen, form(screen, "form"), () => {
      const wrong = typed.find((input, index) => input.value.trim().toLowerCase() !== words[asked[index] ?? -1]);
      if (wrong === undefined) this.#showPhone();
      else {
        fill(screen, "fault", word("check.wrong"));
        wrong.focus();
      }
      return Promise.resolve();
    });
    part(screen, "again").addEventListener("click", () => this.#showWords());
    replaceScreen(this.#main, screen);
  }

  #showPhone(): void {
    const { totp } = this.invitation;
    const screen = cloneElement("phone");
    part(screen, "qr").append(picture(totp.size, totp.path));
    fill(screen, "key", totp.key.replace(/(.{4})(?=.)/g, "$1 "));
    const code = field(screen, "code");
    onSubmit(screen, form(screen, "form"), () => this.#enrol(code.value.replace(/\s/g, "")), {
      busy: word("busy.enrol"),
      onFault: (error) => {
        if (isFault(error, "invitation_spent")) showSpent(this.#main, faultWords(error));
        code.value = "";
        code.focus();
      },
    });
    replaceScreen(this.#main, screen);
  }

  async #enrol(code: string): Promise<void> {
    // Made once: a mistyped code must not cost the derivation again.
    this.#keys ??= makeEnrolment(this.invitation, this.#passphrase);
    const keys = await this.#keys.catch((error: unknown) => {
      this.#keys = null;
      throw error;
    });
    let { epoch } = keys;
    const body = { ...keys, token: this.token, code };
    try {
      await post("enrolment", body);
    } catch (error) {
      if (!isFault(error, "epoch_not_first")) throw error;
      // A colleague was faster and made the organization's key: theirs is handed on later.
      epoch = null;
      await post("enrolment", { ...body, epoch });
    }
    const screen = cloneElement("ready");
    part(screen, "first").hidden = epoch === null;
    part(screen, "waits").hidden = epoch !== null;
    replaceScreen(this.#main, screen);
  }
}

async function start(main: HTMLElement): Promise<void> {
  const token = location.hash.slice(1);
  // The link is a key: it must not stand in the address bar while somebody writes words off this screen.
  history.replaceState(null, "", location.pathname);
  if (token === "") {
    showSpent(main, word("error.no_token"));
    return;
  }
  try {
    await openSession();
    new Enrolling(main, token, await post<InvitationAnswer>("invitation", { token })).begin();
  } catch (error) {
    showSpent(main, faultWords(error));
  }
}

function showSpent(main: HTMLElement, fault: string): void {
  const screen = cloneElement("spent");
  fill(screen, "fault", fault);
  replaceScreen(main, screen);
}

/** Draw two different places of a passphrase, in order. */
function twoOf(count: number): readonly number[] {
  const first = below(count, systemRandom);
  const second = (first + 1 + below(count - 1, systemRandom)) % count;
  return [first, second].sort((left, right) => left - right);
}

function picture(size: number, path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const width = size + 2 * QUIET_ZONE;
  svg.setAttribute("viewBox", `${-QUIET_ZONE} ${-QUIET_ZONE} ${width} ${width}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", word("qr"));
  svg.setAttribute("shape-rendering", "crispEdges");
  const dark = document.createElementNS(SVG, "path");
  dark.setAttribute("d", path);
  svg.append(dark);
  return svg;
}

const main = document.getElementById("main");
if (main !== null) {
  // A link that is opened while this page stands is another invitation.
  window.addEventListener("hashchange", () => {
    if (location.hash !== "") location.reload();
  });
  void start(main);
}
