"""The index stays whole: killed, shared, damaged, on a full or read-only disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from small_corpus import HashingEmbedder

from coachbot.coach import Coach
from coachbot.errors import IndexBusyError, IndexUnusableError, StorageError
from coachbot.search.index import LibraryIndex
from coachbot.search.library import Library
from coachbot.search.vectors import GRANULARITIES, VectorStore

HERE = Path(__file__).parent

SLOW_WRITER = """
import sys, time
sys.path.insert(0, {here!r})
from small_corpus import HashingEmbedder
from coachbot.coach import Coach

class Slow(HashingEmbedder):
    def encode(self, texts):
        print("encoding", flush=True)
        time.sleep({pause})
        return super().encode(texts)

Coach.open(corpus={corpus!r}, data={data!r}, embedder=Slow())
print("done", flush=True)
"""

ADDER = """
import sys
sys.path.insert(0, {here!r})
from small_corpus import HashingEmbedder
from coachbot.coach import Coach
Coach.open(corpus={corpus!r}, data={data!r}, embedder=HashingEmbedder()).add({file!r})
"""


class Other(HashingEmbedder):
    """The same with other weights."""

    weights_hash = "hashed-words-2"


def run_script(script: str, **values: object) -> subprocess.Popen[str]:
    code = script.format(here=str(HERE), **values)
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    )


def opened(corpus: Path, data: Path) -> Coach:
    return Coach.open(corpus=corpus, data=data, embedder=HashingEmbedder())


def index_folder(data: Path) -> Path:
    return next((data / "indexes").iterdir())


def test_sync_encodes_only_what_changed(corpus, tmp_path, embedder):
    coach = Coach.open(corpus=corpus, data=tmp_path / "data", embedder=embedder)
    before = {hit.passage.id for hit in coach.search("apology repair", 10)}
    embedder.encoded.clear()
    text = (corpus / "repair.txt").read_text(encoding="utf-8")
    (corpus / "repair.txt").write_text(text + "\n\nA walk helps, too.\n", encoding="utf-8")
    report = coach.sync()
    assert report.changed == ("repair",)
    assert report.unchanged == 1
    assert not any("phone" in encoded for encoded in embedder.encoded)
    assert any("A walk helps, too." in encoded for encoded in embedder.encoded)
    after = {hit.passage.id for hit in coach.search("apology repair", 10)}
    assert {id for id in before if id.startswith("listening")} <= after


def test_a_second_sync_does_nothing(coach):
    generation = coach.facts()["generation"]
    report = coach.sync()
    assert not report.touched
    assert report.encoded == 0
    assert coach.facts()["generation"] == generation


def test_ids_survive_a_rebuild(coach):
    before = sorted(hit.passage.id for hit in coach.search("apology listening", 20))
    coach.sync(rebuild=True)
    assert sorted(hit.passage.id for hit in coach.search("apology listening", 20)) == before


def test_killed_in_the_middle_the_last_index_answers_and_the_next_sync_goes_on(corpus, tmp_path):
    data = tmp_path / "data"
    expected = opened(corpus, data).ask("How do I listen?").text
    (corpus / "walks.md").write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    (corpus / "listening.md").unlink()
    writer = run_script(SLOW_WRITER, corpus=str(corpus), data=str(data), pause=3)
    assert writer.stdout
    assert writer.stdout.readline() == "encoding\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    settings_index = LibraryIndex(index_folder(data), HashingEmbedder())
    assert set(settings_index.snapshot().documents) == {"listening", "repair"}
    coach = opened(corpus, data)
    assert {d.id for d in coach.documents()} == {"walks", "repair"}
    assert coach.ask("Does a walk cool the head?").citations[0].document_id == "walks"
    assert expected


def test_killed_before_the_first_index_is_done_the_next_start_builds_it(corpus, tmp_path):
    data = tmp_path / "data"
    writer = run_script(SLOW_WRITER, corpus=str(corpus), data=str(data), pause=3)
    assert writer.stdout
    writer.stdout.readline()
    writer.kill()
    writer.wait()
    assert opened(corpus, data).ask("How do I listen?").citations


def test_what_another_process_adds_is_seen_before_the_next_question(corpus, tmp_path):
    data = tmp_path / "data"
    coach = opened(corpus, data)
    assert "walks" not in {d.id for d in coach.documents()}
    file = tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk cools the head after a quarrel.", encoding="utf-8")
    adder = run_script(ADDER, corpus=str(corpus), data=str(data), file=str(file))
    assert adder.wait(60) == 0
    assert coach.ask("Does a walk cool the head?").citations[0].document_id == "walks"


def test_one_writer_at_a_time_and_the_message_names_the_other(corpus, tmp_path):
    data = tmp_path / "data"
    coach = opened(corpus, data)
    (corpus / "walks.md").write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    writer = run_script(SLOW_WRITER, corpus=str(corpus), data=str(data), pause=4)
    assert writer.stdout
    writer.stdout.readline()
    index = LibraryIndex(index_folder(data), HashingEmbedder(), patience=0.1)
    with pytest.raises(IndexBusyError, match=f"process {writer.pid} ") as caught:
        index.sync(Library(corpus, index_folder(data)).files())
    assert caught.value.hint
    assert coach.ask("How do I listen?").citations  # reading goes on
    assert writer.wait(60) == 0


def test_another_embedder_is_a_clear_message_and_a_rebuild_never_a_wrong_answer(corpus, tmp_path):
    data = tmp_path / "data"
    opened(corpus, data)
    index = LibraryIndex(index_folder(data), Other())
    with pytest.raises(IndexUnusableError, match="weights") as caught:
        index.snapshot()
    assert "coachbot index" in caught.value.hint
    coach = Coach.open(corpus=corpus, data=data, embedder=Other())
    assert coach.facts()["weights"] == "hashed-words-2"
    assert coach.ask("How do I listen?").citations


@pytest.mark.parametrize("damage", ["catalogue", "vectors", "words"])
def test_a_damaged_index_is_told_and_mends_itself(corpus, tmp_path, damage):
    data = tmp_path / "data"
    coach = opened(corpus, data)
    file = tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    coach.add(file)
    folder = index_folder(data)
    if damage == "catalogue":
        (folder / "catalogue.sqlite").write_bytes(os.urandom(5000))
    elif damage == "vectors":
        for path in folder.glob("vectors-*/chroma.sqlite3"):
            path.write_bytes(os.urandom(5000))
    else:
        for path in folder.glob("lexical-*/*"):
            path.unlink()
    mended = opened(corpus, data)
    assert mended.last_sync
    assert "damaged" in "".join(mended.last_sync.problems)
    assert {d.id for d in mended.documents()} == {"listening", "repair", "walks"}
    assert mended.ask("How do I listen?").citations


def add_a_text_and_ask(corpus: Path, tmp_path: Path) -> None:
    """Both the text that was there and the one that is added now are found afterwards."""
    data, file = tmp_path / "data", tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    Coach.open(corpus=corpus, data=data, embedder=HashingEmbedder(), sync=False).add(file)
    again = opened(corpus, data)
    assert again.ask("How do I listen?").citations
    assert again.ask("Does a walk cool the head?").citations


def test_a_store_that_lacks_vectors_is_made_whole_by_the_next_change(corpus, tmp_path):
    data = tmp_path / "data"
    opened(corpus, data).close()
    (folder,) = index_folder(data).glob("vectors-*")
    store = VectorStore(folder, "library")
    store.delete("passages", sorted(store.ids("passages"))[:1])
    store.close()
    add_a_text_and_ask(corpus, tmp_path)


@pytest.mark.parametrize("file", ["header.bin", "data_level0.bin", "length.bin"])
def test_a_store_whose_graph_cannot_be_read_is_made_whole_by_the_next_change(
    corpus, tmp_path, file
):
    data = tmp_path / "data"
    opened(corpus, data).close()
    for part in index_folder(data).glob(f"vectors-*/*/{file}"):
        part.unlink()
    add_a_text_and_ask(corpus, tmp_path)


@pytest.fixture
def tiny_disk(tmp_path: Path):
    """A disk of 3 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_what_was_indexed_stays(corpus, tiny_disk, tmp_path):
    coach = opened(corpus, tiny_disk / "data")
    before = coach.ask("How do I listen?").text
    lines = "\n\n".join(f"Sentence number {i} tells of walk {i * 7} today." for i in range(3000))
    file = tmp_path / "long.md"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(StorageError) as caught:
        coach.add(file)
    assert "--data" in caught.value.hint
    again = opened(corpus, tiny_disk / "data")
    assert {d.id for d in again.documents()} == {"listening", "repair"}
    assert again.ask("How do I listen?").text == before


