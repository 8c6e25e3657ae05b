"""Latency and kernels of one network as PyTorch runs it."""

import contextlib
import dataclasses
import gc
import statistics
import sys

import torch

from export_torchscript import make_model

TENSOR_TYPES = {"f32": torch.float32, "tf32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16,
                "amp-f16": torch.float32}
WARMUPS_BEFORE_CAPTURE = 3  # PyTorch's own examples: libraries choose and allocate before a graph is captured
PROFILED_RUNS = 3


class OutOfMemory(Exception):
    """The device's memory does not hold the network at this batch size."""


class Unmeasurable(Exception):
    """PyTorch cannot run this here; says why."""


@dataclasses.dataclass
class Network:
    """A model in its type on a device; inputs of any batch size come with it."""

    model: torch.nn.Module
    precision: str
    size: int
    channels_last: bool
    device: object

    @classmethod
    def make(cls, name, precision, size, channels_last, device):
        # ViTs have an embedding of each position, so they are built for one size.
        model = make_model(name, **({"image_size": size} if name.startswith("vit_") else {}))
        layout = torch.channels_last if channels_last else torch.contiguous_format
        with translated_errors():
            model = model.to(device.torch, TENSOR_TYPES[precision]).to(memory_format=layout)
        return cls(model, precision, size, channels_last, device)

    def runner(self, runtime, batch):
        """A function that runs the network once under `runtime`."""
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        x = torch.rand(batch, 3, self.size, self.size).to(self.device.torch, TENSOR_TYPES[self.precision],
                                                          memory_format=layout)
        model = self.model
        if runtime.startswith("torch-compile"):
            options = {"mode": "reduce-overhead"} if runtime == "torch-compile-cudagraph" else {}
            model = torch.compile(model, dynamic=False, **options)

        def run():
            with torch.no_grad(), self._autocast():
                return model(x)

        return captured(run) if runtime == "cuda-graph" else run

    def _autocast(self):
        if self.precision != "amp-f16":
            return contextlib.nullcontext()
        return torch.autocast(self.device.torch.type, dtype=torch.float16)


def set_tf32(precision):
    """f32 is PyTorch's default: convolutions may use TF32, matrix products may not."""
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"


def captured(run):
    """`run` as a CUDA graph, captured now; the function returned replays it."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARMUPS_BEFORE_CAPTURE):
            run()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = run()

    def replay():
        graph.replay()
        return result  # keeps the memory that the graph writes to

    return replay


@contextlib.contextmanager
def translated_errors():
    """Torch's errors as those of this file."""
    try:
        yield
    except (RuntimeError, AssertionError) as error:
        text = " ".join(str(error).split())
        # "DefaultCPUAllocator: can't allocate memory" is the CPU's way of saying it.
        if "out of memory" in text or "can't allocate memory" in text:
            raise OutOfMemory(text[:200]) from None
        raise Unmeasurable(text[:300]) from error


def release(device):
    """Gives back what deleted networks held."""
    if "torch._dynamo" in sys.modules:
        torch._dynamo.reset()
    gc.collect()
    if device.is_cuda:
        torch.cuda.empty_cache()


# ---- kernels ------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Kernel:
    name: str
    kind: str  # kernel, copy, set; cpu-operator
    start_us: float  # after the begin of the first one
    duration_us: float


def kernels_of(run, device):
    """The kernels of one run in order; on a CPU the operators that no other called. Times are medians of a few runs."""
    runs = [profiled(run, device) for _ in range(PROFILED_RUNS)]
    names = [[kernel.name for kernel in one] for one in runs]
    if any(one != names[-1] for one in names):  # still choosing among algorithms
        return runs[-1]
    return [dataclasses.replace(alike[-1],
                                start_us=round(statistics.median(kernel.start_us for kernel in alike), 3),
                                duration_us=round(statistics.median(kernel.duration_us for kernel in alike), 3))
            for alike in zip(*runs)]


def profiled(run, device):
    from torch.profiler import ProfilerActivity, profile

    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device.is_cuda else [])
    with profile(activities=activities) as profiler:
        run()
        device.synchronize()
    return ordered(profiler.events(), device.is_cuda)


def ordered(events, is_cuda):
    """What ran on the device among a profiler's events, in order of its begin."""
    wanted = [event for event in events if (is_on_gpu(event) if is_cuda else is_outermost_operator(event))]
    wanted.sort(key=lambda event: event.time_range.start)
    first = wanted[0].time_range.start if wanted else 0
    return [Kernel(event.name, kind_of(event.name, is_cuda), round(event.time_range.start - first, 3),
                   round(event.time_range.end - event.time_range.start, 3)) for event in wanted]


def is_on_gpu(event):
    return event.device_type == torch.autograd.DeviceType.CUDA and not getattr(event, "is_user_annotation", False)


def is_outermost_operator(event):
    return event.name.startswith("aten::") and event.cpu_parent is None


def kind_of(name, is_cuda):
    if not is_cuda:
        return "cpu-operator"
    return "copy" if name.startswith("Memcpy") else "set" if name.startswith("Memset") else "kernel"
