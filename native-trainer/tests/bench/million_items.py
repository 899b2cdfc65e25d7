"""A catalogue that outgrows one machine: an index finds candidates, the student re-ranks them. What that loses, and costs.

    cargo run --release --example bench-page-model -- OUT 1000000     # a seeded model of a million items
    python million_items.py OUT/1000000/model.safetensors assets/model.safetensors > report.json

With numpy 2.4, safetensors 0.8 and faiss-cpu 1.15. All that is needed of a model is in its file: `Z = A X W` of the items
(eq. 14 of the method) goes into the index, whole or in parts on several machines; a visitor is folded in from the liked
items' rows of `X W`. The index ranks by an inner product, the student by its head, `s_i = z_v . z_i + sum_h w_h relu(a_h +
c_ih)`, so each relu is replaced by a function of `c_ih` that is an inner product:

- a line, whose slope is the share of items with `a_h + c_ih > 0`, the c of a unit taken as normal (for which that slope is
  the best, by Stein's lemma). As `c_i = W_i z_i + b`, the index needs nothing but `z_i`, and the query is
  `q_v = z_v + W_i^T (w * Phi((a_v + mean(c)) / std(c)))`, without `z_v` where the head has no dot product.
- a line with bends, at the mean of `c_h` (1) and a standard deviation to both sides (3): the index has `relu(c_ih - t)` for
  every bend t as well, and the query the coefficients of least squares over 2,000 items.

For every visitor the exact list over all items is computed as well. `recall` is the mean share of its ten places that are
among the k' candidates, items that the visitor knows left out; `lists_alike` is the share of visitors whose re-ranked ten
are the exact ten. `proxy` takes the best k' by the inner product from all items (what no index can beat), `index` takes
them from the index. All of it is in numpy and faiss, on one thread. `*_ms` are milliseconds of that thread's own time for one
visitor, so that what else a machine does is not in them; `whole_wall_ms` is what the clock on the wall said.
"""

import argparse
import json
import math
import os
import platform
import sys
import time

for library in ["OPENBLAS", "OMP", "MKL"]:  # before numpy: it reads them once
    os.environ[f"{library}_NUM_THREADS"] = "1"

import faiss
import numpy as np
from safetensors import safe_open

CANDIDATES = [50, 100, 200, 500, 1000]
K = 10


