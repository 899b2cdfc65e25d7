"""The student's shape, its tokenizer, its teacher, and one way to turn texts into vectors with either."""

import hashlib
import json
import os
import pathlib
from collections import Counter

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, DebertaV2Config, DebertaV2Model

SPECIAL = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
PREFIX = "deberta."  # as in the published DeBERTa checkpoints

# As in DeBERTa-v3-small, smaller. No convolution: candle's has a `todo!` there.
CONFIG = {
    "model_type": "deberta-v2",
    "architectures": ["DebertaV2Model"],
    "vocab_size": 10240,
    "hidden_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 512,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "max_position_embeddings": 512,
    "type_vocab_size": 0,
    "initializer_range": 0.02,
    "layer_norm_eps": 1e-7,
    "relative_attention": True,
    "max_relative_positions": -1,
    "position_buckets": 32,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": "c2p|p2c",
    "position_biased_input": False,
    "pad_token_id": 0,
}


def train_tokenizer(texts, vocab_size):
    """WordPiece over lower-cased words without accents. The same texts make the same tokens.

    The trainer of `tokenizers` numbers the letters within words ("##a") as it meets them in a hash map, and breaks ties by
    number: so they are given to it in order, as special tokens, and stop being special afterwards.
    """
    texts = list(texts)
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=64))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    counts = Counter("".join(tokenizer.normalizer.normalize_str(text) for text in texts))
    letters = sorted(sorted((letter for letter in counts if not letter.isspace()), key=lambda letter: (-counts[letter], letter))[:200])
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size, special_tokens=SPECIAL + [f"##{letter}" for letter in letters], initial_alphabet=letters, limit_alphabet=len(letters), min_frequency=2, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    plain = Tokenizer(models.WordPiece(tokenizer.get_vocab(), unk_token="[UNK]", max_input_chars_per_word=64))
    plain.normalizer, plain.pre_tokenizer, plain.decoder = tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder
    plain.add_special_tokens(SPECIAL)
    plain.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return plain


def new_student(seed):
    torch.manual_seed(seed)
    return DebertaV2Model(DebertaV2Config(**{key: value for key, value in CONFIG.items() if key != "model_type"}))


def write_student(model, tokenizer, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    tensors = {PREFIX + name: tensor.detach().to(torch.float16).contiguous() for name, tensor in sorted(model.state_dict().items())}
    save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    for path in folder.iterdir():
        path.chmod(0o644)


def read_student(folder):
    model = new_student(0)
    model.load_state_dict({name.removeprefix(PREFIX): tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()})
    return model, Tokenizer.from_file(str(folder / "tokenizer.json"))


def read_teacher(folder):
    model = BertModel(BertConfig(**json.loads((folder / "config.json").read_text())), add_pooling_layer=False)
    tensors = {name: tensor for name, tensor in load_file(folder / "model.safetensors").items() if not name.startswith("pooler.")}
    tensors.pop("embeddings.position_ids", None)
    model.load_state_dict(tensors)
    return model, Tokenizer.from_file(str(folder / "tokenizer.json"))


def mean_pool(hidden, mask):
    mask = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(1) / mask.sum(1)


def batches(lengths, n_tokens):
    """Texts of like length together, at most `n_tokens` tokens a batch with its padding."""
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * lengths[order[end]] <= n_tokens:
            end += 1
        yield order[start:end]
        start = end


def padded(ids, rows):
    longest = max(len(ids[row]) for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for at, row in enumerate(rows):
        tokens[at, : len(ids[row])] = torch.from_numpy(np.asarray(ids[row], dtype=np.int64))
        mask[at, : len(ids[row])] = 1
    return tokens, mask


def token_ids(tokenizer, texts, max_tokens):
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    ids = [np.array(encoding.ids, dtype=np.int32) for encoding in tokenizer.encode_batch(texts)]
    tokenizer.no_truncation()
    return ids


def embed(model, tokenizer, texts, max_tokens, dtype=torch.float32):
    """Unit vectors, one row a text: the mean of the last hidden states of the real tokens."""
    model = model.eval().to(dtype)
    ids = token_ids(tokenizer, texts, max_tokens)
    vectors = None
    with torch.inference_mode():
        for rows in batches([len(row) for row in ids], 4096):
            tokens, mask = padded(ids, rows)
            pooled = mean_pool(model(input_ids=tokens, attention_mask=mask).last_hidden_state.float(), mask)
            if vectors is None:
                vectors = np.zeros((len(texts), pooled.shape[1]), dtype=np.float32)
            vectors[rows] = torch.nn.functional.normalize(pooled, dim=1).numpy()
    return vectors


def teach(folder, texts, max_tokens, cache: pathlib.Path, dtype):
    """The teacher's vectors, kept on disk by the texts' hash."""
    cache.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256("\0".join([str(max_tokens), str(dtype), *texts]).encode()).hexdigest()[:20]
    path = cache / f"{key}.npy"
    if not path.exists():
        model, tokenizer = read_teacher(folder)
        partial = path.with_suffix(".partial.npy")
        np.save(partial, embed(model, tokenizer, texts, max_tokens, dtype).astype(np.float16))
        os.replace(partial, path)
    return np.load(path).astype(np.float32)
