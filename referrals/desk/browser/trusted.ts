/**
 * The one script address that the desk's pages may start anything from. Under require-trusted-types-for 'script' a page
 * with the policy name `leeward` can make this address and no other, and can parse no markup at all.
 */

const KDF_WORKER = "/desk/static/bundle/kdf-worker.js";

interface Rules {
  createScriptURL(address: string): string;
}

/** The part of Trusted Types that is used here; TypeScript's library does not have it. */
interface PolicyFactory {
  createPolicy(name: string, rules: Rules): Rules;
}

const rules: Rules = {
  createScriptURL(address) {
    if (address !== KDF_WORKER) throw new TypeError("no script may be started from here");
    return address;
  },
};

const policy: Rules =
  (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes?.createPolicy("leeward", rules) ?? rules;

/** Give the address of the worker that derives keys, as `new Worker` takes it under the page's policy. */
export function kdfWorkerUrl(): string {
  return policy.createScriptURL(KDF_WORKER);
}
