"""The command `leeward place`: what the router would make of a place that somebody wrote. It keeps nothing."""

import json
from typing import Any

import click

from referrals.geography.places import Place, resolve


@click.command("place")
@click.argument("text", nargs=-1)
def place_command(text: tuple[str, ...]) -> None:
    """Print the place that TEXT names, as one JSON object. Method is "none" where there is none; the status is 0."""
    written = " ".join(text).encode("utf-8", "replace").decode()
    click.echo(json.dumps(place_json(resolve(written)), ensure_ascii=False))


def place_json(place: Place) -> dict[str, Any]:
    """Write a place as the command prints it."""
    return {
        "province": place.province,
        "districts": dict(place.districts),
        "region": place.region,
        "level": place.level,
        "confidence": place.confidence,
        "candidates": [
            {"name": candidate.name, "province": candidate.province, "district": candidate.district}
            | {"label": candidate.label}
            for candidate in place.candidates
        ],
        "method": place.method,
    }
