"""What a saved page carries besides its text: navigation, comment links, captions, rights lines.

Steps, on the blocks of a converted text: drop blocks that are furniture by their shape; cut rights
notices off the end of a block; free the first paragraphs from an image caption glued to them. For
plain text, which has no marks of its own, blocks shaped like a title or heading get ``#`` marks.
"""

from __future__ import annotations

import re

from coachbot.reading.sentences import split_sentences

_SHARE_TARGETS = r"facebook|twitter|x|pinterest|linkedin|reddit|whatsapp|e-?mail|print|tumblr"
_LABEL = re.compile(
    r"""^[\W_]*(?:
      (?:\d+|no)\s+(?:comments?|replies|responses|shares|likes|views)\b.{0,60}
    | (?:view|leave|post|add|show|hide|load)\s+(?:(?:all|a|more|your)\s+)*
      (?:comments?|repl(?:y|ies)).{0,40}
    | (?:skip|jump)\s+to\s+(?:main\s+)?(?:content|navigation|search).{0,20}
    | (?:share|tweet|pin|like|follow|save)(?:\s+(?:this|us|it))?(?:\s+(?:article|post|page))?
      (?:[\s,/&]*(?:(?:on|via|and|:)[\s,/&]*)?(?:SHARE)\b)*
    | (?:(?:SHARE)\b[\s,/|&]*){2,}
    | advertisements?|sponsored(?:\s+content)?
    | (?:related|popular|recent|more|trending)\s+
      (?:articles?|posts?|stories|reading|from\s+\S+)\s*:?
    | (?:previous|next|older|newer)\s+(?:article|post|page|story|entry).{0,80}
    | (?:read|learn|show|see)\s+(?:more|less)\s*\W*
    | (?:back\s+to\s+)?top
    | (?:log|sign)\s*(?:in|out|up)(?:\s*(?:[/|]|or|to)\s*.{0,40})?
    | menu|search|close
    )[\W_]*$""".replace("SHARE", _SHARE_TARGETS),
    re.IGNORECASE | re.VERBOSE,
)
"""Unless a full stop makes it a sentence: "No comments about her mother at dinner." """
_STOP = re.compile(r"(?<!\.)[.!?][\"”’)]*\s*$")
_NOTICE = re.compile(
    r"""^[\W_]*(?:
      home\s*[»›>/|].*                                          # breadcrumbs
    | (?:[^»›]{1,60}\s[»›]\s){2,}[^»›]{1,120}                    # trails
    | (?:subscribe|sign\s+up)\b.{0,40}newsletter.{0,40}
    | (?:we\s+use|this\s+(?:web)?site\s+uses)\s+cookies.{0,200}
    | (?:accept|reject)\s+(?:all\s+)?cookies
    | (?:privacy\s+policy|terms\s+of\s+(?:use|service)|cookie\s+policy)
      (?:\W+(?:privacy|terms|cookie|contact)\b.{0,40})*
    | (?:copyright|©|\(c\)).{0,120}
    | (?:.{0,60}\s)?all\s+rights\s+reserved.{0,20}
    )[\W_]*$""",
    re.IGNORECASE | re.VERBOSE,
)
NAME = r"[A-Z][\w'’-]+(?: (?:[A-Z]\.|[A-Z][\w'’-]+|de|van|von|der|da|la)){0,3} [A-Z][\w'’-]+"
_DEGREE = (
    r"Ph\.? ?D\.?|M\.?D\.?|Psy\.?D\.?|Ed\.?D\.?|LMFT|LCSW|LPC|M\.?A\.?|M\.?Sc?\.?|M\.?S\.?W\.?"
)
AUTHOR_LINE = re.compile(rf"({NAME})(?:, (?:{_DEGREE}))+")
"""A line of its own that names an author and a degree; a note on the author often follows it."""

BYLINE = re.compile(
    rf"(?:[Ww]ritten )?(?:[Bb]y|BY|[Aa]uthors?:) ({NAME}(?:(?:,| and|,? &) {NAME})*)(?:,.*)?"
)
"""A line of its own that says who wrote the text."""
DATED = re.compile(
    r"(?i)^(?:last )?(?:updated|published|reviewed|posted|modified)(?: on)?:? .{0,20}?"
    r"((?:19|20)\d\d)\b"
)
"""A line of its own that says when."""

