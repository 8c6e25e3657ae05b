"""Microbenchmarks of launching and copying: what an operator costs before it does anything.

Each gives microseconds with a definition, because "launch cost" means four different things. An empty kernel is
torch.cuda._sleep(0): one thread that reads the clock and ends.
"""

import dataclasses
import functools
import time

import torch

from measuring_device import median_us
from measuring_networks import captured

MANY = 1000  # launches in a row: below the depth of a stream's queue, so the host never waits for the device
GRAPH_NODES = (100, 1025)
COPY_BYTES = (4 << 10, 64 << 10, 1 << 20, 16 << 20, 256 << 20)
SPIN_CYCLES = 50_000_000  # keeps a GPU busy for tens of milliseconds, while the host fills its queue


@dataclasses.dataclass
class Benchmark:
    quantity: str
    definition: str
    run: object  # gives a list of seconds, one for each repetition
    bytes_moved: int = 0


def benchmarks(device, options):
    """All that the device has, in the order of measuring."""
    return (launches(device, options) if device.is_cuda else []) + operators(device, options) + copies(device, options)


def rows_of(device, options, is_done, say):
    """Measures; yields one row each as data/measured/launch_overhead.csv has them, with bytes and GB/s for copies."""
    for benchmark in benchmarks(device, options):
        row = {"quantity": benchmark.quantity, "gpu": device.machine, "definition": benchmark.definition,
               "grade": "measured", "source": device.source}
        if is_done(row):
            say(f"{benchmark.quantity}: is there")
            continue
        try:
            samples = benchmark.run()
        except RuntimeError as error:
            say(f"{benchmark.quantity}: skipped: {' '.join(str(error).split())[:200]}")
            continue
        row["value_us"] = median_us(samples)
        row["runs"] = len(samples)
        if benchmark.bytes_moved and row["value_us"] > 0:
            row["bytes"] = benchmark.bytes_moved
            row["gb_per_s"] = round(benchmark.bytes_moved / row["value_us"] / 1000, 3)
        say(f"{benchmark.quantity}: {row['value_us']:.2f} us")
        yield row


def null():
    torch.cuda._sleep(0)


# ---- ways of timing -----------------------------------------------------------------------------------------------


def in_a_row(device, run, repetitions, ends_with_sync):
    """Seconds of one of MANY calls, by the host's clock."""
    samples = []
    for _ in range(repetitions):
        device.synchronize()
        start = time.perf_counter()
        for _ in range(MANY):
            run()
        if ends_with_sync:
            device.synchronize()
        samples.append((time.perf_counter() - start) / MANY)
    device.synchronize()
    return samples[1:]


def event_timed(run, repetitions, calls=1, ahead=None):
    """Seconds between two events around `calls` calls, by the device's clock; `ahead` is launched before the first."""
    samples = []
    for _ in range(repetitions):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        if ahead:
            ahead()
        begin.record()
        for _ in range(calls):
            run()
        end.record()
        torch.cuda.synchronize()
        samples.append(begin.elapsed_time(end) / 1000 / calls)
    return samples[1:]


def host_side(device, run, repetitions):
    """Seconds of a call until it returns, on an idle device."""
    samples = []
    for _ in range(repetitions):
        device.synchronize()
        start = time.perf_counter()
        run()
        samples.append(time.perf_counter() - start)
    device.synchronize()
    return samples[1:]


# ---- launches -----------------------------------------------------------------------------------------------------


def launches(device, options):
    repetitions = options.runs + 1
    spin = functools.partial(torch.cuda._sleep, SPIN_CYCLES)
    half = MANY // 2  # so that spin, events and kernels fit the queue
    tests = [
        Benchmark("null kernel, async back-to-back",
                  "per-launch time, stream kept busy; 1000 from a Python loop, synchronised once",
                  lambda: in_a_row(device, null, repetitions, True)),
        Benchmark("null kernel, sync each", "launch and synchronise, by the host's clock",
                  lambda: device.seconds_of(null, options)),
        Benchmark("event-record/null kernel/event-record", "cudaEvent elapsed, idle device",
                  lambda: event_timed(null, repetitions)),
        Benchmark("null kernel, device side",
                  "from one kernel of a full queue to the next, cudaEvent elapsed over 500: kernel and gap",
                  lambda: event_timed(null, repetitions, half, spin)),
    ]
    for nodes in GRAPH_NODES:
        graph = functools.cache(functools.partial(graph_of_nulls, nodes))
        tests += [
            Benchmark(f"CUDA graph launch, {nodes} nodes", "the host's call, idle device",
                      lambda graph=graph: host_side(device, graph(), repetitions)),
            Benchmark(f"CUDA graph device run time, {nodes} nodes",
                      "cudaEvent elapsed around one replay in a full queue",
                      lambda graph=graph: event_timed(graph(), repetitions, 1, spin)),
            Benchmark(f"CUDA graph, sync each, {nodes} nodes", "replay and synchronise, by the host's clock",
                      lambda graph=graph: device.seconds_of(graph(), options)),
        ]
    return tests


def graph_of_nulls(nodes):
    def run():
        for _ in range(nodes):
            null()

    return captured(run)


# ---- operators ----------------------------------------------------------------------------------------------------


def operators(device, options):
    """What PyTorch's host code takes for an operator too small to keep any device busy."""
    x = torch.rand(8, 64, device=device.torch)
    image = torch.rand(1, 8, 8, 8, device=device.torch)
    calls = {
        "view": lambda: x.view(64, 8),
        "add": lambda: x + x,
        "layer_norm": with_no_grad(torch.nn.LayerNorm(64).to(device.torch), x),
        "linear": with_no_grad(torch.nn.Linear(64, 64).to(device.torch), x),
        "conv2d": with_no_grad(torch.nn.Conv2d(8, 8, 3, padding=1).to(device.torch), image),
        "batch_norm": with_no_grad(torch.nn.BatchNorm2d(8).eval().to(device.torch), image),
    }
    definition = "per-call time on the host of 1000 tiny ones in a row, not synchronised"
    return [Benchmark(f"PyTorch eager {name}, enqueue", definition,
                      functools.partial(in_a_row, device, run, max(options.runs // 5, 2) + 1, False))
            for name, run in calls.items()]


def with_no_grad(module, x):
    def run():
        with torch.no_grad():
            return module(x)

    return run


# ---- copies -------------------------------------------------------------------------------------------------------


def copies(device, options):
    where = {"host to host": ("cpu", "cpu", False)}
    if device.is_cuda:
        where = {"host to device, pinned": ("cpu", device.torch, True), "host to device": ("cpu", device.torch, False),
                 "device to host, pinned": (device.torch, "cpu", True), "device to host": (device.torch, "cpu", False),
                 "device to device": (device.torch, device.torch, False)}
    return [Benchmark(f"copy, {name}, {size} bytes", "copy and synchronise, by the host's clock; bytes copied count once",
                      functools.partial(copy_seconds, device, options, size, *ends), size)
            for name, ends in where.items() for size in COPY_BYTES]


def copy_seconds(device, options, size, source, target, pinned):
    def tensor(where):
        return torch.zeros(size, dtype=torch.uint8, device=where, pin_memory=pinned and where == "cpu")

    origin, result = tensor(source), tensor(target)
    return device.seconds_of(lambda: result.copy_(origin, non_blocking=pinned), options)
