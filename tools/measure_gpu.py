#!/usr/bin/env python3
"""Measure networks, launches and copies on a GPU, in the format that `fusesim validate` reads.

  measure_gpu.py --dry-run                                what would be measured, and nothing else
  measure_gpu.py                                          everything; takes hours, goes on where it was stopped
  measure_gpu.py --models resnet50,vit_b_16 --dtypes f16,amp-f16 --batches 1,32 -o measured/mine
  measure_gpu.py --models my_package.nets:make --sizes 256
  measure_gpu.py --only launches                          null kernels, CUDA graphs, operators, copies
  fusesim validate data/measured/a100-sxm-40gb/end_to_end.csv

Writes three tables into the folder that --output names (default: data/measured/<gpu>):

  end_to_end.csv   one row for each network x dtype x runtime x batch: median latency of a call from its begin on an
                   idle device to the end of its synchronisation; number and total time of its kernels
  kernels.csv      every kernel of those runs, in order, with begin and duration (torch.profiler; on an idle queue)
  launches.csv     what it takes to launch, to synchronise, to replay a graph, to copy

Rows that are in the tables already are not measured again: the same command goes on after an interruption, and other
--models, --dtypes or --batches add to the tables. What cannot run (too little memory, a type that the device lacks, no
torch.compile) is skipped with a message. Weights are random and nothing is downloaded.

dtypes: f32 is PyTorch's default, which on Ampere and later runs convolutions in TF32; tf32 allows it for matrix
products too (fusesim: tf32_products: all, in a runtime file based on pytorch-eager); f16 and bf16 convert the model; amp-f16 is torch.autocast. A GPU that others use, or one that is hot,
gives figures that mean nothing: look at nvidia-smi first. Column sm_clock_mhz has the clock under that load.
"""

import argparse
import datetime
import pathlib
import statistics
import sys

from measured_tables import Table, TableError

RUNTIMES = ("pytorch-eager", "cuda-graph", "torch-compile", "torch-compile-cudagraph")
DEFAULT_RUNTIMES = RUNTIMES[:3]
DTYPES = ("f32", "tf32", "f16", "bf16", "amp-f16")
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
# Sides of the images that fusesim's zoo feeds its networks, where not 224; torchvision's published ones.
SIZES = {"efficientnet_b1": 240, "efficientnet_b2": 288, "efficientnet_b3": 300, "efficientnet_b4": 380,
         "efficientnet_b5": 456, "efficientnet_b6": 528, "efficientnet_b7": 600, "efficientnet_v2_s": 384,
         "efficientnet_v2_m": 480, "efficientnet_v2_l": 480, "inception_v3": 299, "vit_h_14": 518,
         "swin_v2_t": 256, "swin_v2_s": 256, "swin_v2_b": 256}
USUAL_SIZE = 224

# The first nine as data/measured/gpu_end_to_end.csv, the first six as data/measured/launch_overhead.csv.
ROW_KEY = ["model", "gpu", "precision", "runtime", "batch", "image_size", "note"]
ABOUT = ["device_name", "host", "versions", "date"]
END_TO_END = ["model", "gpu", "precision", "runtime", "batch", "image_size", "latency_ms", "note", "source", "min_ms",
              "runs", "kernels", "kernels_ms", "sm_clock_mhz", *ABOUT]
KERNELS = [*ROW_KEY, "index", "kernel", "kind", "start_us", "duration_us"]
LAUNCHES = ["quantity", "gpu", "value_us", "definition", "grade", "source", "runs", "bytes", "gb_per_s", *ABOUT]

EXIT_INPUT, EXIT_INTERRUPTED = 1, 130


class UserError(Exception):
    """Something the user gave, or the machine that this runs on, does not serve."""


def say(message):
    print(f"measure_gpu.py: {message}", file=sys.stderr, flush=True)


# ---- the plan -----------------------------------------------------------------------------------------------------