_GENERIC = re.compile(
    r"(?i)(?:table of )?contents|introduction|abstract|summary|overview|preface|foreword|name|"
    r"header|page|chapter|section|part|notes?|form"
)
"""Headings that are no title of a text."""

_RIGHTS = re.compile(
    r"^(?:published on .{0,60}|copyright.{0,80}|©.{0,80})?all rights reserved\W*$", re.I
)
_GLUED_CAPTION = re.compile(
    r"^(?P<caption>[^.!?:;,\n]{2,60}?[a-z]{3})(?<!\bLinked)(?P<body>[A-Z][a-z]*\s)"
)
_STARTERS = """
A After All Although An And Are As At Because Before But By Can Did Do Does Each Even Every For
From Have He How I If In Is It Many Most My No Not Of On Once One Our Over People She Since So
Some That The Their There These They This Though To Today Until Was We What When Where Whether
Which While Who Why With You Your
"""
_SENTENCE_STARTERS = frozenset(_STARTERS.split())
_HEADING_WORDS = 12
_BODY_WORDS = 12
_CAPTION_REACH = 3  # a page's lead image stands above one of its first paragraphs


def is_furniture(block: str) -> bool:
    """Whether a block is navigation, a comment link, a rights notice or the like."""
    if len(block) >= 300 or block.startswith("#"):
        return False
    is_label = bool(_LABEL.match(block)) and not _STOP.search(block)
    return is_label or bool(_NOTICE.match(block))


def strip_furniture(blocks: list[str]) -> list[str]:
    """Drop what a saved page carries besides its text.

    Args:
        blocks: the paragraphs, headings and list items of a text, in order.

    Returns:
        The blocks that are text, without glued captions and trailing rights notices.
    """
    kept = [_without_rights(block) for block in blocks if not is_furniture(block)]
    kept = [block for block in kept if block]
    prose = [i for i, block in enumerate(kept) if len(block.split()) > _BODY_WORDS]
    for i in prose[:_CAPTION_REACH]:
        kept[i] = _without_caption(kept[i])
    return kept


def _without_rights(block: str) -> str:
    spans = split_sentences(block)
    while spans and _RIGHTS.match(block[spans[-1][0] : spans[-1][1]]):
        block = block[: spans.pop()[0]].rstrip()
    return block


def _without_caption(block: str) -> str:
    match = _GLUED_CAPTION.match(block)
    if not match or len(match["caption"].split()) > 8:
        return block
    # A paragraph opens with a capital; the text of an image may not.
    opens_like_a_caption = block[0].islower() or block[0].isdigit()
    if opens_like_a_caption or match["body"].strip() in _SENTENCE_STARTERS:
        return block[match.start("body") :]
    return block


def mark_headings(blocks: list[str]) -> list[str]:
    """Give plain text the ``#`` marks of its title and headings, judged by shape.

    A heading is short, closes with no stop, and body text follows it. The first one, above all
    body text, is the title; a later repetition of the title is dropped.
    """
    marked: list[str] = []
    title = ""
    for i, block in enumerate(blocks):
        following = blocks[i + 1] if i + 1 < len(blocks) else ""
        if title and block == title:
            continue
        if AUTHOR_LINE.fullmatch(block) and len(following.split()) > _BODY_WORDS:
            marked.append(f"## {block}")
        elif block.startswith("#") or not looks_like_heading(block) or not following:
            marked.append(block)
        elif not marked and not _GENERIC.fullmatch(block):
            title = block
            marked.append(f"# {block}")
        elif looks_like_heading(following):
            marked.append(block)
        else:
            marked.append(f"## {block}")
    return marked


def looks_like_heading(block: str) -> bool:
    """Whether a block has the shape of a heading: short, capitalised, no stop, no label."""
    words = block.split()
    return (
        0 < len(words) <= _HEADING_WORDS + 6 * (":" in block)
        and not re.search(r"[.!,;:]$|^\W*[-•*\d]|^[^:]{1,20}: .*\d|@|https?:", block)
        and bool(re.match(r"[\W_]*[A-Z0-9]|[\W_]*[^\x00-\x7f]", block))
        and not BYLINE.fullmatch(block)
        and not DATED.match(block)
    )
