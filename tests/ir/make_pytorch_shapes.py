#!/usr/bin/env python3
"""Writes the table of operator shapes that shape_rules_test holds the IR's shape rules against.

Runs random small cases, possible and impossible ones, through PyTorch on the CPU and notes the type of the result or
"error". Columns: kind; attributes as name=value; operand types; result type.

    tests/ir/make_pytorch_shapes.py > tests/ir/data/pytorch_shapes.csv
"""

import random

import torch
import torch.nn.functional as F

NAMES = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16", torch.float64: "f64", torch.int8: "i8",
         torch.uint8: "u8", torch.int16: "i16", torch.int32: "i32", torch.int64: "i64", torch.bool: "bool"}
CASES_PER_KIND = 80


def show(tensor):
    dims = "x".join(str(d) for d in tensor.shape) or "scalar"
    return f"{dims}:{NAMES[tensor.dtype]}"


def pick(*values):
    return random.choice(values)


def dims_near(dims, change=0.1):
    """The same sizes, now and then with a wrong one."""
    return [pick(1, 2, 3) if random.random() < change / len(dims) else d for d in dims]


def several(axes, *values):
    return [pick(*values) for _ in range(axes)]


def text(values):
    return "x".join(str(v) for v in values)


def conv(axes):
    groups = pick(1, 1, 2, 3)
    per_group, out = pick(1, 2, 3), groups * pick(1, 2)
    stride, padding = several(axes, 1, 2, 3), several(axes, 0, 1, 2)
    dilation, kernel = several(axes, 1, 1, 2), several(axes, 1, 2, 3, 5)
    batch = pick([], [2])
    x = batch + dims_near([groups * per_group]) + several(axes, 2, 5, 8, 9, 11)
    weight = dims_near([out]) + [per_group] + kernel
    operands = [torch.zeros(x), torch.zeros(weight)] + ([torch.zeros(dims_near([out]))] if pick(0, 1) else [])
    function = [F.conv1d, F.conv2d, F.conv3d][axes - 1]
    attributes = f"stride={text(stride)} padding={text(padding)} dilation={text(dilation)} groups={groups}"
    return attributes, operands, lambda: function(*operands, stride=stride, padding=padding, dilation=dilation,
                                                  groups=groups)


def conv_transpose2d():
    groups = pick(1, 1, 2)
    into, out_per_group = groups * pick(1, 2), pick(1, 2)
    stride, padding, dilation = several(2, 1, 2, 3), several(2, 0, 1, 2), several(2, 1, 1, 2)
    extra = several(2, 0, 0, 0, 1)
    operands = [torch.zeros([2] + dims_near([into]) + several(2, 1, 2, 4)),
                torch.zeros([into, out_per_group] + several(2, 1, 2, 3))]
    if pick(0, 1):
        operands.append(torch.zeros([groups * out_per_group]))
    attributes = (f"stride={text(stride)} padding={text(padding)} dilation={text(dilation)} "
                  f"output_padding={text(extra)} groups={groups}")
    return attributes, operands, lambda: F.conv_transpose2d(*operands, stride=stride, padding=padding,
                                                            output_padding=extra, dilation=dilation, groups=groups)


def pool(function):
    kernel, stride = several(2, 1, 2, 3, 4), several(2, 1, 2, 3)
    padding, ceil = several(2, 0, 0, 0, 1, 1, 2), pick(False, True)
    x = torch.zeros(pick([], [2]) + [3] + several(2, 2, 5, 6, 7, 8, 9))
    attributes = f"kernel={text(kernel)} stride={text(stride)} padding={text(padding)} ceil_mode={int(ceil)}"
    settings = {}
    if function is F.max_pool2d:
        dilation = several(2, 1, 1, 2)
        attributes += f" dilation={text(dilation)}"
        settings["dilation"] = dilation
    return attributes, [x], lambda: function(x, kernel, stride=stride, padding=padding, ceil_mode=ceil, **settings)


def adaptive(function):
    size = several(2, 1, 2, 3, 7)
    x = torch.zeros(pick([], [2]) + [3] + several(2, 1, 2, 5, 8))
    return f"output_size={text(size)}", [x], lambda: function(x, size)


def linear():
    into, out = pick(1, 2, 3), pick(1, 2, 4)
    operands = [torch.zeros(several(pick(0, 1, 2, 3), 1, 2) + dims_near([into])), torch.zeros([out, into])]
    if pick(0, 1):
        operands.append(torch.zeros([out]))
    return "", operands, lambda: F.linear(*operands)


