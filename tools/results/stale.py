#!/usr/bin/env python3
"""Names the files in which what is committed differs from what was generated, with their first differences.

usage: stale.py COMMITTED GENERATED [COMMITTED GENERATED]...

Each pair is two folders, of which README.md files are left out, or two files. Exit code 1 when anything differs."""

import difflib
import pathlib
import sys

SHOWN = 3  # lines of a difference


def files_of(path):
    if path.is_file():
        return {path.name: path}
    return {str(file.relative_to(path)): file for file in sorted(path.rglob("*")) if file.is_file() and file.name != "README.md"}


def differences(committed, generated):
    """(name, why) of each file that is stale."""
    old, new = files_of(committed), files_of(generated)
    if committed.is_file() or generated.is_file():
        old, new = {"": committed}, {"": generated}
    for name in sorted(old.keys() | new.keys()):
        shown = str(committed / name) if name else str(committed)
        if name not in new:
            yield shown, ["is not generated any more; remove it"]
        elif name not in old or not old[name].exists():
            yield shown, ["is missing"]
        else:
            before, after = (file.read_text(encoding="utf-8").splitlines() for file in (old[name], new[name]))
            if before != after:
                lines = [line for line in difflib.unified_diff(before, after, lineterm="", n=0) if line[:2] not in ("--", "++", "@@")]
                more = f"… and {len(lines) - 2 * SHOWN} lines more"
                yield shown, [line[:160] for line in lines[:2 * SHOWN]] + ([more] if len(lines) > 2 * SHOWN else [])


def main(arguments):
    if len(arguments) < 2 or len(arguments) % 2:
        sys.exit(__doc__)
    stale = 0
    for committed, generated in zip(arguments[::2], arguments[1::2]):
        for name, why in differences(pathlib.Path(committed), pathlib.Path(generated)):
            stale += 1
            print(f"results: stale: {name}")
            print("\n".join(f"    {line}" for line in why))
    if stale:
        print(f"results: {stale} files are out of date; run ./scripts/results and commit")
        return 1
    print("results: up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
