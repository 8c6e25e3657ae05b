#!/usr/bin/env python3
"""Export a PyTorch model as a TorchScript file that fusesim reads.

  export_torchscript.py resnet50 -o resnet50.pt
  export_torchscript.py my_package.my_module:make_model -o mine.pt --input 1x3x256x256
  export_torchscript.py my_package.text:encoder -o text.pt --input 1x128:i64 --input 1x128:bool
  export_torchscript.py --list

MODEL is a torchvision classification model, or MODULE:FUNCTION where FUNCTION() returns a torch.nn.Module; MODULE is
looked for in the current folder and in the installed packages. Weights are random with a fixed seed and nothing is
downloaded: fusesim looks at shapes only.

The model is traced: run once on inputs of zeros while its operators are recorded. A trace takes other batch sizes
and, where the model's own code does, other image sizes. Where Python decisions depend on the input, use --script.
"""

import argparse
import contextlib
import importlib
import importlib.util
import os
import sys
import warnings

HAS_TORCH = importlib.util.find_spec("torch") is not None  # --help does without
if HAS_TORCH:
    import torch

DTYPES = {
    "f32": "float32", "f16": "float16", "bf16": "bfloat16", "f64": "float64", "i8": "int8", "u8": "uint8",
    "i16": "int16", "i32": "int32", "i64": "int64", "bool": "bool",
}
DTYPE_NAMES = {getattr(torch, dtype): name for name, dtype in DTYPES.items()} if HAS_TORCH else {}
SEED = 0


class ExportError(Exception):
    """Something the user gave was wrong."""


def require(*packages):
    """Ends the program, in one line, where the Python that runs it lacks a package."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            sys.exit(f"{os.path.basename(sys.argv[0])}: {sys.executable} has no {package}: install Debian's python3-torch "
                     "and python3-torchvision and run this with /usr/bin/python3")


def require_for(options):
    """What a command line needs: torchvision only for its own models."""
    is_own = options.model and ":" in options.model and not options.list
    require("torch", *([] if is_own else ["torchvision"]))


# ---- models -----------------------------------------------------------------------------------------------------


def torchvision_models():
    """Names of torchvision's classification models, sorted."""
    import torchvision

    models = torchvision.models
    if hasattr(models, "list_models"):
        return sorted(models.list_models(module=models))
    return sorted(name for name, value in vars(models).items()
                  if callable(value) and name.islower() and not name.startswith(("_", "get_")))


def make_model(name, **options):
    """The model called `name` in eval mode, with random weights. `options` are torchvision's, as image_size of a ViT."""
    torch.manual_seed(SEED)
    model = make_own_model(name) if ":" in name else make_torchvision_model(name, **options)
    if not isinstance(model, torch.nn.Module):
        raise ExportError(f"{name} returned a {type(model).__name__}, not a torch.nn.Module")
    return model.eval()


def make_torchvision_model(name, **options):
    import torchvision

    known = torchvision_models()
    if name not in known:
        raise ExportError(f"no torchvision model '{name}'; --list shows them, MODULE:FUNCTION names your own")
    options["weights"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False  # a very slow initialisation, and a warning about it
    return getattr(torchvision.models, name)(**options)


def make_own_model(name):
    module_name, _, function_name = name.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ExportError(f"cannot import {module_name}: {error}") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise ExportError(f"{module_name} has no function '{function_name}'")
    return function()


# ---- inputs -----------------------------------------------------------------------------------------------------


def parse_input(text):
    """A tensor of zeros for `1x3x224x224` or `1x17:i64`."""
    require("torch")
    shape, _, dtype = text.partition(":")
    try:
        dims = [int(dim) for dim in shape.split("x")]
        if min(dims) < 1:
            raise ValueError
        return torch.zeros(dims, dtype=getattr(torch, DTYPES[dtype or "f32"]))
    except (ValueError, KeyError):
        raise argparse.ArgumentTypeError(
            f"'{text}' is no shape like 1x3x224x224 or 1x17:i64 ({', '.join(DTYPES)})") from None


# ---- export -----------------------------------------------------------------------------------------------------


def export(model, inputs, script=False):
    """The model as a torch.jit.ScriptModule."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of every Python number that it makes a constant
        if script:
            return torch.jit.script(model)
        return torch.jit.trace(model, tuple(inputs), check_trace=False)


def use_shared_weights(module):
    """Stores one number per weight tensor instead of all of them. Shapes stay, outputs lose their meaning."""
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_floating_point() and tensor.numel() > 1:
            tensor.data = tensor.data.flatten()[:1].clone().expand(tensor.shape)


def save(module, path):
    """Writes the file under another name first: an interrupted export leaves no half of one."""
    part = f"{path}.part"
    try:
        module.save(part)
        os.replace(part, path)
    except (OSError, RuntimeError) as error:
        raise ExportError(f"cannot write {path}: {str(error).splitlines()[0]}") from error
    finally:
        with contextlib.suppress(OSError):
            os.remove(part)


# ---- command line -------------------------------------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", metavar="MODEL", help="torchvision name or MODULE:FUNCTION")
    parser.add_argument("-o", "--output", metavar="FILE", help="file to write (default: MODEL.pt)")
    parser.add_argument("--input", action="append", type=parse_input, metavar="SHAPE", dest="inputs",
                        help="a tensor that forward takes, in order: 1x3x224x224, 1x17:i64 "
                             "(default: one image, 1x3x224x224)")
    parser.add_argument("--script", action="store_true", help="compile the model instead of tracing it")
    parser.add_argument("--shared-weights", action="store_true",
                        help="store one number per weight tensor: a file of kilobytes with the same shapes, "
                             "enough for fusesim")
    parser.add_argument("--list", action="store_true", help="list torchvision's classification models")
    return parser


def main():
    parser = arguments()
    options = parser.parse_args()
    if not options.model and not options.list:
        parser.error("give a MODEL, or --list")
    require_for(options)
    if options.list:
        print("\n".join(torchvision_models()))
        return 0
    inputs = options.inputs or [torch.zeros(1, 3, 224, 224)]
    output = options.output or f"{options.model.rpartition(':')[2]}.pt"
    try:
        module = export(make_model(options.model), inputs, options.script)
        if options.shared_weights:
            use_shared_weights(module)
        save(module, output)
    except ExportError as error:
        print(f"export_torchscript.py: {error}", file=sys.stderr)
        return 1
    except RuntimeError as error:  # from running or compiling the model
        message = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
        print(f"export_torchscript.py: {options.model}: {message[:500]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