def test_a_rebuild_on_a_full_disk_leaves_the_index_in_use(corpus, tiny_disk):
    data = tiny_disk / "data"
    before = opened(corpus, data).ask("How do I listen?").text
    filler = tiny_disk / "filler"
    filler.write_bytes(b"x" * (free_bytes(tiny_disk) - 100_000))
    with pytest.raises(StorageError):
        Coach.open(corpus=corpus, data=data, embedder=Other())
    filler.unlink()
    assert LibraryIndex(index_folder(data), HashingEmbedder()).snapshot().documents
    assert opened(corpus, data).ask("How do I listen?").text == before


def free_bytes(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


def test_a_read_only_data_folder_is_told_and_still_answers(corpus, tiny_disk, tmp_path):
    opened(corpus, tiny_disk / "data").close()
    for wait in (0.0, *[0.5] * 40):  # Chroma's threads let go of their files a moment later
        time.sleep(wait)
        turned = subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=False)
        if turned.returncode == 0:
            break
    assert turned.returncode == 0
    file = tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    coach = opened(corpus, tiny_disk / "data")
    with pytest.raises(StorageError) as caught:
        coach.add(file)
    assert "--data" in caught.value.hint
    assert coach.ask("How do I listen?").citations


def test_a_file_edited_while_it_is_indexed_is_picked_up_next_time(corpus, tmp_path):
    class Editing(HashingEmbedder):
        def encode(self, texts):
            if not self.encoded:
                later = time.time() + 5
                (corpus / "repair.txt").write_text("Edited in the middle of it all.")
                os.utime(corpus / "repair.txt", (later, later))
            return super().encode(texts)

    coach = Coach.open(corpus=corpus, data=tmp_path / "data", embedder=Editing())
    assert "apology" in coach.document("repair").text
    again = Coach.open(corpus=corpus, data=tmp_path / "data", embedder=HashingEmbedder())
    assert again.document("repair").text == "Edited in the middle of it all."


