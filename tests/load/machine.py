"""What the figures were taken on, and whether anything else was using it: figures of a busy machine are not honest."""

import os
import platform
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Processors:
    """Seconds of all processors since the machine started: busy, stolen by the host, and in all."""

    busy: float
    stolen: float
    whole: float

    @classmethod
    def now(cls) -> "Processors":
        """Read them."""
        user, nice, system, idle, wait, irq, soft, steal = (
            int(field) / _TICKS for field in Path("/proc/stat").read_text(encoding="ascii").split("\n")[0].split()[1:9]
        )
        return cls(user + nice + system + irq + soft, steal, user + nice + system + idle + wait + irq + soft + steal)


def idle_check(seconds: float = 1.0) -> dict[str, float]:
    """Watch the machine for a moment before anything is measured, and give the shares (0 to 1) that others took."""
    before = Processors.now()
    time.sleep(seconds)
    after = Processors.now()
    whole = max(after.whole - before.whole, 0.01)
    return {
        "busy_before": round((after.busy - before.busy) / whole, 3),
        "stolen_before": round((after.stolen - before.stolen) / whole, 3),
        "load_1_minute": os.getloadavg()[0],
    }


def stolen_since(before: Processors) -> float:
    """Give the share of all processors' time that the host took since then."""
    now = Processors.now()
    return (now.stolen - before.stolen) / max(now.whole - before.whole, 0.01)


def about() -> dict[str, Any]:
    """Describe the machine and the programs that matter."""
    return {
        "taken_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processors": len(os.sched_getaffinity(0)),
        "processor": _line("/proc/cpuinfo", "model name") or platform.machine(),
        "memory_gib": round(int(_line("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def described(facts: dict[str, Any]) -> str:
    """Say in a sentence or two where and how the figures were taken."""
    busy = facts["busy_before"] + facts["stolen_before"]
    quiet = "The machine was quiet" if busy < 0.1 else f"THE MACHINE WAS BUSY ({busy:.0%}), so these are not honest"
    return (
        f"Taken {facts['taken_at']} on {facts['processors']} x {facts['processor']}, {facts['memory_gib']} GiB, "
        f"Python {facts['python']}, SQLite {facts['sqlite']}. {quiet}; load before {facts['load_1_minute']:.2f}, "
        f"stolen by the host while it ran {facts.get('stolen_share', 0):.1%}."
    )


def _line(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        label, _, value = line.partition(":")
        if label.strip() == name:
            return value.strip()
    return ""