def plan_of(options, machine):
    """The keys of the rows to measure, models outermost so that each is built once."""
    layout = "nhwc" if options.channels_last else ""
    for model in options.models:
        for size in options.sizes or [SIZES.get(model, USUAL_SIZE)]:
            for precision in options.dtypes:
                for runtime in options.runtimes:
                    for batch in options.batches:
                        note = "; ".join(filter(None, [layout, note_of(precision, options)]))
                        yield {"model": model.rpartition(":")[2], "made_by": model, "gpu": machine,
                               "precision": precision, "runtime": runtime, "batch": batch, "image_size": size,
                               "note": note}


def note_of(precision, options):
    notes = []
    if options.device != "cpu":
        notes = {"f32": ["torch defaults: TF32 for convolutions, FP32 for matmul"],
                 "tf32": ["TF32 for convolutions and matmul"]}.get(precision, [])
    return "; ".join(notes + (["cudnn.benchmark"] if options.cudnn_benchmark else []))


def models_of(options):
    """The networks asked for, checked as far as that goes without making them."""
    own = [name for name in options.models if ":" in name]
    if len(own) == len(options.models):
        return own
    from export_torchscript import torchvision_models

    known = torchvision_models()
    if options.models == ["all"]:
        return known
    for name in options.models:
        if ":" not in name and name not in known:
            raise UserError(f"no torchvision model '{name}'; --list shows them, MODULE:FUNCTION names your own")
    return options.models


def obstacle(runtime, precision, device, torch):
    """Why this cannot be measured here at all; None if it can."""
    if not device.is_cuda and runtime != "pytorch-eager":
        return f"{runtime} is measured on GPUs only"
    if runtime.startswith("torch-compile") and not hasattr(torch, "compile"):
        return f"PyTorch {torch.__version__} has no torch.compile (2.0 and later have)"
    if precision == "amp-f16" and not device.is_cuda:
        return "amp-f16 is measured on GPUs only"
    if precision == "tf32" and device.capability < (8, 0):
        return f"{device.name} has no TF32"
    if precision == "bf16" and device.is_cuda and device.capability < (8, 0):
        return f"{device.name} has no BF16"
    return None


# ---- networks -----------------------------------------------------------------------------------------------------


class NetworkMeasurement:
    """Goes through the plan; holds one model at a time."""

    def __init__(self, options, device, rows, kernels):
        self.options, self.device = options, device
        self.rows, self.kernels = rows, kernels
        self.too_large = {}  # (model, precision, runtime, size): smallest batch that did not fit
        self.held, self.network = None, None
        self.measured = self.there = self.skipped = 0

    def run(self):
        import torch

        self.kernels.keep(lambda row: tuple(row[name] for name in ROW_KEY) in self.rows.keys)
        plan = list(plan_of(self.options, self.device.machine))
        said = set()
        for number, key in enumerate(plan, 1):
            if key in self.rows:
                self.there += 1
                continue
            why = obstacle(key["runtime"], key["precision"], self.device, torch)
            if why is not None:
                if why not in said:
                    say(f"skipped: {why}")
                    said.add(why)
                self.skipped += 1
                continue
            self.measure(key, f"[{number}/{len(plan)}] {key['model']} {key['precision']} {key['runtime']} "
                              f"batch {key['batch']}")
        self.drop()
        say(f"networks: {self.measured} rows measured, {self.there} were there, {self.skipped} skipped")

    def measure(self, key, title):
        from measuring_networks import OutOfMemory, Unmeasurable, release

        which = (key["model"], key["precision"], key["runtime"], key["image_size"])
        if key["batch"] >= self.too_large.get(which, key["batch"] + 1):
            self.skipped += 1
            return
        try:
            row, kernels = self.measurement_of(key)
            self.kernels.append(kernels)
            self.rows.append([row])
            self.measured += 1
            say(f"{title}: {row['latency_ms']} ms, {row['kernels']} kernels")
        except OutOfMemory:
            self.too_large[which] = key["batch"]
            self.skipped += 1
            say(f"{title}: skipped with all larger batches: out of memory")
        except Unmeasurable as error:
            self.skipped += 1
            say(f"{title}: skipped: {error}")
            self.require_working_device()
        release(self.device)

    def measurement_of(self, key):
        """The row and its kernels."""
        from measuring_networks import kernels_of, translated_errors

        network = self.network_for(key)
        with translated_errors():
            run = network.runner(key["runtime"], key["batch"])
            samples = self.device.seconds_of(run, self.options)
            clock = self.device.ask("clocks.sm", meanwhile=run)
            self.device.synchronize()
            kernels = kernels_of(run, self.device)
        row = dict(key, latency_ms=milliseconds(statistics.median(samples)), source=self.device.source,
                   min_ms=milliseconds(min(samples)), runs=len(samples),
                   kernels=len(kernels), kernels_ms=round(sum(one.duration_us for one in kernels) / 1000, 4),
                   sm_clock_mhz=clock, **about(self.device))
        return row, [dict(key, index=i, kernel=one.name, kind=one.kind, start_us=one.start_us,
                          duration_us=one.duration_us) for i, one in enumerate(kernels)]

    def network_for(self, key):
        from export_torchscript import ExportError
        from measuring_networks import Network, set_tf32

        wanted = (key["made_by"], key["precision"], key["image_size"])
        if self.held != wanted:
            self.drop()
            set_tf32(key["precision"])
            try:
                self.network = Network.make(key["made_by"], key["precision"], key["image_size"],
                                            self.options.channels_last, self.device)
            except ExportError as error:
                raise UserError(str(error)) from None
            self.held = wanted
        return self.network

    def drop(self):
        from measuring_networks import release

        self.held = self.network = None
        release(self.device)

    def require_working_device(self):
        """After some errors a process cannot use its GPU any more."""
        try:
            self.device.synchronize()
        except RuntimeError as error:
            raise UserError(f"the GPU stopped working for this process: {' '.join(str(error).split())[:200]}; "
                            "the same command goes on with what is left") from None