class Student:
    """The student of a model file, computed as the method has it."""

    def __init__(self, path):
        with safe_open(path, framework="numpy") as file:
            self.document = json.loads(file.metadata()["sharp-distill"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        config = self.document["config"]
        self.n_users, self.n_items = config["n_users"], config["n_items"]
        self.has_dot, self.has_mlp = config["head"] != "mlp", config["head"] != "dot"
        self.head_name, self.dislike_weight = config["head"], config["dislike_weight"]
        self.offsets = tensors["incidence.offsets"].astype(np.int64)
        self.liked = tensors["incidence.indices"].astype(np.int64)
        xw = tensors["student.features"].astype(np.float32) @ tensors["student.weight"]
        users = np.repeat(np.arange(self.n_users), np.diff(self.offsets))
        item_degree = np.bincount(self.liked, minlength=self.n_items)
        user_scale = (np.diff(self.offsets) + 1).astype(np.float32) ** -0.5
        self.item_scale = (item_degree + 1).astype(np.float32) ** -0.5
        user_xw, self.item_xw = xw[: self.n_users] * user_scale[:, None], xw[self.n_users :]
        sums = self.item_xw * self.item_scale[:, None]
        np.add.at(sums, self.liked, user_xw[users])
        self.item_emb = np.ascontiguousarray(sums * self.item_scale[:, None], dtype=np.float32)
        self.user_weight, self.item_weight = tensors["head.user_weight"], tensors["head.item_weight"]
        self.output_weight, self.output_bias = tensors["head.output_weight"], tensors["head.output_bias"][0]
        self.item_hidden = np.empty((self.n_items, 0), np.float32)
        if self.has_mlp:
            self.item_hidden = self.item_emb @ self.item_weight.T + tensors["head.hidden_bias"]
            self.hidden_mean, self.hidden_std = self.item_hidden.mean(0), self.item_hidden.std(0)

    def fold_in(self, liked, disliked=()):
        items = np.concatenate([np.asarray(liked, np.int64), np.asarray(disliked, np.int64)])
        weights = np.array([1.0] * len(liked) + [-self.dislike_weight] * len(disliked), np.float32)
        scale = np.float32((1.0 + np.abs(weights).sum()) ** -0.5)
        return scale * ((weights * self.item_scale[items]) @ self.item_xw[items])

    def scores(self, user_emb, items):
        """Exact scores of some items, or of a slice of them."""
        scores = np.full(len(self.item_emb[items]), self.output_bias, np.float32)
        if self.has_dot:
            scores += self.item_emb[items] @ user_emb
        if self.has_mlp:
            hidden = self.item_hidden[items] + self.user_weight @ user_emb
            scores += np.maximum(hidden, 0, out=hidden) @ self.output_weight
        return scores

    def all_scores(self, user_emb, block=8192):
        blocks = range(0, self.n_items, block)
        return np.concatenate([self.scores(user_emb, slice(start, start + block)) for start in blocks])

    def bend(self, n_bends, seed):
        """What items and queries are made of where each relu is a line with so many bends in it."""
        knots = {0: [], 1: [0.0], 3: [-1.0, 0.0, 1.0]}[n_bends if self.has_mlp else 0]
        self.knots = [self.hidden_mean + knot * self.hidden_std for knot in knots]
        if self.knots:
            random = np.random.default_rng(seed)
            self.sample = self.item_hidden[random.choice(self.n_items, min(self.n_items, 2000), replace=False)]
            bends = [np.maximum(self.sample - knot, 0) for knot in self.knots]
            basis = np.stack([np.ones_like(self.sample), self.sample, *bends])
            self.fit = np.linalg.pinv(basis.transpose(2, 1, 0).astype(np.float64)).astype(np.float32)

    def vectors(self):
        """What goes into the index: `z_i`, and `relu(c_i - t)` for every bend."""
        if not self.knots:
            return self.item_emb
        return np.concatenate([self.item_emb, *[np.maximum(self.item_hidden - knot, 0) for knot in self.knots]], axis=1)

    def query(self, user_emb, with_head=True):
        query = user_emb.copy() if self.has_dot else np.zeros_like(user_emb)
        if not self.has_mlp or not with_head:
            return np.concatenate([query, *[np.zeros_like(knot) for knot in self.knots]]).astype(np.float32)
        user_hidden = self.user_weight @ user_emb
        if not self.knots:
            margin = (user_hidden + self.hidden_mean) / np.maximum(self.hidden_std, 1e-12)
            share = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in margin], np.float32)
            return (query + self.item_weight.T @ (self.output_weight * share)).astype(np.float32)
        relus = np.maximum(self.sample + user_hidden, 0).T
        slopes = self.output_weight[:, None] * np.einsum("hbs,hs->hb", self.fit[:, 1:], relus)
        query = query + self.item_weight.T @ slopes[:, 0]
        return np.concatenate([query, *slopes[:, 1:].T]).astype(np.float32)

    def check(self):
        """Against the answers that stand in the file: the largest difference of a score, relative to the largest score."""
        worst = 0.0
        for case in self.document["golden"]:
            scores = self.scores(self.fold_in(case["liked"], case["disliked"]), np.array(case["items"]))
            worst = max(worst, float(np.abs(scores - case["scores"]).max() / np.abs(case["scores"]).max()))
        if worst > 1e-4:
            sys.exit(f"the golden cases are not answered alike: {worst}")
        return {"n_golden_cases": len(self.document["golden"]), "largest_relative_difference": worst}


def best(scores, known, k):
    """The best k items, best first; of equal scores the lower index first."""
    scores = scores.copy()
    scores[known] = -np.inf
    top = np.argpartition(-scores, k - 1)[:k] if k < len(scores) else np.arange(len(scores))
    return top[np.lexsort((top, -scores[top]))]


def reranked(student, user_emb, candidates):
    scores = student.scores(user_emb, candidates)
    return candidates[np.lexsort((candidates, -scores))[:K]]


def shelves(student, n, seed):
    """8 to 12 items of one person each."""
    random = np.random.default_rng(seed)
    people = np.flatnonzero(np.diff(student.offsets) >= 12)
    for at, user in enumerate(random.choice(people, min(n, len(people)), replace=False)):
        items = student.liked[student.offsets[user] : student.offsets[user + 1]]
        yield random.permutation(items)[: 8 + at % 5]


def quantiles(seconds):
    p50, p95 = np.percentile(np.array(seconds) * 1e3, [50, 95])
    return {"p50": round(float(p50), 4), "p95": round(float(p95), 4), "n": len(seconds)}


def found(index, query, known, k):
    _, items = index.search(query[None], k + len(known))
    items = items[0][items[0] >= 0]
    return items[~np.isin(items, known)][:k]


def proxy(student, visitors, n_bends, with_head, seed):
    """How much of the exact lists is among the best k' by the inner product."""
    student.bend(n_bends, seed)
    vectors, hits = student.vectors(), {k: [] for k in CANDIDATES}
    for start in range(0, len(visitors), 25):
        some = visitors[start : start + 25]
        products = vectors @ np.stack([student.query(user_emb, with_head) for _, user_emb, _ in some]).T
        for (shelf, _, exact), column in zip(some, np.ascontiguousarray(products.T)):
            ranked = best(column, shelf, max(CANDIDATES))
            for k in CANDIDATES:
                hits[k].append(np.isin(exact, ranked[:k]).mean())
    name = "dot product alone" if not with_head else f"{n_bends} bend{'s' * (n_bends != 1)}"
    row = {"query": name, "numbers_an_item": int(vectors.shape[1])}
    return [row | {"k": k, "recall": round(float(np.mean(hits[k])), 4)} for k in CANDIDATES]


