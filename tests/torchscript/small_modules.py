"""Small modules that each try one thing of the importer; small_modules_test.cpp says what must come out."""

import dataclasses
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclasses.dataclass
class Case:
    make: Callable[[], nn.Module]
    inputs: list
    script: bool = False
    runs: bool = True  # without, there is no reference


CASES = {}


def case(*inputs, script=False, freeze=False, runs=True):
    """Adds the decorated module class under its name in snake case."""

    def add(cls):
        name = "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("_")

        def make():
            torch.manual_seed(0)
            module = cls().eval()
            return torch.jit.freeze(torch.jit.script(module)) if freeze else module

        CASES[name] = Case(make, list(inputs), script, runs)
        return cls

    return add


def image(*shape):
    return torch.rand(*shape)


def tokens(*shape):
    return torch.ones(*shape, dtype=torch.int64)


# ---- inputs and outputs -------------------------------------------------------------------------------------------


@case(tokens(2, 7), torch.ones(2, 7, dtype=torch.bool))
class TokensAndMask(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 12)
        self.norm = nn.LayerNorm(12)
        self.head = nn.Linear(12, 50)
        self.head.weight = self.embedding.weight  # tied: counted once

    def forward(self, ids, mask):
        x = self.embedding(ids) * mask.unsqueeze(-1).to(torch.float32)
        positions = torch.arange(ids.shape[1], device=ids.device)
        return self.head(self.norm(x + self.embedding(positions)))


@case(image(2, 3, 8, 8), script=True)
class DictOutput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        y = self.conv(x)
        return {"features": y, "score": y.mean(dim=[2, 3])}


class Pair(NamedTuple):
    left: Tensor
    rest: Tuple[Tensor, List[Tensor]]


@case(image(4, 6), script=True)
class NestedOutput(nn.Module):
    def forward(self, x: Tensor) -> Pair:
        return Pair(x + 1, (x * 2, [x - 1, x.sum(1)]))


@case(image(4, 6), script=True)
class OptionalArgument(nn.Module):
    def forward(self, x: Tensor, bias: Optional[Tensor] = None, scale: float = 2.0) -> Tensor:
        if bias is not None:
            x = x + bias
        return x * scale


@case(image(4, 6), 3, script=True)
class NumberArgument(nn.Module):
    def forward(self, x: Tensor, times: int) -> Tensor:
        return x * times


# ---- control flow -------------------------------------------------------------------------------------------------


