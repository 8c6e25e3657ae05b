"""The device that is measured: its name among fusesim's machines, its host and versions, timing on it."""

import platform
import statistics
import subprocess
import time

import torch

# Names as the driver gives them, and as configs/gpu has them.
MACHINES = {
    "Tesla V100-SXM2-16GB": "v100-sxm2-16gb", "Tesla V100-PCIE-32GB": "v100-pcie-32gb", "Tesla T4": "t4",
    "NVIDIA A100-SXM4-40GB": "a100-sxm-40gb", "NVIDIA A100-SXM4-80GB": "a100-sxm-80gb",
    "NVIDIA A100-PCIE-40GB": "a100-pcie-40gb", "NVIDIA A100 80GB PCIe": "a100-pcie-80gb",
    "NVIDIA A30": "a30", "NVIDIA A10": "a10", "NVIDIA L4": "l4",
    "NVIDIA GeForce RTX 3090": "rtx-3090", "NVIDIA GeForce RTX 4090": "rtx-4090",
    "NVIDIA H100 PCIe": "h100-pcie", "NVIDIA H100 80GB HBM3": "h100-sxm", "NVIDIA H200": "h200-sxm",
}


class DeviceError(Exception):
    """There is no such device here, or it no longer works."""


class Device:
    """Where and on what software measurements run. `machine` is the name to write, else found by the device's own."""

    def __init__(self, name, machine=None):
        try:
            self.torch = torch.device(name)
        except RuntimeError:
            self.torch = None
        if self.torch is None or self.torch.type not in ("cpu", "cuda"):
            raise DeviceError(f"no device is called '{name}'; --device takes cuda, cuda:1, … or cpu")
        self.is_cuda = self.torch.type == "cuda"
        if self.is_cuda:
            self._require_cuda(name)
            torch.cuda.set_device(self.torch)
        self.name = torch.cuda.get_device_name() if self.is_cuda else cpu_name()
        self.machine = machine or (MACHINES.get(self.name, slug(self.name)) if self.is_cuda else "cpu")
        self.is_known = bool(machine) or not self.is_cuda or self.name in MACHINES
        self.host = cpu_name()
        self.versions = self._versions()
        self.source = "measure_gpu.py-pt" + release_of(torch.__version__)
        if self.is_cuda:
            self.source += "-cu" + release_of(torch.version.cuda)

    @staticmethod
    def _require_cuda(name):
        if not torch.cuda.is_available():
            built = torch.version.cuda
            why = (f"PyTorch {torch.__version__} finds no GPU or no driver (nvidia-smi says which)" if built
                   else f"PyTorch {torch.__version__} is built without CUDA")
            raise DeviceError(f"no CUDA device: {why}. --dry-run shows the plan anywhere, --device cpu measures this CPU")
        index = torch.device(name).index or 0
        if index >= torch.cuda.device_count():
            raise DeviceError(f"no device {name}: there are {torch.cuda.device_count()}, counted from 0")

    def _versions(self):
        import torchvision

        versions = [f"torch {torch.__version__}", f"torchvision {torchvision.__version__}",
                    f"python {platform.python_version()}"]
        if self.is_cuda:
            versions += [f"cuda {torch.version.cuda}", f"cudnn {torch.backends.cudnn.version()}",
                         f"driver {self.ask('driver_version') or 'unknown'}"]
        return "; ".join(versions)

    @property
    def capability(self):
        return torch.cuda.get_device_capability() if self.is_cuda else (0, 0)

    def synchronize(self):
        if self.is_cuda:
            torch.cuda.synchronize()

    def _query(self, what):
        """nvidia-smi, started but not waited for; None where there is none."""
        uuid = str(getattr(torch.cuda.get_device_properties(self.torch), "uuid", ""))  # PyTorch 2.2 and later
        which = f"GPU-{uuid.removeprefix('GPU-')}" if uuid else str(self.torch.index or 0)
        try:
            return subprocess.Popen(["nvidia-smi", f"--query-gpu={what}", "--format=csv,noheader,nounits", "-i", which],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        except OSError:
            return None

    def ask(self, what, meanwhile=None):
        """What nvidia-smi says of `what`, calling `meanwhile` again and again until it has answered; "" if nothing."""
        process = self._query(what) if self.is_cuda else None
        if process is None:
            return ""
        while meanwhile and process.poll() is None:
            meanwhile()
        answer = process.communicate()[0].strip()
        return answer if process.returncode == 0 else ""

    def seconds_of(self, run, options):
        """Wall-clock seconds of single calls of `run`, each begun on an idle device and ended by a synchronisation."""
        for _ in range(options.warmup):
            run()
        self.synchronize()
        samples = []
        end = time.perf_counter() + options.seconds
        while len(samples) < options.runs and (len(samples) < options.least_runs or time.perf_counter() < end):
            start = time.perf_counter()
            run()
            self.synchronize()
            samples.append(time.perf_counter() - start)
        return samples


def median_us(samples):
    return round(statistics.median(samples) * 1e6, 3)


def release_of(version):
    """'2.3.1+cu121' -> '231'"""
    digits = version.partition("+")[0].split(".")[:3]
    return "".join("".join(filter(str.isdigit, part.partition("a")[0])) for part in digits)


def slug(name):
    """'NVIDIA RTX A6000' -> 'rtx-a6000'"""
    words = "".join(c if c.isalnum() else " " for c in name.lower()).split()
    return "-".join(word for word in words if word not in ("nvidia", "geforce", "tesla")) or "unknown"


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
