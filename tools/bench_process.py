#!/usr/bin/env python3
"""Times whole fusesim processes: start-up, one simulation, peak memory.

usage: bench_process.py EXECUTABLE [--runs N]

Prints the median and the minimum of N runs beside the goal. Nothing fails on a slow machine."""

import argparse
import os
import statistics
import subprocess
import time

COMMANDS = [  # (arguments, goal in ms or None)
    (["models"], 30),
    (["simulate", "resnet50", "--target", "a100-sxm-40gb"], 60),
    (["simulate", "resnet50", "--target", "kpu-t64"], None),
    (["simulate", "vit_l_16", "--target", "a100-sxm-40gb"], None),
    (["compare", "resnet50", "vit_b_16", "--target", "a100-sxm-40gb", "--target", "kpu-t64"], None),
]
MEMORY_GOAL_MIB = 60


def run_once(command):
    """Wall seconds and peak resident MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("executable")
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()

    print(f"{'command':<88} {'median ms':>10} {'min ms':>8} {'goal ms':>8} {'peak MiB':>9} {'goal MiB':>9}")
    for arguments, goal in COMMANDS:
        command = [options.executable, *arguments]
        run_once(command)  # warm the page cache
        results = [run_once(command) for _ in range(options.runs)]
        times = [1000 * seconds for seconds, _ in results]
        peak = max(mib for _, mib in results)
        print(
            f"{'fusesim ' + ' '.join(arguments):<88} {statistics.median(times):>10.1f} {min(times):>8.1f} "
            f"{goal if goal else '':>8} {peak:>9.1f} {MEMORY_GOAL_MIB:>9}"
        )


if __name__ == "__main__":
    main()
