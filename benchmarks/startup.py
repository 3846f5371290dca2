"""How long `migration-lint --version` takes, as a multiple of `python -c "import click"`, in CPU time.

    python benchmarks/startup.py

Both commands are run in turn, so that what else the machine does hits both alike; the smallest time of each counts.
Exits with 1 if the ratio is above the budget.
"""

from __future__ import annotations

import resource
import subprocess
import sys

BUDGET = 2.5
ROUNDS = 20


def cpu_seconds(*arguments: str) -> float:
    """User and system time of one run of this Python with `arguments`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> int:
    commands = {
        "import click": ("-c", "import click"),
        "--version": ("-m", "migration_lint", "--version"),
        "--help": ("-m", "migration_lint", "--help"),
    }
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(ROUNDS):
        for name, arguments in commands.items():
            best[name] = min(best[name], cpu_seconds(*arguments))
    for name, seconds in best.items():
        print(f"{name:14} {seconds * 1000:6.1f} ms  {seconds / best['import click']:.2f}x")
    return 0 if best["--version"] <= BUDGET * best["import click"] else 1


if __name__ == "__main__":
    sys.exit(main())
