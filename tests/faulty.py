"""Index processes that are killed, starved of disk, given damaged files, or run side by side.

Run as a program, it prints what came of a scenario as JSON: ``python faulty.py killed 7 6 FOLDER``.
Each step runs in a process of its own, forked from this one once all is imported and nothing is
open, so that a death is a real one and costs no second start.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401 - imported before the first fork
from small_corpus import HashingEmbedder

from coachbot.coach import Coach
from coachbot.errors import CoachbotError, StorageError
from coachbot.reading.documents import load_document
from coachbot.safety import Gate

Texts = dict[str, str]


def word_of(name: str) -> str:
    """A word that stands in one text only."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(hash_of(name))) + "zeb"


def hash_of(name: str) -> int:
    return sum(ord(c) * 31**i for i, c in enumerate(name)) % 10**9


def text_of(name: str, version: int = 0) -> str:
    lines = [f"The {word_of(name)} {n} tells of patience on day {n + version}." for n in range(25)]
    return f"# About {word_of(name)}\n\n" + " ".join(lines)


def in_child(action: Callable[[], object], kill_after: float | None = None) -> Any:
    """Run in a fork and return what it came to: a value, an error's name and words, or a signal."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            told: Any = {"value": action()}
        except CoachbotError as error:
            told = {"error": type(error).__name__, "told": error.message, "hint": error.hint}
        except BaseException as error:
            told = {"error": type(error).__name__, "told": repr(error), "hint": ""}
        with os.fdopen(writer, "w") as out:
            json.dump(told, out)
        os._exit(0)
    os.close(writer)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(reader) as incoming:
        said = incoming.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    return json.loads(said)


def opened(corpus: Path, data: Path, sync: bool = True) -> Coach:
    return Coach.open(corpus=corpus, data=data, embedder=HashingEmbedder(), sync=sync)


def stored(corpus: Path, data: Path) -> Texts:
    """What the index holds by id, each found by its own word; nothing is synced."""
    coach = opened(corpus, data, sync=False)
    held = {document.id: document.text for document in coach.documents()}
    for id in held:
        hits = coach.search(f"What is {word_of(id)}?", 3)
        assert hits[0].passage.document_id == id, f"{id} is not found by its own word"
    coach.close()
    return held


def written(corpus: Path, texts: Texts) -> None:
    for path in corpus.glob("*.md"):
        if path.stem not in texts:
            path.unlink()
    for name, text in texts.items():
        path = corpus / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def changed(texts: Texts, step: int, rng: random.Random) -> Texts:
    """One text more, one edited, one gone."""
    after = dict(texts)
    after.pop(rng.choice(sorted(after)))
    after[rng.choice(sorted(after))] += f" Edited in step {step}."
    after[f"new-{step}"] = text_of(f"new-{step}")
    return after


def indexed(folder: Path, texts: Texts) -> tuple[Path, Path]:
    """A corpus of the texts and the data folder with its index, made by a child."""
    corpus, data = folder / "corpus", folder / "data"
    corpus.mkdir()
    written(corpus, texts)
    in_child(lambda: opened(corpus, data).close())
    return corpus, data


def stored_after_start(corpus: Path, data: Path) -> Any:
    """What a child finds stored after a start that may sync."""
    return in_child(lambda: (opened(corpus, data).close(), stored(corpus, data))[1])


def plain(held: Any) -> Any:
    """Texts without their headings, to compare files with what is stored."""
    return {id: text.split("\n\n")[-1].strip() for id, text in held.items()}


def killed(rng: random.Random, moments: int, folder: Path) -> dict[str, Any]:
    """Kill a process that indexes at random moments; look, then start again."""
    texts = {f"text-{n}": text_of(f"text-{n}") for n in range(5)}
    corpus, data = indexed(folder, texts)
    texts = changed(texts, 999, rng)
    written(corpus, texts)
    started = time.perf_counter()
    in_child(lambda: opened(corpus, data).close())
    whole = time.perf_counter() - started
    outcomes = {"before": 0, "after": 0, "not killed": 0}
    wrong: list[str] = []
    for step in range(moments):
        after = changed(texts, step, rng)
        written(corpus, after)
        delay = rng.uniform(0.3, 1.3) * whole  # the first third opens, and changes nothing
        ended = in_child(lambda: opened(corpus, data).close(), kill_after=delay)
        held = in_child(lambda: stored(corpus, data))
        if "value" not in held or plain(held["value"]) not in (plain(texts), plain(after)):
            wrong.append(f"step {step}, killed after {delay:.3f} s: {str(held)[:300]}")
        state = (
            "after" if "value" in held and len(held["value"].keys() - texts.keys()) else "before"
        )
        outcomes[state] += 1
        outcomes["not killed"] += "value" in ended
        again = stored_after_start(corpus, data)
        if "value" not in again or plain(again["value"]) != plain(after):
            wrong.append(f"step {step}, the next start: {str(again)[:300]}")
        texts = after
    leftovers = [p.name for p in next((data / "indexes").iterdir()).glob("vectors-*")]
    if len(leftovers) != 1:
        wrong.append(f"left behind: {leftovers}")
    return {
        "moments": moments,
        "seconds of a whole sync": round(whole, 3),
        **outcomes,
        "wrong": wrong,
    }


def starved(rng: random.Random, moments: int, folder: Path) -> dict[str, Any]:
    """Let each file grow to a random size only, then let it be; nothing is lost or half there."""
    texts = {f"text-{n}": text_of(f"text-{n}") for n in range(3)}
    corpus, data = indexed(folder, texts)
    wrong, failed = [], 0
    for step in range(moments):
        name, limit = f"added-{step}", int(10 ** rng.uniform(1, 6))
        file = folder / f"{name}.md"
        file.write_text(text_of(name), encoding="utf-8")

        def add(file: Path = file, limit: int = limit) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            coach = opened(corpus, data)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            coach.add(file)

        told = in_child(add)
        if told.get("value", told) is None:
            texts[name] = text_of(name)
        elif told.get("error") != StorageError.__name__ or "--data" not in told["hint"]:
            wrong.append(f"limit {limit}: {str(told)[:300]}")
        failed += "error" in told
        held = stored_after_start(corpus, data)
        if "value" not in held or plain(held["value"]) != plain(texts):
            wrong.append(f"limit {limit}, afterwards: {str(held)[:300]}")
    return {"writes": moments, "failed": failed, "wrong": wrong}


def forbidden(rng: random.Random, moments: int, folder: Path) -> dict[str, Any]:
    """As a user who may read the data folder and not write it: told, and it still answers."""
    corpus, data = indexed(folder, {"text": text_of("text")})
    file = folder / "more.md"
    file.write_text(text_of("more"), encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    def as_nobody(action: Callable[[], object]) -> Any:
        def act() -> object:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            return action()

        return in_child(act)

    told = as_nobody(lambda: opened(corpus, data).add(file).id)
    held = as_nobody(lambda: sorted(stored(corpus, data)))
    wrong = [] if told.get("error") == StorageError.__name__ else [str(told)[:300]]
    wrong += [] if held.get("value") == ["text"] else [str(held)[:300]]
    return {"wrong": wrong}


def damaged(rng: random.Random, moments: int, folder: Path) -> dict[str, Any]:
    """Damage one file of the index after the other, every other time with a text changed as well:
    harmless, or told and mended by the next start, which no damage ends."""
    texts = {f"text-{n}": text_of(f"text-{n}") for n in range(50)}  # enough for Chroma's own files
    corpus, data = indexed(folder, texts)
    whole = shutil.copytree(data, folder / "whole")
    index = next((whole / "indexes").iterdir())
    files = [p for p in index.rglob("*") if p.is_file() and p.stat().st_size]
    files.sort(key=lambda p: (p.name, p.stat().st_size))  # Chroma names its folders at random
    cases = [(file.relative_to(whole), how) for file in files for how in DAMAGES]
    graphs = {"header.bin", "data_level0.bin"}  # which, cut off, end a process that reads them
    ends_it = [case for case in cases if case[0].name in graphs and case[1] == "cut off"]
    wrong, told = list[str](), 0
    edited = {**texts, "text-0": texts["text-0"] + " Edited meanwhile."}
    chosen = rng.sample(cases, min(moments, len(cases)))
    tried = chosen + [case for case in ends_it if case not in chosen]
    for number, (file, how) in enumerate(tried):
        shutil.rmtree(data)
        shutil.copytree(whole, data)
        now = edited if number % 2 else texts
        written(corpus, now)
        DAMAGES[how](data / file, rng)
        found = in_child(lambda: told_and_stored(corpus, data))
        if "value" not in found or plain(found["value"]["held"]) != plain(now):
            wrong.append(f"{file} {how}: {str(found)[:300]}")
        else:
            told += bool(found["value"]["told"])
    return {"files": len(files), "damages": len(tried), "told": told, "wrong": wrong}


def told_and_stored(corpus: Path, data: Path) -> dict[str, Any]:
    """What a start says of the index, and what is stored after it."""
    coach = opened(corpus, data)
    told = coach.last_sync.problems if coach.last_sync else ()
    coach.close()
    return {"told": told, "held": stored(corpus, data)}


def _cut(file: Path, rng: random.Random) -> None:
    os.truncate(file, file.stat().st_size * rng.randint(10, 90) // 100)


def _scramble(file: Path, rng: random.Random) -> None:
    size = file.stat().st_size
    with file.open("r+b") as handle:
        handle.seek(rng.randrange(size))
        handle.write(rng.randbytes(min(size, 4000)))
    os.truncate(file, size)


def _blank(file: Path, rng: random.Random) -> None:
    file.write_bytes(bytes(file.stat().st_size))


DAMAGES: dict[str, Callable[[Path, random.Random], object]] = {
    "cut off": _cut,
    "scrambled": _scramble,
    "all zeros": _blank,
    "gone": lambda file, rng: file.unlink(),
}


def together(rng: random.Random, operations: int, folder: Path) -> dict[str, Any]:
    """Two processes that add, remove and read; neither sees what is not so."""
    corpus, data = indexed(folder, {"text": text_of("text")})
    results: list[Any] = []
    pids = []
    for owner in "ab":
        seed = rng.random()
        pid = os.fork()
        if pid == 0:
            found = in_child(lambda o=owner, s=seed: one_of_two(o, s, operations // 2, folder))
            (folder / f"{owner}.json").write_text(json.dumps(found), encoding="utf-8")
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    results = [json.loads((folder / f"{o}.json").read_text(encoding="utf-8")) for o in "ab"]
    wrong = [
        str(found)[:400] for found in results if "value" not in found or found["value"]["wrong"]
    ]
    expected = {"text"} | {id for one in results for id in one.get("value", {}).get("own", ())}
    held = in_child(lambda: sorted(stored(corpus, data)))
    if held.get("value") != sorted(expected):
        wrong.append(f"in the end {held}, wanted {sorted(expected)}")
    return {"operations": operations, "wrong": wrong}


def one_of_two(owner: str, seed: float, operations: int, folder: Path) -> dict[str, Any]:
    rng = random.Random(seed)
    coach = opened(folder / "corpus", folder / "data")
    own, gone, wrong = list[str](), set[str](), list[str]()
    for step in range(operations):
        doing = rng.choice(["add", "remove", "ask", "ask", "list"])
        if doing == "add":
            name = f"{owner}-{step}"
            coach.add_bytes(text_of(name).encode(), f"{name}.md")
            own.append(name)
        elif doing == "remove" and own:
            gone.add(name := own.pop(rng.randrange(len(own))))
            coach.remove(name)
        held = {d.id for d in coach.documents() if d.id.startswith(f"{owner}-")}
        if held != set(own):
            wrong.append(f"step {step} {doing}: holds {sorted(held)}, wanted {sorted(own)}")
        about = rng.choice([*own, "text"])
        found = coach.search(f"What is {word_of(about)}?", 3)
        if found[0].passage.document_id != about:
            wrong.append(f"step {step}: {about} is not found")
        if gone & {hit.passage.document_id for hit in found}:
            wrong.append(f"step {step}: what is gone was found")
    return {"own": own, "wrong": wrong}


SCENARIOS = {s.__name__: s for s in (killed, starved, forbidden, damaged, together)}


if __name__ == "__main__":
    name, seed, count, place = sys.argv[1:]
    Gate.open("")  # the gate's encoder and what is imported late: once, for all forks
    for name_of_coding in ("ascii", "utf-8-sig", "idna", "latin-1", "cp1252"):
        "".encode(name_of_coding)  # where Python lies, nobody may not be able to look
    load_document(text_of("warm").encode(), "warm.md", "warm")
    print(json.dumps(SCENARIOS[name](random.Random(int(seed)), int(count), Path(place))))
