#!/usr/bin/env python3
"""Prints what `fusesim validate FILE --format json` wrote, without its rows and with six digits.

usage: validation_summary.py REPORT.json"""

import json
import sys


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [rounded(one) for one in value]
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return value


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    del report["predictions"]
    print(json.dumps(rounded(report), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
