/** The exchange in a page, where Argon2id runs in the worker as it does at the desk: for tests in a real browser. */

import { argon2idInWorker } from "../../../../crypto/browser/kdf";
import { answer, type Answer } from "./exchange";

/** Answer one line; what fails beyond refusals is answered by its name. */
async function answerInPage(line: unknown, workerUrl: string): Promise<Answer> {
  try {
    return await answer(line, argon2idInWorker(workerUrl));
  } catch (error) {
    return { failed: error instanceof Error ? error.name : "" };
  }
}

/** Count how often the page comes to run while a line is being answered: never, if the answer kept its thread. */
async function turnsWhile(line: unknown, workerUrl: string): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await answerInPage(line, workerUrl);
  clearInterval(timer);
  return turns;
}

Object.assign(globalThis, { answerInPage, turnsWhile });
