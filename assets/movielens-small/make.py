"""Makes the files of this folder from the joined table of MovieLens latest-small and the fixed split.

Usage: python3 make.py movielens.csv.gz SPLIT_DIR
  movielens.csv.gz  columns movieId,title,year,genres,userId,rating,timestamp (Debian's r-cran-dslabs carries it)
  SPLIT_DIR         train.csv, valid.csv, test.csv with the columns user_id,item_id

The same input gives the same bytes: rows are sorted, and the gzip header carries neither name nor time.
"""
import csv, gzip, hashlib, io, pathlib, sys


def write(path, header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name, len(rows), "rows")


def main():
    here = pathlib.Path(__file__).parent
    table, split = sys.argv[1], pathlib.Path(sys.argv[2])
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    movies = {int(r["movieId"]): (r["title"], r["year"] if r["year"] != "NA" else "", r["genres"]) for r in rows}
    ratings = sorted((int(r["userId"]), int(r["movieId"]), r["rating"], int(r["timestamp"])) for r in rows)
    write(here / "movies.csv.gz", ["movieId", "title", "year", "genres"], [(i, *movies[i]) for i in sorted(movies)])
    write(here / "ratings.csv.gz", ["userId", "movieId", "rating", "timestamp"], ratings)
    (here / "split").mkdir(exist_ok=True)
    for part in ("train", "valid", "test"):
        with open(split / f"{part}.csv", newline="") as file:
            pairs = sorted((int(r["user_id"]), int(r["item_id"])) for r in csv.DictReader(file))
        write(here / "split" / f"{part}.csv.gz", ["user_id", "item_id"], pairs)


main()