def test_a_bad_file_among_good_ones_is_reported_once_and_tried_again_when_it_changes(
    corpus, tmp_path
):
    (corpus / "bad.txt").write_bytes(os.urandom(500))
    (corpus / "twin.md").write_bytes((corpus / "listening.md").read_bytes())
    coach = opened(corpus, tmp_path / "data")
    assert coach.last_sync
    assert [path.name for path in coach.last_sync.failures] == ["bad.txt"]
    assert {p.name: id for p, id in coach.last_sync.duplicates.items()} == {"twin.md": "listening"}
    assert {d.id for d in coach.documents()} == {"listening", "repair"}
    assert opened(corpus, tmp_path / "data").last_sync is None  # nothing to do
    (corpus / "bad.txt").write_text("Good after all, a text on walks.")
    assert "bad" in {d.id for d in opened(corpus, tmp_path / "data").documents()}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are read off /proc")
def test_a_library_that_changes_often_keeps_no_file_of_before_open(coach):
    for number in range(4):
        coach.add_bytes(f"Walk {number} after a quarrel.".encode(), f"walk-{number}.md")
        coach.ask("Should I walk?")
    assert [name for name in _open_files() if "deleted" in name and "vectors-" in name] == []


def _open_files() -> list[str]:
    found = list[str]()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the folder's own, closed by now
            found.append(os.readlink(link))
    return found


def test_one_corpus_does_not_disturb_the_index_of_another(corpus, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "walks.md").write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    first = opened(corpus, tmp_path / "data")
    generation = first.facts()["generation"]
    second = opened(other, tmp_path / "data")
    assert {d.id for d in second.documents()} == {"walks"}
    assert {d.id for d in first.documents()} == {"listening", "repair"}
    assert first.facts()["generation"] == generation


def test_a_vector_that_was_taken_out_is_gone_though_it_was_read(tmp_path):
    store = VectorStore(tmp_path / "vectors", "library")
    store.add("sentences", ["a", "b"], np.eye(2, dtype=np.float32))
    assert set(store.vectors("sentences", ["a", "b", "c"])) == {"a", "b"}
    store.delete("sentences", ["a"])
    assert set(store.vectors("sentences", ["a", "b", "c"])) == {"b"}
    store.add("sentences", ["c"], np.ones((1, 2), dtype=np.float32))
    assert set(store.vectors("sentences", ["c"])) == {"c"}


HOLDER = """
import sqlite3, time
store = sqlite3.connect({catalogue!r}, isolation_level=None)
store.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(1)
store.rollback()
"""


def test_while_another_writes_to_a_store_it_waits_to_be_finished(tmp_path):
    store = VectorStore(tmp_path / "vectors", "library")
    store.add("sentences", ["a", "b"], np.eye(2, dtype=np.float32))
    for granularity in GRANULARITIES:
        store.count(granularity)  # opens the collection: that waits of itself
    script = HOLDER.format(catalogue=str(tmp_path / "vectors" / "chroma.sqlite3"))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        store.blank_unused()
    assert store.ids("sentences") == {"a", "b"}
