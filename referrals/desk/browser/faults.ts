/** Says in words what went wrong and what to do. What nobody foresaw is also reported to the browser's console. */

import { KdfFailed } from "../../../crypto/browser/kdf";
import { PassphraseWrong } from "./account";
import { ApiError } from "./api";
import { FileRejected, PictureUnreadable } from "./attachments";
import { NoEpoch } from "./compose";
import { KeysRejected } from "./keys";
import { distance, hasWord, word } from "./words";

/** Give the words for a failure. */
export function faultWords(error: unknown): string {
  if (error instanceof ApiError) return apiWords(error);
  if (error instanceof PassphraseWrong) return word("error.passphrase_wrong");
  if (error instanceof KeysRejected) return word("error.bag_rejected");
  if (error instanceof KdfFailed) return word("error.kdf_failed");
  if (error instanceof FileRejected) return word("error.file_rejected");
  if (error instanceof PictureUnreadable) return word("error.picture_unreadable");
  if (error instanceof NoEpoch) return word("error.no_epoch");
  reportError(error);
  return word("error.other", { code: "unexpected" });
}

/** Say whether the server answered with one of these codes; a code that ends in _ stands for all that begin with it. */
export function isFault(error: unknown, ...codes: readonly string[]): boolean {
  if (!(error instanceof ApiError)) return false;
  return codes.some((code) => error.code === code || (code.endsWith("_") && error.code.startsWith(code)));
}

function apiWords(error: ApiError): string {
  if (error.code === "wait") {
    const until = new Date(String(error.detail["until"]));
    return word("error.wait", { when: distance(until, new Date()) });
  }
  if (isFault(error, "already_")) return word("error.already");
  return hasWord(`error.${error.code}`) ? word(`error.${error.code}`) : word("error.other", { code: error.code });
}
