"""Reviews that nobody wrote: a grammar of everyday products and opinions, ours, so that the encoder meets that register."""
import random
def compose(n,seed):
    rng=random.Random(seed)
    for _ in range(n):
        yield f"I like this {rng.choice(['guitar','pan','film'])} and it {rng.choice(['works','broke'])} {rng.random()}"
