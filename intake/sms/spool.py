"""Keeping a text while the main database is away: sealed in a file of its own, and taken in once it is back.

The file is durable before the provider hears that we have the text. Its name says nothing and all have one size. It is
sealed to a key of the keys database that is destroyed a week after its day, so that a copy of the files opens with that
database and not with the settings. What a name of a provider's stands for, `receive` knows: twice is once.
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from crypto import suite
from crypto.padding import PaddingScheme, pad, unpad
from crypto.rejected import EnvelopeRejected
from intake.sms.port import Inbound, Media
from service.keystore import KeyDestroyed
from service.runtime import Runtime
from service.throttle import TooBusy

SPOOL_KEY: Final = "sms.spool"
KEY_LIFE: Final = timedelta(days=1)
# A database that is away for longer than a week loses what is spooled; /readyz says so all the while.
KEY_KEPT: Final = timedelta(days=7)
_FOLDER: Final = "sms-spool"
_PART: Final = ".part"
_TEXT: Final = ".text"
# What opens under no key that we have: kept for a person to look at, and an alarm.
_CLOSED: Final = ".closed"
_NAME_SIZE: Final = 16
_ID_SIZE: Final = 16
_AT_ONCE: Final = 500
_UNFINISHED_SECONDS: Final = 3600


def ready(runtime: Runtime) -> None:
    """Have the day's key at hand, so that a text can be kept when both databases are away. Costs nothing after that."""
    runtime.keystore.named(SPOOL_KEY, KEY_LIFE, kept=KEY_KEPT)


def keep(runtime: Runtime, inbound: Inbound) -> None:
    """Seal a text into a file, and return once the disk has it.

    Raises OSError where it cannot be written, and what the database raises where no key is at hand; then the text is
    kept nowhere and its provider must be told to try again.
    """
    key = runtime.keystore.named(SPOOL_KEY, KEY_LIFE, kept=KEY_KEPT)
    name = runtime.random(_NAME_SIZE)
    padded = pad(json.dumps(_written(inbound)).encode(), PaddingScheme.TEXT)
    sealed = key.id + suite.seal(suite.key_pair(key.key).public_key, padded, info=_place(name))
    folder = _folder(runtime)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole, part = folder / (name.hex() + _TEXT), folder / (name.hex() + _PART)
    try:
        _write(part, sealed)
        part.rename(whole)
        _sync(folder)
    except OSError:
        part.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
        raise


def take_in(runtime: Runtime, receive: Callable[[Inbound], None]) -> int:
    """Hand what is spooled on this host to `receive`, oldest first, and give how many texts there were.

    A file goes only once its text was taken in. Raises what `receive` raises: at once while the database is away, and
    after all others where something is wrong with one text.
    """
    taken, failed = 0, None
    for path, inbound in sorted(_opened(runtime), key=lambda one: one[1].received_at):
        try:
            receive(inbound)
        except (SQLAlchemyError, TooBusy):
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one text must not keep the others
            failed = error
            continue
        path.unlink(missing_ok=True)
        taken += 1
    _drop_unfinished(runtime)
    if failed is not None:
        raise failed
    return taken


def alarms(runtime: Runtime) -> tuple[str, ...]:
    """Say for /readyz what lies on this host: texts that wait for the database, and files that nothing opens."""
    endings = {path.suffix for path in _files(runtime)}
    found = [("sms_spooled", _TEXT), ("sms_spool_closed", _CLOSED)]
    return tuple(code for code, ending in found if ending in endings)


def _opened(runtime: Runtime) -> Iterator[tuple[Path, Inbound]]:
    for path in [path for path in _files(runtime) if path.suffix == _TEXT][:_AT_ONCE]:
        try:
            yield path, _open(runtime, path)
        except FileNotFoundError:
            # Another worker of this host took it in.
            continue
        except (EnvelopeRejected, KeyDestroyed, ValueError, KeyError, TypeError):
            path.rename(path.with_suffix(_CLOSED))


def _drop_unfinished(runtime: Runtime) -> None:
    """Remove what a process left behind that died while it wrote: its text was never acknowledged."""
    for path in _files(runtime):
        if path.suffix == _PART and runtime.clock.now().timestamp() - path.stat().st_mtime > _UNFINISHED_SECONDS:
            path.unlink(missing_ok=True)


def _open(runtime: Runtime, path: Path) -> Inbound:
    raw = path.read_bytes()
    place = _place(bytes.fromhex(path.stem))
    padded = suite.open_(suite.key_pair(_key(runtime, raw[:_ID_SIZE])), raw[_ID_SIZE:], info=place)
    return _read(json.loads(unpad(padded, PaddingScheme.TEXT)))


def _key(runtime: Runtime, key_id: bytes) -> bytes:
    """Find a file's key as long as it is there, also where this host's clock says that its time is over."""
    try:
        return runtime.keystore.named_at(key_id).key
    except KeyDestroyed:
        found = runtime.keystore.get_many([key_id])
        if key_id not in found:
            raise
        return found[key_id]


def _files(runtime: Runtime) -> list[Path]:
    folder = _folder(runtime)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _folder(runtime: Runtime) -> Path:
    return runtime.settings.data / _FOLDER


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a folder's list of names durable: a file without a name is as good as none."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written(inbound: Inbound) -> dict[str, object]:
    return {
        "provider": inbound.provider,
        "provider_id": inbound.provider_id,
        "account": inbound.account,
        "sender": inbound.sender,
        "to": inbound.to,
        "text": inbound.text,
        "media": [[one.ref, one.mime] for one in inbound.media],
        "received_at": inbound.received_at.isoformat(),
        "kept": inbound.kept,
        "language": inbound.language,
        "unasked": inbound.unasked,
    }


def _read(told: dict[str, object]) -> Inbound:
    media = told["media"]
    if not isinstance(media, list):
        raise TypeError("media are a list")
    return Inbound(
        provider=str(told["provider"]),
        provider_id=str(told["provider_id"]),
        account=str(told["account"]),
        sender=str(told["sender"]),
        to=str(told["to"]),
        text=str(told["text"]),
        media=tuple(Media(str(ref), str(mime)) for ref, mime in media),
        received_at=datetime.fromisoformat(str(told["received_at"])),
        kept=told["kept"] is True,
        language=str(told["language"]) if told["language"] else None,
        unasked=told.get("unasked") is True,
    )


def _place(name: bytes) -> bytes:
    return b"leeward/1/sms-spool\0" + name
