"""Small modules of one purpose each, exported for the tests of the command line."""

import torch


class Plain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.fc = torch.nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))


class TwoInputs(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(100, 16)
        self.fc = torch.nn.Linear(16, 4)

    def forward(self, tokens, scale):
        return self.fc(self.table(tokens)) * scale


class Unknown(torch.nn.Module):
    """erfinv is in no table of fusesim."""

    def forward(self, x):
        return torch.erfinv(x) + 1


def plain():
    return Plain()


def two_inputs():
    return TwoInputs()


def unknown():
    return Unknown()
