/** What the desk's tabs tell each other: that one was locked, that someone signed in or is there, that a case changed. Never content. */

export type Told = "locked" | "signed-in" | "signed-out" | "active" | "changed";

/** The line between the tabs of one browser. */
export class Tabs {
  readonly #channel = new BroadcastChannel("leeward-desk");

  constructor(listen: (told: Told) => void) {
    this.#channel.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (isTold(event.data)) listen(event.data);
    });
  }

  /** Tell the other tabs. */
  tell(told: Told): void {
    this.#channel.postMessage(told);
  }
}

function isTold(value: unknown): value is Told {
  return ["locked", "signed-in", "signed-out", "active", "changed"].includes(value as string);
}
