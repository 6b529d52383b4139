/**
 * A caseworker's keys under a passphrase, and an organization's epoch seeds under its members' keys. What leaves here sealed is
 * all that the server ever holds of them.
 */

import type { Argon2id } from "./argon2";
import { ascii, bigEndian, checkSize, concat, type Random, wipe } from "./bytes";
import { EnvelopeRejected } from "./rejected";
import * as suite from "./suite";
import * as symmetric from "./symmetric";
