"""The fixed words for a screening: which form, with which lines."""

from __future__ import annotations

from coachbot.prompts import say, texts
from coachbot.safety.language import is_spanish, pattern
from coachbot.safety.lines import Country
from coachbot.safety.normalising import normalise
from coachbot.types import Screening

_UNSURE, _OTHER_UNSURE = "unsure", "other-unsure"


def crisis_card(message: str, screening: Screening, country: Country, shown: int) -> str:
    """The card for a crisis.

    Args:
        message: the message that called for it.
        screening: what the gate says of the conversation at this point.
        country: whose numbers to name.
        shown: how many cards were shown in a row before; every second one is the shorter form.
    """
    file, form, needs = _form(message, screening)
    name = form if shown % 2 == 0 else _shorter(file, form)
    card = fixed(file, name, country, *needs)
    if file == "partner_violence" and not name.endswith("again"):
        return f"{fixed(file, 'now', country)}\n\n{card}"
    return card


def needs_of(category: str | None) -> tuple[str, ...]:
    """Which lines a card of a category names, and the pages behind it, the nearest need first."""
    return {
        "partner_violence": ("violence", "general"),
        "child_safety": ("worried_about_child", "children", "general"),
        "harm_to_others": ("own_behaviour", "general"),
        "minor": ("children", "general"),
        "possible_control": ("violence", "general"),
        "perinatal_thoughts": ("perinatal", "general"),
    }.get(category or "", ("suicide", "general"))


def asks_whether(message: str, screening: Screening) -> bool:
    """Whether the first card for a crisis asks if there is danger, as no plain words told of it.

    Args:
        message: the message that called for it.
        screening: what the gate said of it.
    """
    return _form(message, screening)[1] in (_UNSURE, _OTHER_UNSURE)


def tells_of_dying(message: str) -> bool:
    """Whether a message says in plain words that someone wants to die, or has done something."""
    return _suicide_form(normalise(message), other=False) in ("explicit", "done")


def fixed(file: str, name: str, country: Country, *needs: str) -> str:
    """A text of ``prompts/safety`` with the country's numbers in it."""
    language = "-es" if name.startswith("spanish") else ""
    text = say(
        f"safety/{file}",
        name,
        emergency=country.emergency_in(language),
        lines=country.told(*(needs or ("general",)), language=language),
        suicide_lines=country.told("suicide", "general"),
        violence_lines=country.told("violence"),
        perinatal_lines=country.told("perinatal", "general"),
        children_lines=country.told("children"),
        written_lines=country.written(*(needs or ("suicide", "general"))),
    )
    # What stands for an emergency number in words may open a text.
    opens = texts(f"safety/{file}")[name].startswith("{")
    return text[:1].upper() + text[1:] if opens else text


def help_page(name: str, country: Country, category: str | None = None) -> tuple[str, str]:
    """One of the fixed pages behind a card.

    Args:
        name: its name in ``prompts/safety/pages.md``.
        country: whose numbers to name.
        category: of the danger it is read in; None for a page that is read on its own.

    Returns:
        Its title and its text.
    """
    title, _, body = fixed("pages", name, country, *needs_of(category)).partition("\n")
    return title.removeprefix("title: "), body.strip()


def _form(message: str, screening: Screening) -> tuple[str, str, tuple[str, ...]]:
    """The file of a card, its name there, and which lines it needs."""
    text = normalise(message)
    file, form, needs = _english_form(text, screening, answers=screening.matched == (message,))
    return ("general", "spanish", needs) if is_spanish(text) else (file, form, needs)


def _english_form(
    text: str, screening: Screening, *, answers: bool
) -> tuple[str, str, tuple[str, ...]]:
    category, other = screening.category, screening.subject == "other"
    needs = needs_of(category)
    young = ("children",) if "minor" in screening.categories else ()
    # Where no words were plain, likeness may be wrong, and the card asks.
    told = "first" if screening.matched else _UNSURE
    if category == "suicide_self_harm":
        return category, _suicide_form(text, other), needs
    if category == "child_safety":
        young_now = _is("young", text) and not (_is("grown_up", text) or _is("own_child", text))
        if young_now:
            return category, "young", needs_of("minor")
        if _is("own_child", text):
            return category, "own", ("worried_about_child", "general")
        return category, told, needs
    if category == "harm_to_others":
        form = "hurt" if _is("has_hurt", text) else "mean" if screening.matched else _UNSURE
        return category, form, needs
    if category == "partner_violence":
        if other:
            told = "other" if screening.matched else _OTHER_UNSURE
        elif answers:
            told = "afraid"
        return category, told, (*young, *needs)
    return "general", "first", ("general",)


def _suicide_form(text: str, other: bool) -> str:
    if other:
        return "leverage" if _is("leverage", text) else "other"
    if _is("done", text) and not _is("long_ago", text):
        return "done"
    if _is("harm_only", text) and not _is("dying", text):
        return "self-harm"
    return "explicit" if _is("explicit", text) else "veiled"


def _shorter(file: str, form: str) -> str:
    if form in ("first", "afraid", _UNSURE):
        return "again"
    return "other-again" if form == _OTHER_UNSURE else f"{form}-again"


def _is(form: str, text: str) -> bool:
    return bool(pattern("forms", form).search(text))
