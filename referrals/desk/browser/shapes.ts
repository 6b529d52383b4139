/** What the desk's API answers (referrals/desk/schemas.py lays it out). Bytes are base64url, ids hexadecimal. */

export const VIEWS = ["new", "ours", "waiting", "others", "done"] as const;
export type View = (typeof VIEWS)[number];

export interface Row {
  readonly case: string;
  readonly rank: number;
  readonly due_at: string | null;
  readonly language: string;
  readonly area: string | null;
  readonly area_name: string;
  readonly urgency: string;
  readonly state: string;
  readonly status: string;
  readonly kind: string;
  readonly view: View;
  readonly unread: boolean;
  readonly holder: string | null;
  readonly mine: boolean;
  readonly received_on: string;
  readonly channel: string;
  readonly closing_reason: string | null;
  readonly may_answer: boolean;
  /** The day on which the case is erased, because its worker asked for that by text. */
  readonly erase_on: string | null;
  /** Who leads a case in which one's own organization was asked or informed besides; empty where nobody does. */
  readonly leader: string;
}

export interface QueueAnswer {
  readonly view: View;
  readonly rows: readonly Row[];
  readonly counts: Readonly<Partial<Record<View, number>>>;
  readonly more: boolean;
}

export interface SealedMessage {
  readonly id: string;
  readonly position: number;
  readonly type: number;
  readonly origin: number;
  readonly day: string;
  readonly header: string;
  readonly wraps: readonly string[];
  readonly body: string;
  /** Where an answer to a phone is (referrals/delivery.py); null for everything else. */
  readonly delivery: string | null;
}

export interface CaseAnswer {
  readonly row: Row;
  readonly messages: readonly SealedMessage[];
}

export interface EpochAnswer {
  readonly id: string;
  readonly number: number;
  readonly kid: string;
  readonly public_key: string;
  readonly verify_key: string;
  readonly revoked: boolean;
  readonly ends_at: string;
  readonly sealed_seed: string | null;
}

export interface WaitingColleague {
  readonly caseworker: string;
  readonly email: string;
  readonly kid: string;
  readonly public_key: string;
  readonly epoch: string;
}

export interface KeysAnswer {
  readonly caseworker: string;
  readonly email: string;
  readonly role: string;
  readonly organization: string;
  readonly organization_name: string;
  /** Every organization of the network: none may be named in a text to a phone. */
  readonly organization_names: readonly string[];
  readonly salt: string;
  readonly sealed_bag: string;
  readonly kid: string;
  readonly slots: readonly { readonly slot: number; readonly version: number; readonly sealed_bag_key: string }[];
  readonly epochs: readonly EpochAnswer[];
  readonly waiting: readonly WaitingColleague[];
}

export interface InvitationAnswer {
  readonly caseworker: string;
  readonly organization: string;
  readonly organization_name: string;
  readonly email: string;
  readonly role: string;
  readonly first: boolean;
  readonly totp: { readonly key: string; readonly size: number; readonly path: string };
}
