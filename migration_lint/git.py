"""What git knows of the files: where its checkout begins, which of them it tracks, and what has changed since when."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 60
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # what a repository without a commit is compared with


class GitError(Exception):
    """What was asked of git cannot be answered; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from the commit `base`: absolute paths of files that are new, that differ, and that are gone.

    `top` is the folder that the checkout begins at.
    """

    top: str
    base: str
    added: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()

    def before(self, path: str) -> bytes | None:
        """The content of a file in `base`; None where it is not there."""
        name = os.path.relpath(path, self.top).replace(os.sep, "/")
        try:
            return _run(self.top, "cat-file", "blob", f"{self.base}:{name}")
        except GitError:
            return None


def top_level(start: Path) -> Path | None:
    """The innermost folder from `start` upwards with a `.git` in it (a file, in worktrees and submodules)."""
    start = Path(os.path.abspath(start))
    return next((folder for folder in (start, *start.parents) if os.path.lexists(folder / ".git")), None)


def untracked(folder: str, *globs: str) -> frozenset[str]:
    """The files in a folder that git does not track, ignored ones too, absolute; none if git can't tell."""
    try:
        return frozenset(_paths(folder, _run(folder, "ls-files", "--others", "-z", "--", *globs)))
    except GitError:
        return frozenset()


def changes_since(revision: str, folder: Path) -> Changes:
    """What the work tree around `folder` has that the common ancestor of `revision` and HEAD has not.

    Files that git does not track and does not ignore count: they will be part of the change.

    Raises:
        GitError: there is no checkout, no such revision, or no common ancestor.
    """
    top = _top(folder)
    try:
        commit = _line(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitError:
        hint = "fetch it first" if "/" in revision else "name a branch, a tag or a commit"
        raise GitError(f"git knows no revision {revision!r}; {hint}") from None
    try:
        base = _line(top, "merge-base", commit, "HEAD")
    except GitError:
        raise GitError(
            f"{revision} and HEAD have no common commit here; fetch their history "
            "(in GitHub Actions: actions/checkout with `fetch-depth: 0`)"
        ) from None
    unknown = _paths(top, _run(top, "ls-files", "--others", "--exclude-standard", "-z"))
    return _changes(top, base, _run(top, *_DIFF, base, "--"), unknown)


def staged_changes(folder: Path) -> Changes:
    """What the index around `folder` has that HEAD has not: the commit that is about to be made.

    Raises:
        GitError: there is no checkout.
    """
    top = _top(folder)
    try:
        base = _line(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except GitError:
        base = _EMPTY_TREE
    return _changes(top, base, _run(top, *_DIFF, "--cached", base, "--"), [])


_DIFF = ("diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--no-relative")


def _changes(top: str, base: str, status: bytes, unknown: list[str]) -> Changes:
    words = os.fsdecode(status).split("\0")
    found: dict[str, set[str]] = {}
    for letter, name in zip(words[::2], words[1::2], strict=False):
        found.setdefault(letter[:1], set()).add(os.path.join(top, os.path.normpath(name)))
    added = frozenset(found.pop("A", set())).union(unknown)
    deleted = frozenset(found.pop("D", set())) - added
    return Changes(top, base, added, frozenset().union(*found.values()), deleted)


def _top(folder: Path) -> str:
    top = top_level(folder)
    if top is None:
        raise GitError(f"{folder} is not in a git repository")
    return str(top)


def _line(folder: str, *arguments: str) -> str:
    return os.fsdecode(_run(folder, *arguments)).strip()


def _paths(folder: str, output: bytes) -> list[str]:
    return [os.path.join(folder, os.path.normpath(name)) for name in os.fsdecode(output).split("\0") if name]


def _run(folder: str, *arguments: str) -> bytes:
    import subprocess  # takes time that a run which does not ask git need not spend

    try:
        done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, timeout=_SECONDS, check=True)
    except subprocess.CalledProcessError as error:
        lines = os.fsdecode(error.stderr).strip().splitlines()
        raise GitError(f"git {arguments[0]}: {lines[-1] if lines else f'exit code {error.returncode}'}") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise GitError(f"git {arguments[0]}: {error}") from None
    return done.stdout
