"""How near the student is to its teacher, and how well it finds things, beside hashing and beside itself untrained."""

import gzip
import hashlib
import json
import math
import re
import unicodedata
from collections import Counter

import numpy as np
import torch

from model import embed, new_student, read_student, teach

N_TEXTS = 1500
N_HALVES = 1000
MAX_TOKENS = 256


def words(text):
    """As the trainer's hashing encoder takes them: lower-case words of letters and digits."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) and c not in "'\u2019.")
    return re.findall(r"[^\W_]+", folded.lower())


def hashing(texts, dim=512):
    """native-trainer/src/text/hashing.rs: words and pairs of words, weighted by rarity, hashed with signs."""
    documents = []
    for text in texts:
        own = words(text)
        documents.append(Counter(own + [f"{a} {b}" for a, b in zip(own, own[1:])]))
    n_with = Counter(term for document in documents for term in document)
    slots = {}
    for term in n_with:
        digest = hashlib.sha256(term.encode()).digest()
        slots[term] = (int.from_bytes(digest[:8], "big") % dim, 1.0 if digest[8] % 2 == 0 else -1.0)
    vectors = np.zeros((len(texts), dim), dtype=np.float32)
    for row, document in zip(vectors, documents):
        for term, count in document.items():
            place, sign = slots[term]
            row[place] += sign * (1 + math.log(count)) * (math.log(len(texts) / n_with[term]) + 1)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def whole_words(texts):
    """A stronger bag of words, as wide as the vocabulary: no two words share a place, and no pairs."""
    documents = [Counter(words(text)) for text in texts]
    n_with = Counter(term for document in documents for term in document)
    places = {term: at for at, term in enumerate(n_with)}
    vectors = np.zeros((len(texts), len(places)), dtype=np.float32)
    for row, document in zip(vectors, documents):
        for term, count in document.items():
            row[places[term]] = (1 + math.log(count)) * (math.log(len(texts) / n_with[term]) + 1)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def ranks(values):
    order = np.argsort(values, kind="stable")
    places = np.empty(len(values))
    places[order] = np.arange(len(values))
    return places


def agreement(vectors, reference):
    """Over all pairs of texts: how the cosines follow the teacher's, and how many of its ten nearest are shared."""
    upper = np.triu_indices(len(vectors), 1)
    own, theirs = vectors @ vectors.T, reference @ reference.T
    a, b = own[upper], theirs[upper]
    nearest = [np.argsort(-(sims - 9 * np.eye(len(sims))), axis=1, kind="stable")[:, :10] for sims in (own, theirs)]
    shared = np.mean([len(set(x) & set(y)) / 10 for x, y in zip(*nearest)])
    return {"spearman": float(np.corrcoef(ranks(a), ranks(b))[0, 1]), "pearson": float(np.corrcoef(a, b)[0, 1]), "shared_of_10_nearest": float(shared)}


def halves_found(vectors):
    """Rows 2k and 2k + 1 are the halves of text k: how often a first half's nearest second half is its own."""
    sims = vectors[0::2] @ vectors[1::2].T
    place = (sims > np.diag(sims)[:, None]).sum(1)
    return {"recall@1": float((place < 1).mean()), "recall@10": float((place < 10).mean())}


def same_item(vectors, items):
    """Of the ten nearest reviews, the share that are of the same item."""
    sims = vectors @ vectors.T - 9 * np.eye(len(vectors))
    nearest = np.argsort(-sims, axis=1, kind="stable")[:, :10]
    items = np.array(items)
    return {"same_item_among_10_nearest": float((items[nearest] == items[:, None]).mean())}


def halve(text):
    words = text.split()
    return [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]


def reviews(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [(row["asin"], row["reviewText"]) for row in rows if len(row["reviewText"].split()) >= 5]


def sample(rows, n, seed):
    rng = np.random.default_rng(seed)
    return [rows[at] for at in np.sort(rng.permutation(len(rows))[:n])]


def measure(folder, held_out, review_path, teacher, cache, seed):
    student, tokenizer = read_student(folder)
    untrained = new_student(seed)
    with_data = {name: sample([("", text) for text in texts], N_TEXTS, seed) for name, texts in held_out.items()}
    if review_path is not None:
        with_data["musical instruments reviews"] = sample(reviews(review_path), 3000, seed)
    report = {}
    for name, rows in with_data.items():
        items, texts = [item for item, _ in rows], [text for _, text in rows]
        n = min(len(texts), N_TEXTS)
        parts = [half for text in texts if len(text.split()) >= 12 for half in halve(text)][: 2 * N_HALVES]
        encoders = {
            "teacher": lambda texts: teach(teacher, texts, MAX_TOKENS, cache, torch.float32),
            "student": lambda texts: embed(student, tokenizer, texts, MAX_TOKENS),
            "hashing": hashing,
            "words": whole_words,
            "untrained": lambda texts: embed(untrained, tokenizer, texts, MAX_TOKENS),
        }
        vectors = {encoder: encode(texts) for encoder, encode in encoders.items()}
        report[name] = {"n_texts": n, "n_halved": len(parts) // 2, "encoders": {}}
        for encoder, encode in encoders.items():
            figures = {} if encoder == "teacher" else agreement(vectors[encoder][:n], vectors["teacher"][:n])
            if len(parts) >= 200:
                figures |= halves_found(encode(parts))
            if any(items):
                figures |= same_item(vectors[encoder], items)
            report[name]["encoders"][encoder] = {key: round(value, 4) for key, value in figures.items()}
    return report


def table(report):
    lines = []
    for name, part in report.items():
        lines.append(f"{name} ({part['n_texts']} texts, {part['n_halved']} halved)")
        for encoder, figures in part["encoders"].items():
            lines.append(f"  {encoder:10} " + "  ".join(f"{key} {value:.3f}" for key, value in figures.items()))
    return "\n".join(lines)
