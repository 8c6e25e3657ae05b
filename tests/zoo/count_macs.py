#!/usr/bin/env python3
"""Counts a model's parameters and the multiply-accumulates of one image by watching PyTorch run it.

  count_macs.py MODEL[:IMAGE_SIZE]…    # rows of data/torchvision_macs.csv and data/torchvision_more_macs.csv

Seen are the contractions that reach ATen: convolutions and matrix products, whatever modules or functions they come
from. The run is on PyTorch's meta device: every operator works out its shapes and no numbers.
"""

import math
import sys

import torch
from torch.utils._python_dispatch import TorchDispatchMode

import export_models

aten = torch.ops.aten


def convolution_macs(image, weight, result):
    return result.numel() * math.prod(weight.shape[1:])


def product_macs(left, right):
    return math.prod(left.shape) * right.shape[-1]


class Counter(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if function is aten.convolution.default:
            self.macs += convolution_macs(args[0], args[1], result)
        elif function in (aten.mm.default, aten.bmm.default):
            self.macs += product_macs(args[0], args[1])
        elif function in (aten.addmm.default, aten.baddbmm.default):
            self.macs += product_macs(args[1], args[2])
        return result


def row(name, size):
    options = {"image_size": size} if name.startswith("vit") else {}
    model = export_models.torchvision_model(name, **options).eval().to("meta")
    # With gradients, or attention would be one fused operator instead of its matrix products.
    with Counter() as counter:
        model(torch.zeros(1, 3, size, size, device="meta"))
    return name, size, sum(parameter.numel() for parameter in model.parameters()), counter.macs


def main():
    export_models.skip_initialisation()
    for argument in sys.argv[1:]:
        name, _, size = argument.partition(":")
        print(*row(name, int(size or 224)), sep=",", flush=True)


if __name__ == "__main__":
    main()
