"""What is decided in memory for each report: who gets it, and where the place is that a worker wrote."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from referrals.candidates import Candidate, Facts, Policy, Service
from referrals.categories import CATEGORIES
from referrals.geography.places import resolve
from referrals.geography.provinces import DISTRICTS
from referrals.routing import route
from tests.load.bench import Bench
from tests.load.figures import Figure, Target, median, percentile

ORGANIZATIONS: Final = 200
_LANGUAGES: Final = ("en", "es", "fr", "pa", "fil", "hi", "zh", "vi")
_EXACT: Final = ("Oliver", "Kelowna", "Abbotsford", "Prince George", "Salmon Arm", "Osoyoos", "Creston", "Delta")
_MISTYPED: Final = ("Olivr", "Kelwona", "Abbotsfrod", "Prince Goerge", "Salmon Amr", "Osoyoss", "Crestonn", "Sumerland")
# Printed by a process that has imported everything but read nothing yet.
_LOAD: Final = """
import time
from referrals.geography.gazetteer import gazetteer
began = time.perf_counter()
gazetteer()
print((time.perf_counter() - began) * 1000)
"""


def routing(bench: Bench) -> Iterator[Figure]:
    """Time the router on 200 organizations, for reports that differ."""
    draw = random.Random(1)
    candidates = tuple(_candidate(draw, index) for index in range(ORGANIZATIONS))
    now = datetime.now(UTC)
    policy = Policy(now=now, tie_key=bytes(32))
    facts = [_facts(draw, index) for index in range(20)]
    taken = [_milliseconds(partial(route, one, candidates, policy), 1) for one in facts * _times(bench)]
    what = f"routing decision, {ORGANIZATIONS} organizations"
    yield Figure("routing", what, median(taken), "ms", Target(at_most=1))
    yield Figure("routing.p99", f"{what}, p99", percentile(taken, 0.99), "ms")


def places(bench: Bench) -> Iterator[Figure]:
    """Time the resolver on places that are spelt right, on misspelt ones, and reading its data."""
    resolve(_EXACT[0])
    exact = [_milliseconds(partial(resolve, one), 10) for one in _EXACT * _times(bench)]
    wrong = [_milliseconds(partial(resolve, one), 3) for one in _MISTYPED * _times(bench)]
    loads = [_load() for _ in range(bench.size.starts)]
    yield Figure("places.exact", "a place, spelt right", median(exact), "ms", Target(at_most=0.1))
    yield Figure("places.mistyped", "a place with a typing error", median(wrong), "ms", Target(at_most=1))
    yield Figure("places.load", "reading all places", median(loads), "ms", Target(at_most=50))


def _times(bench: Bench) -> int:
    return max(bench.size.times // 10, 1)


def _milliseconds(call: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) * 1000 / times


def _load() -> float:
    done = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, timeout=60, check=True)
    return float(json.loads(done.stdout))


def _some(draw: random.Random, of: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(draw.sample(of, draw.randint(1, most)))


def _candidate(draw: random.Random, index: int) -> Candidate:
    role = "coordinator" if index == 0 else draw.choice(["support_org"] * 6 + ["legal_clinic", "union"])
    districts = tuple(f"rd:{code}" for code in DISTRICTS)
    service = Service(
        languages=frozenset(_some(draw, _LANGUAGES, 4)),
        interpreters=frozenset({"any"} if draw.random() < 0.2 else ()),
        areas=frozenset(("prov:BC",) if draw.random() < 0.2 else _some(draw, districts, 8)),
        categories=frozenset(_some(draw, tuple(CATEGORIES), 6)),
        available=draw.randint(0, 20),
        maximum=20,
        assured=datetime.now(UTC).date() - timedelta(days=draw.randint(0, 300)),
    )
    services = (service,) if draw.random() < 0.7 else (service, Service(areas=frozenset({"ca"})))
    return Candidate(key=f"org{index:03}", role=role, services=services, conflicts=(f"Fictional Farms {index} Ltd.",))


def _facts(draw: random.Random, index: int) -> Facts:
    return Facts(
        id=f"{index:032x}",
        place=resolve(draw.choice(_EXACT)),
        language=draw.choice(_LANGUAGES),
        categories=_some(draw, tuple(CATEGORIES), 3),
        flags=("dismissed",) if draw.random() < 0.3 else (),
        employer="Made-Up Orchards Inc.",
    )
