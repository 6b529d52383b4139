/**
 * Locks the desk when nobody is there. Time is read from the clock and not counted in ticks, so that a laptop that slept
 * wakes up locked.
 */

export interface IdleOptions {
  /** How long without a key, a click or a touch until the lock. */
  readonly seconds: number;
  /** How long before it the notice stands (WCAG 2.2.1: at least 20 seconds to say "stay"). */
  readonly notice: number;
  readonly onNotice: (secondsLeft: number) => void;
  readonly onStay: () => void;
  readonly onLock: () => void;
  /** Somebody is here: told to other tabs, at most every few seconds. */
  readonly onActive: () => void;
}

const TELL_EVERY = 5_000;

/** A watch over one document. */
export class IdleWatch {
  #last = Date.now();
  #told = 0;
  #noticed = false;
  #timer: number | undefined;

  constructor(private readonly options: IdleOptions) {
    for (const kind of ["keydown", "pointerdown", "touchstart", "wheel"]) {
      document.addEventListener(kind, () => this.#seen(), { passive: true, capture: true });
    }
    document.addEventListener("visibilitychange", () => this.#check());
  }

  /** Start to watch; the desk was unlocked. */
  start(): void {
    this.stop();
    this.#last = Date.now();
    this.#timer = window.setInterval(() => this.#check(), 500);
  }

  /** Stop; there is nothing to lock. */
  stop(): void {
    window.clearInterval(this.#timer);
    this.#timer = undefined;
    this.#noticed = false;
  }

  /** Begin again: somebody is here, in this tab or another. */
  stay(): void {
    this.#last = Date.now();
    if (this.#noticed) {
      this.#noticed = false;
      this.options.onStay();
    }
  }

  #seen(): void {
    if (this.#timer === undefined) return;
    this.#check();
    // While the notice stands, only its button extends: a stray touch is not somebody who reads.
    if (this.#timer === undefined || this.#noticed) return;
    this.#last = Date.now();
    if (this.#last - this.#told > TELL_EVERY) {
      this.#told = this.#last;
      this.options.onActive();
    }
  }

  #check(): void {
    if (this.#timer === undefined) return;
    const left = this.#last + this.options.seconds * 1000 - Date.now();
    if (left <= 0) {
      this.stop();
      this.options.onLock();
    } else if (left <= this.options.notice * 1000) {
      this.#noticed = true;
      this.options.onNotice(Math.ceil(left / 1000));
    }
  }
}
