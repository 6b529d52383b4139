"""`leeward outreach`: cards and posters to print, in each language of the form."""

import os
from itertools import product
from pathlib import Path
from typing import Final, get_args

import click

from intake.outreach.facts import Facts, NothingToPrint, facts
from intake.outreach.fonts import FOLDERS, FontsMissing
from intake.outreach.items import FaceTooFull
from intake.outreach.making import Format, Kind, made
from intake.outreach.typesetting import LetterMissing
from service.settings import Settings
from translations.catalogue import catalogue
from translations.locales import form_locales

_KINDS: Final = get_args(Kind)
_FORMATS: Final = get_args(Format)


@click.command("outreach")
@click.option("--locale", "code", metavar="CODE", help="The language, by its code: en, pa, zh-Hant ...")
@click.option("--kind", type=click.Choice(_KINDS), default="card", show_default=True)
@click.option("--format", "file_format", type=click.Choice(_FORMATS), default="pdf", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--all", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write all, into this folder.")
@click.option("--fonts", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Look for fonts here too.")
def outreach_command(
    code: str | None, kind: Kind, file_format: Format, out: Path | None, folder: Path | None, fonts: Path | None
) -> None:
    """Write a card or a poster to print, with the address (LEEWARD_PUBLIC_URL), a QR code of it, the hotline's number
    (the first of LEEWARD_TWILIO_NUMBERS) and the codes of its regions.

    Print cards on both sides of letter paper, turned on the short edge; cut, then fold. Letters are outlines, so no
    printer needs a font; this machine needs Noto fonts (Debian: fonts-noto-core, fonts-noto-cjk).
    """
    known = {language.code for language in form_locales()}
    folders = (fonts, *FOLDERS) if fonts else FOLDERS
    if folder and not (code or out):
        wanted = [
            (one, kind, written, folder / f"{kind}-{one}.{written}")
            for one, kind, written in product(sorted(known), _KINDS, _FORMATS)
        ]
    elif code and out and not folder:
        wanted = [(code, kind, file_format, out)]
    else:
        raise click.UsageError("Say --locale and --out, or --all and a folder.")
    if code and code not in known:
        raise click.UsageError(f"The form speaks no {code!r}. It speaks: {', '.join(sorted(known))}.")
    settings = Settings.from_env(os.environ, serving=False)
    for one, what, written, path in wanted:
        made_file = _made(one, what, written, settings, folders)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made_file)
        click.echo(str(path))


def _made(code: str, kind: Kind, file_format: Format, settings: Settings, folders: tuple[Path, ...]) -> bytes:
    try:
        told: Facts = facts(code, settings.public_url, settings.twilio_numbers)
        return made(kind, file_format, catalogue(code), told, folders)
    except (FontsMissing, NothingToPrint) as error:
        raise click.ClickException(str(error)) from None
    except LetterMissing as error:
        raise click.ClickException(f"{kind} in {code}: {error}") from None
    except FaceTooFull:
        raise click.ClickException(f"{kind} in {code}: the sentences are too long for the paper.") from None
