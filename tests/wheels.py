"""Real projects from the package index, unpacked into a folder for one test run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

VERSIONS = {
    "chromadb": "1.5.9",
    "litellm-proxy-extras": "0.4.110",
    "matrix-synapse": "1.163.2",
    "procrastinate": "3.10.0",
    "Django": "5.2.19",
    "apache-airflow-core": "3.3.2",
    "django-oscar": "4.2.1",
    "langflow-base": "1.13.0",
    "mayan-edms": "4.12.2",
    "pretix": "2026.8.0",
    "wagtail": "8.0.1",
}


def install(folder: Path, *names: str, dependencies: bool = False) -> Path:
    """The folder, with the packages of VERSIONS that are named in it."""
    pinned = [f"{name}=={VERSIONS[name]}" for name in names]
    alone = [] if dependencies else ["--no-deps"]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-warn-conflicts", "--only-binary=:all:"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *quiet, *alone, "--target", str(folder), *pinned], check=True
    )
    return folder
