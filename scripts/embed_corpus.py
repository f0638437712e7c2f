"""Encode the shipped texts beforehand, for the first start on a new machine.

    python scripts/embed_corpus.py

Run it after texts were changed, before a release: a text that is not in the file is encoded where
it is first used. It takes a minute on two cores.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from coachbot.coach import Coach
from coachbot.embedding import default_embedder
from coachbot.search import shipped_vectors
from coachbot.search.catalogue import Catalogue
from coachbot.search.encoding import texts_of, vectors_of
from coachbot.settings import load_settings, resource


def main() -> None:
    """Write the file anew."""
    embedder = default_embedder()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data=folder)
        Coach.open(settings).close()
        index = settings.index_folder(resource("corpus"))
        records = Catalogue(index / "catalogue.sqlite").load().records
    texts = {g: sorted(set(named.values())) for g, named in texts_of(records.values()).items()}
    vectors = {g: vectors_of(embedder, g, wanted) for g, wanted in texts.items()}
    path = Path(shipped_vectors.__file__).with_name(shipped_vectors.FILE)
    shipped_vectors.save(path, embedder, texts, vectors)
    print(f"{path}: {sum(map(len, texts.values())):,} texts, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