def matmul():
    m, n, k = pick(1, 2, 3), pick(1, 2, 3), pick(1, 2, 3)
    left = pick([k], [m, k], several(1, 1, 2) + [m, k], several(2, 1, 2) + [m, k])
    right = pick([k], [k, n], several(1, 1, 2) + [k, n], several(2, 1, 2) + [k, n])
    operands = [torch.zeros(dims_near(left)), torch.zeros(dims_near(right))]
    return "", operands, lambda: torch.matmul(*operands)


def broadcast(function):
    dtypes = list(NAMES)
    full = several(pick(0, 1, 2, 3), 1, 2, 3)
    operands = []
    for _ in range(2):
        dims = [pick(1, d, d) for d in full][pick(0, 0, 0, 1):]
        operands.append(torch.zeros(dims_near(dims, 0.1) if dims else [], dtype=pick(*dtypes)))
    return "", operands, lambda: function(*operands)


def concat(function):
    dims = several(pick(1, 2, 3), 1, 2, 3)
    axis = pick(*range(len(dims) + 1))
    operands = []
    for _ in range(pick(1, 2, 3)):
        part = dims_near(dims)
        operands.append(torch.zeros(part))
    return f"dims={axis}", operands, lambda: function(operands, axis)


def unary_axis(function):
    x = torch.zeros(several(pick(1, 2, 3), 1, 2, 3))
    axis = pick(*range(x.dim() + 1))
    return f"dims={axis}", [x], lambda: function(x, axis)


def reduction(function, dtypes):
    x = torch.zeros(several(pick(1, 2, 3, 4), 1, 2, 3), dtype=pick(*dtypes))
    axes = [d for d in range(x.dim()) if pick(0, 1)] or [0]
    if function is torch.argmax:
        axes = axes[0]
    keep = pick(False, True)
    listed = text(axes) if isinstance(axes, list) else axes
    return f"dims={listed} keepdim={int(keep)}", [x], lambda: function(x, axes, keepdim=keep)


def layer_norm():
    x = torch.zeros(several(pick(1, 2, 3), 1, 2, 3))
    axes = pick(*range(1, x.dim() + 1))
    shape = list(x.shape[-axes:])
    operands = [x, torch.zeros(dims_near(shape)), torch.zeros(shape)]
    return f"axes={axes}", operands, lambda: F.layer_norm(x, shape, operands[1], operands[2])


def group_norm():
    groups = pick(1, 2, 3)
    x = torch.zeros([2] + dims_near([groups * pick(1, 2)]) + several(pick(0, 1, 2), 2, 3))
    operands = [x, torch.zeros(x.shape[1]), torch.zeros(x.shape[1])]
    return f"groups={groups}", operands, lambda: torch.group_norm(x, groups, operands[1], operands[2])


def embedding():
    operands = [torch.zeros([5, 3]), torch.zeros(several(pick(0, 1, 2), 1, 2), dtype=pick(torch.int64, torch.int32,
                                                                                          torch.float32))]
    return "", operands, lambda: F.embedding(operands[1], operands[0])


FLOATS = [torch.float32, torch.float64]
ALL = list(NAMES)
KINDS = {
    "conv1d": lambda: conv(1), "conv2d": lambda: conv(2), "conv3d": lambda: conv(3),
    "conv_transpose2d": conv_transpose2d,
    "max_pool2d": lambda: pool(F.max_pool2d), "avg_pool2d": lambda: pool(F.avg_pool2d),
    "adaptive_avg_pool2d": lambda: adaptive(F.adaptive_avg_pool2d),
    "adaptive_max_pool2d": lambda: adaptive(F.adaptive_max_pool2d),
    "linear": linear, "matmul": matmul,
    "add": lambda: broadcast(torch.add), "div": lambda: broadcast(torch.div),
    "maximum": lambda: broadcast(torch.maximum), "compare": lambda: broadcast(torch.lt),
    "concat": lambda: concat(torch.cat), "stack": lambda: concat(torch.stack),
    "softmax": lambda: unary_axis(F.softmax), "cumsum": lambda: unary_axis(torch.cumsum),
    "sum": lambda: reduction(torch.sum, ALL), "mean": lambda: reduction(torch.mean, FLOATS),
    "amax": lambda: reduction(torch.amax, ALL), "argmax": lambda: reduction(torch.argmax, FLOATS),
    "layer_norm": layer_norm, "group_norm": group_norm, "embedding": embedding,
}


def main():
    random.seed(13)
    print(f"# PyTorch {torch.__version__}, by tests/ir/make_pytorch_shapes.py")
    for kind, make in KINDS.items():
        lines = set()
        for _ in range(CASES_PER_KIND):
            attributes, operands, run = make()
            try:
                result = show(run())
            except (RuntimeError, IndexError):
                result = "error"
            lines.add(f"{kind};{attributes};{' '.join(show(t) for t in operands)};{result}")
        print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main()
