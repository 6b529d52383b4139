/** The two closed doors of the desk: signing in, and unlocking. Neither keeps what was typed. */

import { type OpenDesk, signIn, unlockAgain } from "./account";
import { cloneElement, field, fill, form, part } from "./dom";
import { isFault } from "./faults";
import { onSubmit, reveal } from "./forms";
import { word } from "./words";

/** Build the screen for signing in. `opened` gets the keys; a fault that led here is told. */
export function signInScreen(fault: string, opened: (desk: OpenDesk) => void): HTMLElement {
  const screen = door("sign-in", fault);
  const passphrase = field(screen, "passphrase");
  const [email, code] = [field(screen, "email"), field(screen, "code")];
  const task = async (): Promise<void> => opened(await signIn(email.value.trim(), passphrase.value, code.value));
  onSubmit(screen, form(screen, "form"), task, {
    busy: word("busy.derive"),
    onFault: () => {
      // A code works once, the rest may have been right: only what must be typed again is emptied.
      code.value = "";
      passphrase.focus();
    },
  });
  return screen;
}

/** Build the screen of a locked desk. `signedOut` is called where the session has ended meanwhile. */
export function unlockScreen(
  email: string,
  fault: string,
  { opened, signedOut, other }: { opened: (desk: OpenDesk) => void; signedOut: () => void; other: () => void },
): HTMLElement {
  const screen = door("unlock", fault);
  fill(screen, "who", word("unlock.who", { email }));
  const passphrase = field(screen, "passphrase");
  onSubmit(screen, form(screen, "form"), async () => opened(await unlockAgain(passphrase.value)), {
    busy: word("busy.derive"),
    onFault: (error) => {
      if (isFault(error, "signed_out")) signedOut();
      else passphrase.focus();
    },
  });
  part(screen, "other").addEventListener("click", other);
  return screen;
}

function door(name: string, fault: string): HTMLElement {
  const screen = cloneElement(name);
  fill(screen, "fault", fault);
  reveal(part(screen, "reveal"), part(screen, "passphrase"));
  return screen;
}
