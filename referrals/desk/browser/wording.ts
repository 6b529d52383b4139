/**
 * Looks in a message to a phone for words that would give its owner away to whoever else reads that phone: what this service is
 * for, a report, an organization (hotline.md, "Words"). It finds words and not meanings, so a person has the last word.
 */

/** Each is compared whole and without regard to case, in whatever language the message is. */
const GIVING_AWAY: readonly string[] = [
  "leeward",
  ...listed("report reports reported reporting case cases grievance grievances complaint complaints retaliation"),
  ...listed("caseworker caseworkers receipt receipts consent hotline"),
  ...listed("recibo recibos permiso permisos denuncia denuncias denunciar denunció caso casos queja quejas represalia"),
  ...listed("represalias consentimiento reporte reportes"),
  ...listed("signalement signalements dossier dossiers plainte plaintes grief griefs représailles intervenant"),
  ...listed("intervenante consentement"),
  ...listed("ਰਿਪੋਰਟ ਕੇਸ ਸ਼ਿਕਾਇਤ ਸ਼ਿਕਾਇਤਾਂ ਰਸੀਦ ਸਹਿਮਤੀ"),
];

/**
 * List what gives away, as it is written in the message and in its order. `organizations` are names that must not stand in it,
 * compared without what they have in parentheses.
 */
export function givingAway(message: string, organizations: readonly string[]): readonly string[] {
  const names = [...GIVING_AWAY, ...organizations.map((name) => name.replace(/\([^)]*\)/g, ""))];
  const phrases = names.map((name) => wordsOf(name).map(({ word }) => word)).filter((phrase) => phrase.length > 0);
  const written = message.normalize("NFKC");
  const words = wordsOf(written);
  const found = words.flatMap(({ start }, at) =>
    phrases
      .filter((phrase) => phrase.every((word, index) => word === words[at + index]?.word))
      .map((phrase) => written.slice(start, words[at + phrase.length - 1]?.end)),
  );
  const same = found.map((phrase) => phrase.toLowerCase());
  return found.filter((_, at) => same.indexOf(same[at] ?? "") === at);
}

function listed(words: string): readonly string[] {
  return words.split(" ");
}

interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Letters with their marks (Gurmukhi writes vowels as marks) and digits; an apostrophe is between words. */
function wordsOf(text: string): readonly Word[] {
  return [...text.normalize("NFKC").matchAll(/[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d]*/gu)].map((match) => {
    return { word: match[0].toLowerCase(), start: match.index, end: match.index + match[0].length };
  });
}
