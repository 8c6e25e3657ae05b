"""BERT and GPT-2 in PyTorch, as the zoo's tests export them.

Written after the papers and the eager code paths of Hugging Face transformers (BertModel with pooler; GPT2LMHeadModel
without a cache), with their module names. Weights are left uninitialised: only shapes matter.
"""

import collections
import math

import torch
from torch import nn

Size = collections.namedtuple("Size", "width layers")
BASE, LARGE = Size(768, 12), Size(1024, 24)  # GPT-2 calls them small and medium
HEAD_WIDTH = 64  # in every size


def split_heads(x):
    return x.view(x.size(0), x.size(1), x.size(2) // HEAD_WIDTH, HEAD_WIDTH).permute(0, 2, 1, 3)


def merge_heads(x):
    x = x.permute(0, 2, 1, 3).contiguous()
    return x.view(x.size(0), x.size(1), x.size(2) * x.size(3))


# ---- BERT ---------------------------------------------------------------------------------------------------------


class BertEmbeddings(nn.Module):
    def __init__(self, width, vocabulary=30522, positions=512):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(positions, width)
        self.token_type_embeddings = nn.Embedding(2, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.register_buffer("position_ids", torch.arange(positions).view(1, -1))
        self.register_buffer("token_type_ids", torch.zeros(1, positions, dtype=torch.long))

    def forward(self, tokens):
        batch, length = tokens.size()
        types = self.token_type_ids[:, :length].expand(batch, length)
        x = self.word_embeddings(tokens) + self.token_type_embeddings(types)
        x += self.position_embeddings(self.position_ids[:, :length])
        return self.dropout(self.LayerNorm(x))


class BertSelfAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, mask):
        query = self.query(x)
        key = split_heads(self.key(x))
        value = split_heads(self.value(x))
        scores = torch.matmul(split_heads(query), key.transpose(-1, -2))
        scores = scores / math.sqrt(HEAD_WIDTH) + mask
        weights = self.dropout(nn.functional.softmax(scores, dim=-1))
        return merge_heads(torch.matmul(weights, value))


class BertOutput(nn.Module):
    def __init__(self, width_in, width):
        super().__init__()
        self.dense = nn.Linear(width_in, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, residual):
        return self.LayerNorm(self.dropout(self.dense(x)) + residual)


class BertAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.self = BertSelfAttention(width)
        self.output = BertOutput(width, width)

    def forward(self, x, mask):
        return self.output(self.self(x, mask), x)


class BertIntermediate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.dense = nn.Linear(width, 4 * width)
        self.intermediate_act_fn = nn.GELU()

    def forward(self, x):
        return self.intermediate_act_fn(self.dense(x))


class BertLayer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.attention = BertAttention(width)
        self.intermediate = BertIntermediate(width)
        self.output = BertOutput(4 * width, width)

    def forward(self, x, mask):
        x = self.attention(x, mask)
        return self.output(self.intermediate(x), x)


class BertEncoder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.ModuleList(BertLayer(size.width) for _ in range(size.layers))

    def forward(self, x, mask):
        for layer in self.layer:
            x = layer(x, mask)
        return x


class BertPooler(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.activation = nn.Tanh()

    def forward(self, x):
        return self.activation(self.dense(x[:, 0]))


class Bert(nn.Module):
    def __init__(self, size=BASE):
        super().__init__()
        self.embeddings = BertEmbeddings(size.width)
        self.encoder = BertEncoder(size)
        self.pooler = BertPooler(size.width)

    def forward(self, tokens):
        mask = torch.ones(tokens.size())[:, None, None, :]
        mask = (1.0 - mask) * torch.finfo(torch.float32).min
        x = self.encoder(self.embeddings(tokens), mask)
        return x, self.pooler(x)


# ---- GPT-2 --------------------------------------------------------------------------------------------------------


class NewGelu(nn.Module):
    def forward(self, x):
        return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class Gpt2Attention(nn.Module):
    def __init__(self, width, positions):
        super().__init__()
        triangle = torch.ones(positions, positions, dtype=torch.bool).tril()
        self.register_buffer("bias", triangle.view(1, 1, positions, positions))
        self.register_buffer("masked_bias", torch.tensor(-1e4))
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.attn_dropout = nn.Dropout(0.1)
        self.resid_dropout = nn.Dropout(0.1)

    def forward(self, x):
        query, key, value = (split_heads(part) for part in self.c_attn(x).split(x.size(2), dim=2))
        scores = torch.matmul(query, key.transpose(-1, -2)) / HEAD_WIDTH ** 0.5
        length = x.size(1)
        scores = torch.where(self.bias[:, :, :length, :length], scores, self.masked_bias)
        weights = self.attn_dropout(nn.functional.softmax(scores, dim=-1))
        return self.resid_dropout(self.c_proj(merge_heads(torch.matmul(weights, value))))


class Gpt2Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)
        self.act = NewGelu()
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        return self.dropout(self.c_proj(self.act(self.c_fc(x))))


class Gpt2Block(nn.Module):
    def __init__(self, width, positions):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = Gpt2Attention(width, positions)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = Gpt2Mlp(width)

    def forward(self, x):
        x = self.attn(self.ln_1(x)) + x
        return x + self.mlp(self.ln_2(x))


class Gpt2Model(nn.Module):
    def __init__(self, size, vocabulary, positions):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, size.width)
        self.wpe = nn.Embedding(positions, size.width)
        self.drop = nn.Dropout(0.1)
        self.h = nn.ModuleList(Gpt2Block(size.width, positions) for _ in range(size.layers))
        self.ln_f = nn.LayerNorm(size.width)

    def forward(self, tokens):
        positions = torch.arange(tokens.size(1)).unsqueeze(0)
        x = self.drop(self.wte(tokens) + self.wpe(positions))
        for block in self.h:
            x = block(x)
        return self.ln_f(x)


class Gpt2(nn.Module):
    def __init__(self, size=BASE, vocabulary=50257, positions=1024):
        super().__init__()
        self.transformer = Gpt2Model(size, vocabulary, positions)
        self.lm_head = nn.Linear(size.width, vocabulary, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, tokens):
        return self.lm_head(self.transformer(tokens))
