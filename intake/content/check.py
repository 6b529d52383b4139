"""Warns, as a part of lint, of numbers and statements whose source was read more than twelve months ago.

For that it never fails: a year that ends must stop nobody from mending something else (ux_checklist, statement 52). It
fails for a statement on the printed card that holds for some workers only. Run as `python -m intake.content.check`.
"""

import sys
from datetime import date
from typing import Final

from intake.content import published
from intake.content.published import Rights

_MONTHS: Final = 12


def main(today: date) -> int:
    """Print a warning for each source that must be read again, then every fault, and give the exit status."""
    sys.stdout.writelines(f"warning: read again {line}\n" for line in stale(today))
    printed = printed_for_some(published.rights(published.PROVINCE))
    sys.stdout.writelines(f"a card has no room to say for whom this holds: {line}\n" for line in printed)
    return 1 if printed else 0


def printed_for_some(rights: Rights) -> list[str]:
    """List what the card would tell everybody though the rule is for some: it prints a statement without its `only`."""
    return [statement.text for statement in rights.statements if statement.card and statement.only]


def stale(today: date) -> list[str]:
    """List what was read more than twelve months before a day, one line each, the oldest first."""
    rights, employers = published.rights(published.PROVINCE), published.employers(published.PROVINCE)
    found = [(one.checked, one.source, one.text) for one in (*rights.statements, *employers.statements)]
    found += [(one.checked, one.source, one.name) for one in employers.learn]
    found += [(one.checked, one.source, one.shown) for one in published.numbers()]
    return [
        f"{source} (read on {checked.isoformat()}): {text}"
        for checked, source, text in sorted(found)
        if _good_until(checked) < today
    ]


def _good_until(checked: date) -> date:
    """Give the last day on which what was read on a day may still be said without a warning."""
    # A 29 February has no like in the next year.
    day = 28 if (checked.month, checked.day) == (2, 29) else checked.day
    return checked.replace(year=checked.year + _MONTHS // 12, day=day)


if __name__ == "__main__":
    sys.exit(main(date.today()))  # the day of whoever runs it is exact enough for a year
