"""An organization at work on a case, without the web: real keys, real databases, and what each may and may not open."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crypto import envelope, keybag, suite
from crypto.envelope import Envelope, MessageType, Origin, Recipient, Signer, SignerKind, WrapRole
from crypto.rejected import EnvelopeRejected
from crypto.suite import KeyPair
from intake.answers import Answers, Submitted
from referrals.case import CaseFile, QueueRow, SealedMessage, case_file, queue_counts, queue_page
from referrals.models import Case, Message, Referral, Wrap
from referrals.referral import Actor, Change
from service.runtime import Runtime
from tests.network import Network, plant

# Goes to org01, then to org06, then to the coordinator, org16.
ASKS_IN_SPANISH = Answers(locale="es", what=("pay_hours",), place="Oliver", story="No me pagan.", pass_on="yes")
# Goes to org09, which is open day and night, and to the coordinator at once.
IN_DANGER = Answers(locale="es", what=("violence",), today=("hurt",), place="Oliver", story="Me pegan.", pass_on="yes")


# By passphrase: the network is made once for a session, and unlocking a key costs half a second.
_seeds: dict[str, bytes] = {}


def _seed(network: Network, key: str) -> bytes:
    passphrase = network.accounts[key].passphrase
    if passphrase not in _seeds:
        _seeds[passphrase] = network.epoch_seed(key)
    return _seeds[passphrase]


@dataclass(frozen=True)
class Office:
    """One organization of a network, with its only caseworker."""

    network: Network
    key: str

    @property
    def runtime(self) -> Runtime:
        """The instance that it works on."""
        return self.network.runtime

    @property
    def id(self) -> bytes:
        """The organization's id."""
        return self.network.organization_id(self.key)

    @property
    def actor(self) -> Actor:
        """Its caseworker."""
        return Actor(self.network.caseworker_id(self.key), self.id)

    @property
    def pair(self) -> KeyPair:
        """Its key."""
        return suite.key_pair(_seed(self.network, self.key))

    def change(self, case_id: bytes) -> Change:
        """A change of a case that its caseworker makes now."""
        return Change(self.actor, case_id, self.runtime.clock.now(), self.runtime.keystore, self.runtime.random)

    def queue(self, view: str) -> tuple[QueueRow, ...]:
        """A page of its queue."""
        with self.runtime.database.session() as session:
            return queue_page(session, organization_id=self.id, view=view)

    def counts(self) -> dict[str, int]:
        """The numbers on its queue's tabs."""
        with self.runtime.database.session() as session:
            return queue_counts(session, organization_id=self.id)

    def file(self, case_id: bytes) -> CaseFile:
        """A case as its desk gets it. Raises CaseNotFound."""
        with self.runtime.database.session() as session:
            return case_file(session, self.runtime.keystore, organization_id=self.id, case_id=case_id)

    def opens(self, message: SealedMessage) -> Any:
        """The JSON of a message, opened with its own key; None where that does not open it."""
        try:
            opened = envelope.open_(Envelope(message.header, message.wraps, message.body), self.pair)
        except EnvelopeRejected:
            return None
        return json.loads(opened.document)

    def reads(self, case_id: bytes) -> list[str]:
        """The texts of a case that it can open, in order."""
        opened = [self.opens(message) for message in self.file(case_id).messages]
        return [found["fields"].get("story") or found["fields"]["text"] for found in opened]

    def seal(
        self,
        case_id: bytes,
        text: str,
        kind: MessageType = MessageType.REPLY,
        *,
        mailbox: bytes | None = None,
        origin: Origin = Origin.DESK,
        readers: tuple["Office", ...] = (),
    ) -> Envelope:
        """Seal a message for itself, for `readers`, and for a worker's mailbox where one is given."""
        offices = (self, *readers)
        recipients = [Recipient(office.pair.public_key, WrapRole.RECIPIENT) for office in offices]
        if mailbox is not None:
            recipients.append(Recipient(mailbox, WrapRole.MAILBOX))
        return envelope.seal(
            json.dumps({"day": "2026-07-08", "lang": "es", "fields": {"text": text}}).encode(),
            message_type=kind,
            origin=origin,
            case_id=case_id,
            message_id=self.runtime.random(16),
            recipients=recipients,
            signer=Signer(SignerKind.ORGANIZATION, keybag.epoch_signing_seed(_seed(self.network, self.key))),
        )

    def mailbox_of(self, case_id: bytes) -> bytes:
        """The key that answers are sealed for, as the report tells it."""
        text = self.opens(self.file(case_id).messages[0])["mailbox"]
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def referral(self, case_id: bytes) -> Referral:
        """Its own line of a case, as it lies in the database."""
        with self.runtime.database.session() as session:
            return session.scalars(
                select(Referral).where(Referral.case_id == case_id, Referral.organization_id == self.id)
            ).one()

    def wraps(self, case_id: bytes) -> list[Wrap]:
        """Its wraps of a case, as they lie in the database."""
        with self.runtime.database.session() as session:
            chosen = select(Wrap).join(Message, Message.id == Wrap.message_id).order_by(Message.position)
            return list(session.scalars(chosen.where(Message.case_id == case_id, Wrap.organization_id == self.id)))


@dataclass(frozen=True)
class Town:
    """A network with a report in it."""

    network: Network
    submitted: Submitted
    case_id: bytes

    def office(self, key: str) -> Office:
        """One of its organizations."""
        return Office(self.network, key)

    def case(self) -> Case:
        """The case as it lies in the database."""
        with self.network.runtime.database.session() as session:
            return session.scalars(select(Case).where(Case.id == self.case_id)).one()


def town(runtime: Runtime, answers: Answers = ASKS_IN_SPANISH) -> Town:
    """Plant the network into an empty instance and send one report."""
    network = plant(runtime)
    submitted = network.report(answers)
    with runtime.database.session() as session:
        case_id = session.scalars(select(Case.id)).one()
    return Town(network, submitted, case_id)
