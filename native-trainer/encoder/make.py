"""Makes the built-in text encoder again from nothing: a small DeBERTa, ours, distilled from a public sentence encoder.

    python3 make.py [--work DIR] [--reviews FILE] [--out DIR]

It is made with PyTorch because candle's `debertav2`, with which the trainer runs it, cannot train: candle's fused layer norm
and softmax have no gradients. README.md tells what goes in and what came out.
"""

import argparse
import hashlib
import json
import math
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "builtin", help="folder of the encoder")
    parser.add_argument("--figures", type=pathlib.Path, default=HERE / "figures.json", help="where the measurements go")
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work", help="downloads and the teacher's cached vectors (several hundred MB)")
    parser.add_argument("--reviews", type=pathlib.Path, help="Musical_Instruments_5.json.gz: measured on, never trained on")
    parser.add_argument("--texts", type=int, default=90_000, help="training texts, over all sources")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="the result is repeatable for one number of threads and one set of versions")
    parser.add_argument("--new-tokenizer", action="store_true", help="train the tokenizer too, rather than keep the tokenizer.json beside this file")
    parser.add_argument("--measure-only", action="store_true", help="measure the folder as it is")
    return parser.parse_args()


args = arguments()
os.environ.update(OMP_NUM_THREADS=str(args.threads), RAYON_NUM_THREADS=str(args.threads), TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

import corpus  # noqa: E402
from measure import measure, table  # noqa: E402
from model import CONFIG, SPECIAL, embed, mean_pool, new_student, padded, read_student, teach, token_ids, train_tokenizer, write_student  # noqa: E402

# How the training texts are shared out among the sources, as far as a source has so many.
SHARES = {"wordnet": 0.44, "debian": 0.18, "fortunes": 0.07, "movielens": 0.04, "composed": 0.27}
MAX_TOKENS = 128
TOKENS_A_BATCH = 4096
N_COMPOSED = 40_000
GOLDEN = [
    "Sounds great, and stays in tune!",
    "The strap broke after a week.",
    "A café in Kraków, 1996: two friends, one violin and a very long winter. Nothing happens, and yet I could not look away; the last ten minutes alone are worth the ticket.",
]
STARTED = time.time()


def say(text):
    print(f"[{time.time() - STARTED:6.0f} s] {text}", file=sys.stderr, flush=True)


def split(sources):
    train = {name: [text for group, text in pairs if not corpus.is_held_out(group)] for name, pairs in sources.items()}
    held_out = {name: [text for group, text in pairs if corpus.is_held_out(group)] for name, pairs in sources.items()}
    return train, held_out


def starting_point(model, tokenizer, teacher, basis, work):
    """Every token begins at the teacher's own vector of it, and so, for a sentence, the student begins near a bag of words."""
    ids = range(len(SPECIAL), tokenizer.get_vocab_size())
    spelled = [tokenizer.id_to_token(token).removeprefix("##") for token in ids]
    vectors = teach(teacher, spelled, 16, work / "cache", torch.float32) @ basis
    table = model.embeddings.word_embeddings.weight.data
    vectors -= vectors.mean(0)
    table[len(SPECIAL) : len(SPECIAL) + len(spelled)] = torch.from_numpy(vectors) * math.sqrt(vectors.shape[1]) * 0.5


def epoch_batches(lengths, rng):
    """Texts of like length together, in random order: sorted within random pools."""
    order = rng.permutation(len(lengths))
    found = []
    for pool in np.array_split(order, max(1, len(order) // 8192)):
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        start = 0
        while start < len(pool):
            end = start + 1
            while end < len(pool) and (end + 1 - start) * lengths[pool[end]] <= TOKENS_A_BATCH and end - start < 256:
                end += 1
            if end - start >= 8:
                found.append(pool[start:end])
            start = end
    rng.shuffle(found)
    return found


def loss_of(vectors, target):
    """The teacher's vector, its similarities within the batch, and its choice of neighbours within the batch."""
    vectors, target = F.normalize(vectors, dim=1), F.normalize(target, dim=1)
    own, theirs = vectors @ vectors.T, target @ target.T
    direct = (1 - (vectors * target).sum(1)).mean()
    similar = (own - theirs).pow(2).mean()
    itself = torch.eye(len(own)) * 1e4
    neighbours = F.kl_div(F.log_softmax(own / 0.05 - itself, 1), F.log_softmax(theirs / 0.05 - itself, 1), log_target=True, reduction="batchmean")
    return direct + 10 * similar + 0.2 * neighbours, direct.item(), similar.item(), neighbours.item()


def train(model, ids, target, epochs, lr, seed):
    rng = np.random.default_rng(seed)
    lengths = np.array([len(row) for row in ids])
    plan = [rows for _ in range(epochs) for rows in epoch_batches(lengths, rng)]
    plain = [p for name, p in model.named_parameters() if p.dim() < 2]
    weights = [p for name, p in model.named_parameters() if p.dim() >= 2]
    optimizer = torch.optim.AdamW([{"params": weights, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=lr, betas=(0.9, 0.98), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / 200, 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / len(plan)))))
    model.train()
    recent = []
    for step, rows in enumerate(plan):
        tokens, mask = padded(ids, rows)
        with torch.autocast("cpu", torch.bfloat16):
            hidden = model(input_ids=tokens, attention_mask=mask).last_hidden_state
        loss, *parts = loss_of(mean_pool(hidden.float(), mask), torch.from_numpy(target[rows].astype(np.float32)))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        recent.append(parts)
        if (step + 1) % 100 == 0 or step + 1 == len(plan):
            say(f"step {step + 1}/{len(plan)}  1-cos, similarity, neighbours: " + " ".join(f"{x:.4f}" for x in np.mean(recent, 0)))
            recent = []
    return len(plan)


def golden(folder):
    """What an implementation of the encoder has to answer: the ids and the first numbers of the unit vector, in f32."""
    model, tokenizer = read_student(folder)
    ids = token_ids(tokenizer, GOLDEN, MAX_TOKENS)
    vectors = embed(model, tokenizer, GOLDEN, MAX_TOKENS)
    return [{"text": text, "ids": row.tolist(), "embedding_begins": [round(float(x), 6) for x in vector[:8]]} for text, row, vector in zip(GOLDEN, ids, vectors)]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    corpus.fetch(args.work)
    teacher = corpus.teacher_folder(args.work)
    sources = corpus.load(args.work, N_COMPOSED, args.seed)
    train_texts, held_out = split(sources)
    say("texts: " + ", ".join(f"{name} {len(train_texts[name])} + {len(held_out[name])} held out" for name in sources))
    made = {}
    if not args.measure_only:
        rng = np.random.default_rng(args.seed)
        chosen = {}
        for name, texts in train_texts.items():
            keep = np.sort(rng.permutation(len(texts))[: int(args.texts * SHARES[name])])
            chosen[name] = [texts[at] for at in keep]
        if args.new_tokenizer:
            tokenizer = train_tokenizer((text for texts in train_texts.values() for text in texts), CONFIG["vocab_size"])
        else:
            tokenizer = Tokenizer.from_file(str(HERE / "builtin/tokenizer.json"))
        say(f"tokenizer of {tokenizer.get_vocab_size()} tokens")
        vectors = []
        for name, texts in chosen.items():
            vectors.append(teach(teacher, texts, MAX_TOKENS, args.work / "cache", torch.bfloat16))
            say(f"the teacher has read {len(texts)} of {name}")
        vectors = np.concatenate(vectors)
        # The 256 directions that keep most of the teacher's dot products: the student's own axes.
        _, basis = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
        basis = basis[:, ::-1][:, : CONFIG["hidden_size"]].astype(np.float32)
        target = vectors @ basis
        kept = float((target**2).sum() / (vectors**2).sum())
        say(f"{CONFIG['hidden_size']} directions keep {kept:.4f} of the teacher's vectors")
        texts = [text for part in chosen.values() for text in part]
        ids = token_ids(tokenizer, texts, MAX_TOKENS)
        model = new_student(args.seed)
        starting_point(model, tokenizer, teacher, basis, args.work)
        say(f"training on {len(texts)} texts, {sum(map(len, ids))} tokens")
        began = time.process_time()
        n_steps = train(model, ids, target, args.epochs, args.lr, args.seed)
        made = {
            "seed": args.seed, "threads": args.threads, "epochs": args.epochs, "lr": args.lr, "steps": n_steps,
            "texts": {name: len(part) for name, part in chosen.items()}, "tokens": int(sum(map(len, ids))),
            "corpus_sha256": hashlib.sha256("\0".join(texts).encode()).hexdigest(),
            "teacher_kept_by_256_directions": round(kept, 4), "training_cpu_s": round(time.process_time() - began),
            "versions": {"torch": torch.__version__, "numpy": np.__version__},
        }
        write_student(model, tokenizer, args.out)
        say(f"written to {args.out}")
    elif args.figures.exists():
        made = json.loads(args.figures.read_text())["made"]
    report = measure(args.out, {name: texts for name, texts in held_out.items() if name != "composed"}, args.reviews, teacher, args.work / "cache", args.seed)
    files = {path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)} for path in sorted(args.out.iterdir())}
    args.figures.write_text(json.dumps({"made": made, "files": files, "golden": golden(args.out), "measured": report}, indent=1) + "\n")
    print(table(report))


if __name__ == "__main__":
    main()
