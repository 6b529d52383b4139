// Signs webhooks with the provider's own npm package: a signer that shares no line with ours. One JSON array in, one out.
import { readFileSync } from "node:fs";
import twilio from "twilio";

const asked = JSON.parse(readFileSync(0, "utf8"));
const signatures = asked.map(({ token, url, fields, algorithm }) => {
  const values = {};
  for (const [name, value] of fields) {
    (values[name] ??= []).push(value);
  }
  const params = Object.fromEntries(
    Object.entries(values).map(([name, all]) => [name, all.length === 1 ? all[0] : all]),
  );
  return twilio.getExpectedTwilioSignature(token, url, params, algorithm);
});
process.stdout.write(JSON.stringify(signatures));
