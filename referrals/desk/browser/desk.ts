/**
 * The desk: one document in which a caseworker signs in, unlocks and works. Keys and texts are in its memory only while it is
 * open; a lock here or in another tab takes them out, and so do leaving the page and sitting idle.
 */

import { type OpenDesk, whoIsSignedIn } from "./account";
import { openSession, post } from "./api";
import { announce, replaceScreen } from "./dom";
import { signInScreen, unlockScreen } from "./entrance";
import { faultWords, isFault } from "./faults";
import { IdleWatch } from "./idle";
import { Pages } from "./pages";
import { lettersOn, listen, setLetters, type Shortcuts } from "./shortcuts";
import { Tabs, type Told } from "./tabs";
import { word } from "./words";

const NOTICE_SECONDS = 60;
/** When the notice is read out again while it stands: often enough to be noticed, not so often that it nags. */
const READ_OUT_AT = [30, 10];

class Desk {
  readonly #main = element("main", HTMLElement);
  readonly #tools = element("tools", HTMLElement);
  readonly #organization = element("organization", HTMLElement);
  readonly #help = element("help", HTMLDialogElement);
  readonly #notice = element("idle", HTMLDialogElement);
  readonly #tabs = new Tabs((told) => this.#hear(told));
  readonly #idle: IdleWatch;
  #pages: Pages | null = null;
  #email = "";

  constructor(idleSeconds: number) {
    this.#idle = new IdleWatch({
      seconds: idleSeconds,
      notice: Math.min(NOTICE_SECONDS, idleSeconds / 2),
      onNotice: (left) => this.#warn(left),
      onStay: () => this.#notice.close(),
      onLock: () => this.#lock(),
      onActive: () => this.#tabs.tell("active"),
    });
    listen(() => this.#shortcuts(), () => this.#lock());
    window.addEventListener("hashchange", () => void this.#pages?.go());
    // A page that goes into the browser's memory of visited pages must not take the keys along.
    window.addEventListener("pagehide", () => this.#lock({ tell: false }));
    window.addEventListener("beforeunload", (event) => {
      if (this.#pages?.holdsText()) event.preventDefault();
    });
    this.#bindTools();
  }

  /** Show the door that fits: to sign in, or to unlock where somebody is signed in already. */
  async start(): Promise<void> {
    try {
      const email = (await openSession()) ? await whoIsSignedIn() : null;
      if (email === null) this.#showSignIn("");
      else this.#showUnlock(email, "");
    } catch (error) {
      this.#showSignIn(faultWords(error));
    }
  }

  #bindTools(): void {
    press("lock", () => this.#lock());
    press("lock-now", () => this.#lock());
    press("sign-out", () => void this.#signOut());
    press("show-help", () => this.#help.showModal());
    press("stay", () => this.#stay());
    this.#notice.addEventListener("cancel", () => this.#stay());
    const letters = element("letters", HTMLInputElement);
    letters.checked = lettersOn();
    letters.addEventListener("change", () => setLetters(letters.checked));
  }

  #shortcuts(): Shortcuts {
    return this.#pages === null ? {} : { ...this.#pages.shortcuts(), "?": () => this.#help.showModal() };
  }

  #showSignIn(fault: string): void {
    const screen = signInScreen(fault, (desk) => this.#opened(desk, screen));
    replaceScreen(this.#main, screen);
  }

  #showUnlock(email: string, fault: string): void {
    this.#email = email;
    const screen = unlockScreen(email, fault, {
      opened: (desk) => this.#opened(desk, screen),
      signedOut: () => this.#showSignIn(word("error.signed_out")),
      other: () => void this.#signOut(),
    });
    replaceScreen(this.#main, screen);
    screen.querySelector<HTMLElement>("input")?.focus();
  }

  #opened(desk: OpenDesk, door: HTMLElement): void {
    if (!door.isConnected) {
      // The desk was locked or signed out while the keys were computed.
      desk.keys.wipe();
      return;
    }
    this.#email = desk.keys.email;
    this.#organization.textContent = desk.keys.organizationName;
    this.#tools.hidden = false;
    this.#pages = new Pages(this.#main, desk, {
      changed: () => this.#tabs.tell("changed"),
      ended: (fault) => {
        this.#wipe();
        this.#showSignIn(fault);
      },
    });
    this.#idle.start();
    this.#tabs.tell("signed-in");
    void this.#pages.go();
  }

  #lock({ tell = true } = {}): void {
    if (this.#pages === null) return;
    this.#wipe();
    if (tell) this.#tabs.tell("locked");
    this.#showUnlock(this.#email, "");
    announce(word("did.lock"));
  }

  async #signOut(): Promise<void> {
    this.#wipe();
    this.#tabs.tell("signed-out");
    // The next person at this computer starts at the queue, not at a case of the last one.
    history.replaceState(null, "", location.pathname);
    try {
      await post("sign-out");
      this.#showSignIn("");
    } catch (error) {
      if (isFault(error, "signed_out")) this.#showSignIn("");
      else this.#showUnlock(this.#email, faultWords(error));
    }
  }

  #wipe(): void {
    this.#pages?.wipe();
    this.#pages = null;
    this.#idle.stop();
    this.#tools.hidden = true;
    this.#organization.textContent = "";
    this.#help.close();
    this.#notice.close();
  }

  #hear(told: Told): void {
    const atDoor = this.#pages === null;
    const computing = this.#main.querySelector("form[aria-busy=true]") !== null;
    if (told === "active") this.#idle.stay();
    else if (told === "changed") void this.#pages?.refresh();
    else if (told === "locked" && !atDoor) this.#lock({ tell: false });
    else if (told === "locked" && computing) void this.start();
    else if (told === "signed-in" && atDoor && !computing) void this.start();
    else if (told === "signed-out") {
      this.#wipe();
      this.#showSignIn("");
    }
  }

  #warn(secondsLeft: number): void {
    const words = word("idle.text", { seconds: String(secondsLeft) });
    element("idle-text", HTMLElement).textContent = words;
    if (!this.#notice.open) this.#notice.showModal();
    if (READ_OUT_AT.includes(secondsLeft)) element("idle-status", HTMLElement).textContent = words;
  }

  #stay(): void {
    this.#idle.stay();
    this.#tabs.tell("active");
  }
}

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id}`);
  return found;
}

function press(id: string, action: () => void): void {
  element(id, HTMLElement).addEventListener("click", action);
}

void new Desk(Number(document.documentElement.dataset["idleSeconds"])).start();