def measured(path, args):
    start = time.thread_time()
    student = Student(path)
    loaded = time.thread_time() - start
    kind, bends, n_visitors = args.index, args.bends, args.visitors
    if student.n_items < 100_000:
        kind, bends, n_visitors = args.small_index, 0, 3 * args.visitors
    visitors = []
    for shelf in shelves(student, n_visitors, args.seed):
        user_emb = student.fold_in(shelf)
        visitors.append((shelf, user_emb, best(student.all_scores(user_emb), shelf, K)))
    variants = [(0, True), (1, True), (3, True)] if student.has_mlp else [(0, True)]
    if student.has_mlp and student.has_dot:
        variants.append((0, False))
    proxies = [row for variant in variants for row in proxy(student, visitors, *variant, args.seed)]
    student.bend(bends, args.seed)
    vectors = student.vectors()
    start = time.thread_time()
    index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    random = np.random.default_rng(args.seed)
    sample = random.choice(student.n_items, min(student.n_items, args.training), replace=False)
    index.train(vectors[sample])
    index.add(vectors)
    built = time.thread_time() - start
    n_bytes = len(faiss.serialize_index(index))
    probes = args.probes if kind.startswith("IVF") else [None]
    result = {
        "model": {
            "file": os.path.basename(path), "data": student.document["provenance"]["data"], "head": student.head_name,
            "n_items": student.n_items, "emb_dim": int(student.item_emb.shape[1]),
        },
        "check": student.check(),
        "n_visitors": len(visitors),
        "index": {
            "kind": kind, "bends": bends, "numbers_an_item": int(vectors.shape[1]), "build_s": round(built, 2),
            "bytes": n_bytes, "bytes_of_the_embeddings_f32": int(student.item_emb.nbytes),
        },
        "load_s": round(loaded, 2),
        "proxy": proxies, "indexed": [],
    }
    for n_probes in probes:
        if n_probes:
            faiss.extract_index_ivf(index).nprobe = n_probes
        for k in CANDIDATES:
            recalls, alike, asked, ranking, whole, wall = [], [], [], [], [], []
            for shelf, _, exact in visitors:
                on_the_wall = time.perf_counter()
                start = time.thread_time()
                folded = student.fold_in(shelf)
                query = student.query(folded)
                begun = time.thread_time()
                candidates = found(index, query, shelf, k)
                ended = time.thread_time()
                top = reranked(student, folded, candidates)
                finished = time.thread_time()
                wall.append(time.perf_counter() - on_the_wall)
                asked.append(ended - begun)
                ranking.append(finished - ended)
                whole.append(finished - start)
                recalls.append(np.isin(exact, candidates).mean())
                alike.append(bool(np.array_equal(top, exact)))
            result["indexed"].append({
                "probes": n_probes, "k": k, "recall": round(float(np.mean(recalls)), 4),
                "lists_alike": round(float(np.mean(alike)), 4), "query_ms": quantiles(asked),
                "rerank_ms": quantiles(ranking), "whole_ms": quantiles(whole), "whole_wall_ms": quantiles(wall),
                "bytes_to_the_device": k * (2 * int(student.item_emb.shape[1]) + 4),
            })
    seconds = []
    for shelf, _, _ in visitors[:30]:
        start = time.thread_time()
        best(student.all_scores(student.fold_in(shelf)), shelf, K)
        seconds.append(time.thread_time() - start)
    result["all_items_ms"] = quantiles(seconds)
    return result


def processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--index", default="IVF1024,SQ8", help="a faiss factory string")
    parser.add_argument("--small-index", default="HNSW32", help="the same, for less than 100,000 items")
    parser.add_argument("--bends", type=int, choices=[0, 1, 3], default=1, help="of the vectors in an index of many items")
    parser.add_argument("--training", type=int, default=100_000, help="items that the cells are learned from")
    parser.add_argument("--probes", type=lambda text: [int(n) for n in text.split(",")], default=[16, 64, 256])
    parser.add_argument("--visitors", type=int, default=100, help="three times as many of few items")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    faiss.omp_set_num_threads(1)
    report = {
        "command": " ".join(["python", "native-trainer/tests/bench/million_items.py", *map(named, sys.argv[1:])]),
        "seed": args.seed,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "faiss": faiss.__version__},
        "machine": {
            "cpu": processor(), "cores": os.cpu_count(), "threads": 1,
            "load_average_at_start": round(os.getloadavg()[0], 1),
        },
        "models": [measured(path, args) for path in args.models],
    }
    report["machine"]["load_average_at_end"] = round(os.getloadavg()[0], 1)
    json.dump(report, sys.stdout, indent=1)
    print()


def named(argument):
    """A path by its last two names: the rest is of one machine."""
    parts = argument.split(os.sep)
    return os.path.join(*(["OUT"] if len(parts) > 2 else []), *parts[-2:]) if len(parts) > 1 else argument


if __name__ == "__main__":
    main()