def milliseconds(seconds):
    return round(seconds * 1000, 5)


def about(device):
    return {"device_name": device.name, "host": device.host, "versions": device.versions,
            "date": datetime.date.today().isoformat()}


# ---- command line -------------------------------------------------------------------------------------------------


def listed(kind, known=None):
    """Type of an option that takes several values with commas between."""

    def parse(text):
        values = []
        for part in filter(None, text.split(",")):
            try:
                value = kind(part)
            except ValueError:
                raise argparse.ArgumentTypeError(f"'{part}' is no whole number") from None
            if known and value not in known:
                raise argparse.ArgumentTypeError(f"'{part}' is none of {', '.join(known)}")
            if kind is int and value < 1:
                raise argparse.ArgumentTypeError(f"{part} is below 1")
            if value not in values:
                values.append(value)
        if not values:
            raise argparse.ArgumentTypeError("is empty")
        return values

    return parse


def positive(text):
    value = float(text)
    if not value > 0:
        raise ValueError
    return value


def count(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_argument_group("what is measured (values with commas between)")
    what.add_argument("--models", type=listed(str), default=["all"], metavar="NAME",
                      help="torchvision models, or MODULE:FUNCTION that returns a module (default: all of torchvision)")
    what.add_argument("--dtypes", type=listed(str, DTYPES), default=list(DTYPES), metavar="TYPE",
                      help=f"of {', '.join(DTYPES)} (default: all)")
    what.add_argument("--runtimes", type=listed(str, RUNTIMES), default=list(DEFAULT_RUNTIMES), metavar="RUNTIME",
                      help=f"of {', '.join(RUNTIMES)} (default: the first three)")
    what.add_argument("--batches", type=listed(int), default=list(BATCHES), metavar="N",
                      help="images at a time (default: 1 to 256 by powers of two)")
    what.add_argument("--sizes", type=listed(int), metavar="N", help="sides of the images (default: the model's own)")
    what.add_argument("--channels-last", action="store_true", help="images and weights in NHWC; note says nhwc")
    what.add_argument("--cudnn-benchmark", action="store_true", help="cuDNN tries its algorithms out; the note says so")
    what.add_argument("--only", choices=["networks", "launches"], help="one of the two parts")
    where = parser.add_argument_group("where")
    where.add_argument("--device", default="cuda", help="cuda, cuda:1, … or cpu (default: %(default)s)")
    where.add_argument("--gpu", metavar="NAME", help="fusesim's name of the machine (default: from the driver's)")
    where.add_argument("-o", "--output", type=pathlib.Path, metavar="FOLDER",
                       help="folder of the tables (default: data/measured/<gpu> of this repository)")
    how = parser.add_argument_group("how")
    how.add_argument("--warmup", type=count, default=10, metavar="N", help="calls before timing (default: %(default)s)")
    how.add_argument("--runs", type=count, default=50, metavar="N",
                     help="timed calls, of which the median counts (default: %(default)s)")
    how.add_argument("--seconds", type=positive, default=10, metavar="S",
                     help="fewer runs, at least 5, when they take longer than that (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="print what would be measured; needs no GPU")
    parser.add_argument("--list", action="store_true", help="print the names of torchvision's models")
    options = parser.parse_args(arguments)
    options.least_runs = min(5, options.runs)
    return options


def folder_of(options, machine):
    return options.output or pathlib.Path(__file__).resolve().parents[1] / "data/measured" / machine


def dry_run(options):
    machine = options.gpu or ("cpu" if options.device == "cpu" else "<gpu>")
    rows = list(plan_of(options, machine)) if options.only != "launches" else []
    for row in rows:
        print(f"{row['model']} {row['precision']} {row['runtime']} batch {row['batch']} image {row['image_size']}"
              f"{' (' + row['note'] + ')' if row['note'] else ''}")
    if options.only != "networks":
        print("launches: null kernels, CUDA graphs of empty nodes, eager operators, copies")
    # A call of 20 ms, about the mean up to batch 256, and three seconds to build, warm up and profile.
    minutes = len(rows) * (min(options.seconds, options.runs * 0.02) + 3) / 60
    print(f"{len(rows)} rows of networks, very roughly {minutes / 60:.0f} h {minutes % 60:.0f} min, "
          f"into {folder_of(options, machine)}")


def measure(options):
    import torch

    from measuring_device import Device, DeviceError
    from measuring_launches import rows_of

    try:
        device = Device(options.device, options.gpu)
    except DeviceError as error:
        raise UserError(str(error)) from None
    folder = folder_of(options, device.machine)
    say(f"{device.name} as {device.machine}, into {folder}")
    if not device.is_known:
        say(f"'{device.name}' is none of the machines that this tool knows: --gpu NAME says which config it is")
    torch.backends.cudnn.benchmark = options.cudnn_benchmark
    if options.only != "networks":
        table = Table(folder / "launches.csv", LAUNCHES, ["quantity", "gpu", "definition"])
        if not device.is_cuda:
            say("launches: null kernels and CUDA graphs are measured on GPUs only")
        for row in rows_of(device, options, lambda row: row in table, say):
            table.append([dict(row, **about(device))])
    if options.only != "launches":
        rows = Table(folder / "end_to_end.csv", END_TO_END, ROW_KEY)
        kernels = Table(folder / "kernels.csv", KERNELS, [*ROW_KEY, "index"])
        measurement = NetworkMeasurement(options, device, rows, kernels)
        measurement.run()
        if not measurement.measured and not measurement.there:
            raise UserError("nothing could be measured; the messages above say why")


def run(options):
    if options.only != "launches" or options.list:
        options.models = models_of(options) if not options.list else ["all"]
    if options.list:
        print("\n".join(models_of(options)))
    elif options.dry_run:
        dry_run(options)
    else:
        measure(options)


def main(arguments=None):
    options = options_of(arguments)
    try:
        run(options)
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from here")
        return EXIT_INTERRUPTED
    except ImportError as error:
        say(f"needs PyTorch and torchvision: {error} (Debian: python3-torchvision, run by /usr/bin/python3)")
        return EXIT_INPUT
    except OSError as error:
        say(f"cannot write: {error}")
        return EXIT_INPUT
    except (UserError, TableError) as error:
        say(str(error))
        return EXIT_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
