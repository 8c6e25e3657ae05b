#!/usr/bin/env python3
"""How fast sweeps are: simulations per second with one worker, with two, and under mpirun; best of several runs.

    tools/bench_sweep.py build/release/fusesim [RUNS [EDGE]]

The sweep is DRAM bandwidth x L2 x launch cost for ResNet-50 at batch 1 on an A100, a grid of EDGE (20) values each. Times
are of whole processes, start and end included: mpirun itself takes a third of a second, whatever the size. Also printed: simulations per second of CPU time, which other processes on the
machine do not change much.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

SWEEP = """models: [resnet50]
targets: [a100-sxm-40gb]
fields:
  dram_bandwidth_gbps: {{log: [400, 4000], count: {edge}}}
  l2_mib: {{log: [5, 160], count: {edge}}}
  launch_us: {{linear: [0, 20], count: {edge}}}
"""
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def run(command):
    """Wall and CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | MPI)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main():
    executable = str(pathlib.Path(sys.argv[1]).resolve())
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    edge = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    size = edge**3
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "bench.yaml")
        file.write_text(SWEEP.format(edge=edge))
        sweep = [executable, "sweep", str(file), "-o", folder + "/r.db", "--overwrite"]
        ways = {
            "-j 1": sweep + ["-j", "1"],
            "-j 2": sweep + ["-j", "2"],
            "mpirun -np 1": ["mpirun", "--oversubscribe", "-np", "1"] + sweep,
            "mpirun -np 2": ["mpirun", "--oversubscribe", "-np", "2"] + sweep,
        }
        best = {way: (float("inf"), float("inf")) for way in ways}
        for _ in range(runs):  # in turn, so that all see the same machine
            for way, command in ways.items():
                wall, cpu = run(command)
                best[way] = (min(best[way][0], wall), min(best[way][1], cpu))
    print(f"{size} configurations, best of {runs}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    for way, (wall, cpu) in best.items():
        print(f"{way:14} {wall:6.2f} s  {size / wall:6.0f}/s  {size / cpu:6.0f} per CPU second")
    print(f"-j 2 over -j 1: {best['-j 1'][0] / best['-j 2'][0]:.2f}x")
    print(f"mpirun -np 2 over -j 2: {best['mpirun -np 2'][0] / best['-j 2'][0]:.2f} of its time")


if __name__ == "__main__":
    main()