class Decider(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if bool(x.sum() > 0):
            return x + 1
        return x - 1


@case(image(4, 6), script=True)
class DependsOnContents(nn.Module):
    def __init__(self):
        super().__init__()
        self.decider = Decider()

    def forward(self, x: Tensor) -> Tensor:
        return self.decider(x.relu())


@case(image(4, 6), script=True)
class ShapeDependsOnContents(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.nonzero(x)


@case(image(4, 6), script=True)
class MaskSelects(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[x > 0.5]


@case(image(4, 6), script=True)
class BranchOnSize(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.size(0) > 2:
            return x.relu()
        return torch.cat([x, x], 1).sigmoid()


@case(image(5, 6), script=True)
class LoopOverSteps(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        state = torch.zeros(6)
        steps: List[Tensor] = []
        for i in range(x.size(0)):
            state = torch.tanh(self.cell(x[i] + state))
            if i % 2 == 0:
                steps.append(state)
        return torch.stack(steps)


@case(image(4, 6), script=True)
class Refuses(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 2:
            raise ValueError("expected a matrix")
        return x.t()


@case(image(2, 4), script=True)
class KnownBuffer(nn.Module):
    """Decides by a buffer, whose contents the file holds."""

    def __init__(self):
        super().__init__()
        self.register_buffer("depth", torch.tensor(3))
        self.stages = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(int(self.depth)):
            for stage in self.stages:
                x = stage(x)
        return x


LIBRARY = torch.library.Library("fusesim_test", "DEF")  # its operators go when it does
LIBRARY.define("twice(Tensor x) -> Tensor")


@case(image(2, 4), script=True, runs=False)
class ForeignOperator(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.fusesim_test.twice(x)


# ---- memory -------------------------------------------------------------------------------------------------------


@case(image(2, 6, 5))
class WritesInPlace(nn.Module):
    def forward(self, x):
        base = torch.zeros(2, 6, 5)
        early = base[:, 0]  # reads what is written later
        base[:, 1:4] = x[:, 1:4]
        base[:, 0].add_(1.0)
        whole = base.view(2, 30)
        whole.mul_(2.0)
        return early.exp(), base.relu(), x.clone().relu_()


@case(image(2, 6, 5))
class CopiesAndViews(nn.Module):
    def forward(self, x):
        turned = x.transpose(1, 2)
        copied = turned.reshape(2, 30)
        viewed = x.reshape(2, 30)
        kept = x.contiguous()
        made = turned.contiguous()
        unused = x.unsqueeze(0)  # noqa: F841
        left, right = viewed.chunk(2, 1)
        return copied + viewed, kept.to(torch.float64), made.flip(1), left * right


# ---- operators ----------------------------------------------------------------------------------------------------


@case(image(3, 4))
class UnknownOperators(nn.Module):
    def forward(self, x):
        return torch.cdist(x, x), x.cumprod(1).cumprod(0)


@case(image(2, 9, 8))
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 5, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(10, 4, batch_first=True)

    def forward(self, x):
        y, (h, _) = self.lstm(x)
        return self.gru(y)[0], h


@case(image(2, 4, 12, 12), image(2, 4, 15), image(1, 4, 6, 6, 6))
class ConvolutionsAndPools(nn.Module):
    def __init__(self):
        super().__init__()
        self.same = nn.Conv2d(4, 6, 4, padding="same")
        self.valid = nn.Conv2d(4, 6, 3, padding="valid", dilation=2)
        self.grouped = nn.Conv2d(4, 8, 3, padding=1, groups=2, stride=2)
        self.up = nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=1, bias=False)
        self.line = nn.Conv1d(4, 6, 4, padding="same")
        self.line_up = nn.ConvTranspose1d(4, 3, 4, stride=3)
        self.volume = nn.Conv3d(4, 2, 3)
        self.max_line = nn.MaxPool1d(3, ceil_mode=True)
        self.mean_line = nn.AvgPool1d(4)
        self.adaptive_line = nn.AdaptiveAvgPool1d(5)
        self.adaptive_max = nn.AdaptiveMaxPool2d((3, 2))
        self.mean_volume = nn.AvgPool3d(2)

    def forward(self, x, line, volume):
        flat = (self.same(x), self.valid(x), self.grouped(x), self.up(x), self.adaptive_max(x),
                F.avg_pool2d(x, 3, padding=1, ceil_mode=True))
        lines = (self.line(line), self.line_up(line), self.max_line(line), self.mean_line(line),
                 self.adaptive_line(line))
        return flat, lines, self.volume(volume), self.mean_volume(volume)


@case(image(2, 8, 10, 10))
class Normalisations(nn.Module):
    def __init__(self):
        super().__init__()
        self.group = nn.GroupNorm(4, 8)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.plain = nn.BatchNorm2d(8, affine=False)
        self.layer = nn.LayerNorm([10, 10])
        self.local = nn.LocalResponseNorm(3)
        self.prelu = nn.PReLU(8)

    def forward(self, x):
        y = self.prelu(self.local(self.layer(self.plain(self.instance(self.group(x))))))
        y = F.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False)
        y = F.pixel_shuffle(F.pad(y, (1, 1, 2, 2), mode="reflect"), 2)
        return F.normalize(y, dim=1)


@case(image(3, 5), image(3, 5), tokens(3, 5))
class Elementwise(nn.Module):
    def forward(self, x, y, ids):
        mask = (x > y) & ~(y < 0.2) | (ids == 3)
        z = torch.where(mask, x, y).masked_fill(mask, 0.0) / (1.0 - x).clamp(min=0.1)
        z = torch.maximum(z, y) * ids + ids.float().cumsum(1) - 2 ** x
        best, where = z.max(dim=1)
        return z.gather(1, where.unsqueeze(1)), best, z.argmin(1), z.softmax(0), z.amax((0, 1)), z.norm(dim=1), ids * 0.5


@case(image(2, 3, 7, 4), image(2, 3, 9, 4))
class Einsum(nn.Module):
    def forward(self, q, k):
        scores = torch.einsum("bhid,bhjd->bhij", q, k)  # 2·3 products of 7×4 by 4×9
        mixed = torch.einsum("bhij,bhjd->bihd", scores.softmax(-1), k)  # 2·3 of 7×9 by 9×4
        return torch.einsum("bihd,hdo->bio", mixed, torch.ones(3, 4, 5))  # one 14×12 by 12×5


@case(image(6, 4), image(4, 5), image(2, 6, 4), image(2, 4, 5))
class MatrixProducts(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(7, 4))
        self.bias = nn.Parameter(torch.rand(7))

    def forward(self, a, b, c, d):
        return (torch.addmm(self.bias, a, self.weight.t()), torch.addmm(torch.ones(6, 5), a, b), a.mm(b), c.bmm(d),
                torch.baddbmm(torch.ones(2, 6, 5), c, d), c @ b, a.mv(b[:, 0]), F.linear(c, self.weight))


@case(image(2, 11, 16))
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, activation="gelu")
        self.layers = nn.TransformerEncoder(layer, 2)

    def forward(self, x):
        return self.layers(x)


@case(image(2, 11, 16))
class AttentionWithWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)

    def forward(self, x):
        context = x[:, :5]
        return self.attention(x, context, context)


@case(image(2, 3, 16, 16), freeze=True, script=True)
class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, bias=False)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(self.conv(x).relu().mean([2, 3]))
