"""One training step of LightGCN in PyTorch, timed: what our own has to beat.

    python lightgcn_gowalla.py TRAIN [--steps 20] [--warm-up 3] [--threads 2]

TRAIN is a file of lines `user item item ...`, plain or gzipped: the published Gowalla split of LightGCN (He et al.,
SIGIR 2020). The settings are the paper's: 3 layers, 64 dimensions, Adam at 1e-3, BPR, batches of 2048, L2 1e-4 on the
embeddings of the batch. The product is torch.sparse.mm of a coalesced COO matrix, as in the authors' PyTorch code, or
of a CSR matrix with --layout csr. Prints one line of JSON: seconds a step (median, minimum), steps an epoch, threads,
the version of torch and the last loss.
"""

import argparse
import gzip
import json
import math
import statistics
import time
import warnings

import torch


def read_pairs(path):
    opened = gzip.open if path.endswith(".gz") else open
    users, items = [], []
    with opened(path, "rt") as lines:
        for line in lines:
            user, *liked = map(int, line.split() or [0])
            users += [user] * len(liked)
            items += liked
    return torch.tensor(users), torch.tensor(items)


def adjacency(users, items, n_users, n_items, layout):
    """D^-1/2 A D^-1/2 of the bipartite graph."""
    n_nodes = n_users + n_items
    rows = torch.cat([users, items + n_users])
    columns = torch.cat([items + n_users, users])
    degree = torch.bincount(rows, minlength=n_nodes).float()
    values = (degree[rows] * degree[columns]).rsqrt()
    matrix = torch.sparse_coo_tensor(torch.stack([rows, columns]), values, (n_nodes, n_nodes)).coalesce()
    return matrix.to_sparse_csr() if layout == "csr" else matrix


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=["coo", "csr"], default="coo")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # the CSR layout is called a beta on every run
    torch.set_num_threads(args.threads)
    torch.manual_seed(7)
    n_layers, dim, batch_size, l2 = 3, 64, 2048, 1e-4

    users, items = read_pairs(args.train)
    n_users, n_items, n_pairs = int(users.max()) + 1, int(items.max()) + 1, len(users)
    matrix = adjacency(users, items, n_users, n_items, args.layout)
    embeddings = torch.nn.Parameter(torch.randn(n_users + n_items, dim) * 0.1)
    optimizer = torch.optim.Adam([embeddings], lr=1e-3)

    def step():
        chosen = torch.randint(n_pairs, (batch_size,))
        user, positive = users[chosen], items[chosen] + n_users
        negative = torch.randint(n_items, (batch_size,)) + n_users
        layers = [embeddings]
        for _ in range(n_layers):
            layers.append(torch.sparse.mm(matrix, layers[-1]))
        nodes = torch.stack(layers).mean(0)
        difference = (nodes[user] * (nodes[positive] - nodes[negative])).sum(1)
        ego = embeddings[torch.cat([user, positive, negative])]
        loss = torch.nn.functional.softplus(-difference).mean() + l2 / 2 * ego.square().sum() / batch_size
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    seconds = []
    for at in range(args.warm_up + args.steps):
        began = time.perf_counter()
        loss = step()
        if at >= args.warm_up:
            seconds.append(time.perf_counter() - began)
    print(
        json.dumps(
            {
                "engine": "pytorch",
                "layout": args.layout,
                "seconds_per_step": round(statistics.median(seconds), 4),
                "seconds_per_step_min": round(min(seconds), 4),
                "steps_per_epoch": math.ceil(n_pairs / batch_size),
                "steps": args.steps,
                "threads": args.threads,
                "torch": torch.__version__,
                "loss": round(loss, 4),
            }
        )
    )


if __name__ == "__main__":
    main()
