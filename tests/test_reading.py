"""Files to documents: formats, encodings, furniture, front matter, and what cannot be read."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from small_corpus import SHARED

from coachbot.errors import CoachbotError, DocumentError, DocumentNotFoundError
from coachbot.reading.documents import Described, document_id, list_files, load_document, read_bytes
from coachbot.reading.furniture import is_furniture, strip_furniture
from coachbot.reading.passages import split
from coachbot.reading.sentences import split_sentences
from coachbot.types import Kind, Role, Strength

PAGE = """<!doctype html><html><head><title>Why moods jump | Site</title>
<meta name="author" content="Ada Example">
<meta property="article:published_time" content="2019-05-01">
</head><body><nav><a href="/">Home</a> <a href="/blog">Blog</a></nav>
<article><h1>Why moods jump</h1>
<p>Moods jump from one person to the next within minutes, and most people do not notice it.</p>
<p>A bad mood at home often started at work, long before the first word was said in the kitchen.</p>
</article><div class="comments"><h3>3 Comments</h3><p>Great post, thanks!</p></div>
<footer>Copyright 2019. All rights reserved.</footer></body></html>"""


def load(text: str | bytes, name: str = "text.md", **described):
    data = text if isinstance(text, bytes) else text.encode()
    return load_document(data, name, "id", Described(**described))


def docx(*paragraphs: str) -> bytes:
    """The smallest Word file that holds these paragraphs."""
    space = "http://schemas.openxmlformats.org"
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types"><Default '
        'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship '
        f'Id="r1" Type="{space}/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>'
        f"{body}</w:body></w:document>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_guessed(encoding):
    text = (
        "Die Gefühle der Anderen – “ganz nah”. Später wird es ruhiger, sagte sie, für beide. " * 3
    )
    assert load(text.encode(encoding), "t.txt").text.startswith("Die Gefühle der Anderen – “ganz")


def test_text_is_stored_in_nfc_with_plain_spaces():
    assert load("Cafe\u0301\u00a0and  tea\u200b.", "t.txt").text == "Café and tea."


def test_a_saved_page_gives_its_article_and_what_it_states_of_itself():
    document = load(PAGE, "page.html")
    assert document.title == "Why moods jump"
    assert document.authors == ("Ada Example",)
    assert document.year == 2019
    assert "Moods jump from one person" in document.text
    for furniture in ("Blog", "Comments", "Great post", "rights reserved"):
        assert furniture not in document.text


def test_a_word_file_is_read():
    text = load(docx("Anger fades after a walk.", "A walk helps."), "t.docx").text
    assert text == "Anger fades after a walk.\n\nA walk helps."


def test_front_matter_wins_over_the_caller_and_the_caller_over_the_text():
    text = (
        "---\ntitle: From the file\nkind: evidence\n---\n\n# From the text\n\nBy Cy Other\n\nWords."
    )
    document = load(text, title="From the caller", authors=("Di Caller",), kind=Kind.USER)
    assert document.title == "From the file"
    assert document.kind is Kind.EVIDENCE
    assert document.authors == ("Di Caller",)
    assert load("# From the text\n\nBy Cy Other\n\nWords.").authors == ("Cy Other",)


def test_what_is_not_known_stays_empty():
    document = load("Just a few words about walks and talks.", "t.txt")
    assert (document.title, document.authors, document.year) == ("", (), None)
    assert document.kind is Kind.USER


def test_marks_are_moved_out_and_point_at_their_sentence():
    document = load(
        "One thing is known.[^a-1 weak] Another is not. [^b]\n\n- A third.[^a-1 strong]"
    )
    assert document.text == "One thing is known. Another is not.\n\n- A third."
    found = [(document.text[r.start : r.end], r.source_id, r.strength) for r in document.references]
    assert found == [
        ("One thing is known.", "a-1", Strength.WEAK),
        ("Another is not.", "b", None),
        ("- A third.", "a-1", Strength.STRONG),
    ]


def test_inline_marks_links_and_images_are_gone():
    document = load("**Bold** and [a link](http://x.y) ![alt](i.png) and `code`.")
    assert document.text == "Bold and a link and code."


@pytest.mark.parametrize(
    "block",
    [
        "Home » Blogs » Love » Mirror Neurons",
        "6 comments: View Comments / Leave a Comment",
        "Share on Facebook",
        "Skip to content",
        "© 2020 Example Ltd. All rights reserved.",
        "Related articles",
        "We use cookies to improve your visit.",
    ],
)
def test_furniture_is_recognised(block):
    assert is_furniture(block)


@pytest.mark.parametrize(
    "block",
    [
        "Share this with your partner tonight.",
        "Top athletes train a lot.",
        "Home is where people can be themselves.",
        "Close friends share what hurts.",
        "Search for a quiet moment together.",
        "People like to be liked by those they like.",
        "- Sign up to a dance class together.",
        "No comments about her mother at dinner.",
        "5 replies that calm a fight, in plain words.",
        "Save it.",
        f"Share {'facebook ' * 30}and more",
    ],
)
def test_ordinary_sentences_are_no_furniture(block):
    assert not is_furniture(block)


def test_a_glued_caption_is_freed_and_a_normal_opening_left_alone():
    body = "people smile back without wanting to, and most of them never notice that they do so."
    assert strip_furniture([f"1 couple talkingAs it turns out, {body}"])[0].startswith(
        "As it turns"
    )
    for opening in (
        "We met through LinkedIn and",
        "YouTube shows that",
        "McDonald found that",
        "An iPhone user said that",
    ):
        assert strip_furniture([f"{opening} {body}"]) == [f"{opening} {body}"]


def test_markdown_is_nobodys_saved_page():
    said = b"- Share this\n- Sign up to a class\n\nmenu"
    assert (
        load_document(said, "walks.md", "walks").text
        == "- Share this\n\n- Sign up to a class\n\nmenu"
    )


def test_the_words_of_html_in_markdown_are_kept_and_its_scripts_are_not():
    said = b"""<details>
<summary>More</summary>
Never argue when hungry.
</details>

<script>steal()</script>

Sleep<br>first. Then use `x` to match [^a-z] and talk.[^weger-2014 weak]
"""
    document = load_document(said, "walks.md", "walks")
    assert "Never argue when hungry." in document.text
    assert "Sleep first." in document.text
    assert "match [^a-z] and" in document.text
    assert "steal" not in document.text
    assert [r.source_id for r in document.references] == ["weger-2014"]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Reflective listening", Role.CLAIM),
        ("Criticism", Role.CLAIM),
        ("Emotional safety", Role.CLAIM),
        ("Our stepson", Role.CLAIM),
        ("Setting limits with children", Role.CLAIM),
        ("Questions to reflect on", Role.REFLECTION),
        ("Limitations", Role.LIMITS),
        ("How sure are we", Role.LIMITS),
        ("When not to use this", Role.CAUTION),
        ("Safety", Role.CAUTION),
        ("Five steps", Role.PRACTICE),
    ],
)
def test_a_heading_says_what_stands_under_it_by_whole_words(heading, role):
    text = f"# Talking\n\n## {heading}\n\nSay back in your own words what the other said."
    document = load_document(text.encode(), "talking.md", "talking")
    assert [p.role for p in split(document, lambda ts: [len(t.split()) for t in ts])] == [role]


def test_a_long_line_without_capitals_is_read_at_once():
    """With each boundary that is refused looked at from the start, this takes hours."""
    line = "so we went. and then he said. it was a bit odd " * 20_000
    assert len(split_sentences(line)) > 900


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.txt", b""),
        ("blank.md", b" \n\n "),
        ("zero.pdf", b""),
        ("binary.txt", os.urandom(3000)),
        ("nul.txt", b"text\0text"),
        ("broken.pdf", b"%PDF-1.4 broken"),
        ("broken.docx", b"PK\x03\x04 broken"),
        ("picture.png", b"\x89PNG"),
        ("symbols.txt", "😀 … —".encode()),
        ("yaml.md", b"---\ntitle: [unclosed\n---\n\nWords."),
        ("list.md", b"---\n- a\n- b\n---\n\nWords."),
        ("kind.md", b"---\nkind: gospel\n---\n\nWords."),
        ("year.md", b"---\nyear: long ago\n---\n\nWords."),
        ("strength.md", b"Words.[^a certain]"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(name, data, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        load_document(read_bytes(path), name, "id")
    assert name in caught.value.message
    assert caught.value.hint


def test_folders_missing_and_huge_files_say_what_to_do(tmp_path):
    with pytest.raises(DocumentError, match="is a folder"):
        read_bytes(tmp_path)
    with pytest.raises(DocumentNotFoundError, match="no file"):
        read_bytes(tmp_path / "missing.txt")
    (tmp_path / "huge.txt").write_bytes(b"word " * 1000)
    with pytest.raises(DocumentError, match="limit") as caught:
        read_bytes(tmp_path / "huge.txt", 4000)
    assert "MAX_FILE_MB" in caught.value.hint


def test_ids_are_slugs_and_emoji_names_get_one_too():
    assert document_id(Path("Notes/My Text.md")) == "notes-my-text"
    assert document_id(Path("Größe.txt")) == "größe"
    assert document_id(Path("💔.md")).startswith("text-")
    assert document_id(Path("💔.md")) != document_id(Path("💕.md"))


def test_readmes_hidden_and_other_files_are_no_texts(tmp_path):
    for name in ("a.md", "README.md", ".hidden.md", "b.png", "sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Words.")
    assert [p.name for p in list_files(tmp_path)] == ["a.md", "c.txt"]


@pytest.mark.parametrize("folder", ["pdf_samples", "office_samples"])
def test_every_sample_file_is_read_or_refused_with_a_hint(folder):
    samples = SHARED / "eval" / "external" / folder
    if not samples.is_dir():
        pytest.skip("the sample files are not on this machine")
    read, hintless = 0, []
    for path in sorted(samples.iterdir()):
        if path.stat().st_size > 1_000_000:
            continue
        try:
            read += bool(load_document(read_bytes(path), path.name, "id").text)
        except CoachbotError as error:
            hintless += [] if error.hint else [path.name]
    assert read >= 5
    assert hintless == []
