"""Help without a question: the lines of a country, and the fixed pages about getting help.

Nothing is asked, screened or opened for it, so it works where nothing else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.cli.app import CountryCode, app, country_set

if TYPE_CHECKING:
    from coachbot.safety import Met
    from coachbot.safety.lines import Country

_WORD = "help"
"""What opens it in the midst of a talk, alone or before a page."""


@app.command("help-lines")
def help_lines(
    page: Annotated[
        str, typer.Argument(help="A page to read, by its number or name; none lists the lines.")
    ] = "",
    country: CountryCode = "",
) -> None:
    """Show who helps in a crisis, and what it is like to ask for help.

    Examples:
    coachbot help-lines --country GB

    coachbot help-lines 2

    coachbot help-lines how-to-tell-a-friend
    """
    from coachbot.safety.lines import country as country_of
    from coachbot.safety.lines import system_country

    where = country_of(country or country_set() or system_country())
    told = page_told(page, where) if page else lines_told(where)
    if not told:
        names = ", ".join(_pages())
        raise typer.BadParameter(f"There is no page {page}. There are: {names}.")
    print(told)


def point_to_help(met: Met, as_json: bool) -> None:
    """Say below a card where all lines and pages are; nothing below other words, nor in JSON."""
    from coachbot.prompts import say

    if met.screening.is_crisis and not as_json:
        print(say("safety/lines", "after-a-card"))


def help_in_talk(message: str, where: Country) -> str:
    """What ``help``, or ``help`` with a page, brings in a talk; empty for any other message."""
    word, _, page = message.strip().casefold().partition(" ")
    if word != _WORD:
        return ""
    return page_told(page.strip(), where) if page else lines_told(where)


def lines_told(where: Country) -> str:
    """All confirmed lines of a country by what they are for, then the list of pages."""
    from coachbot.prompts import say
    from coachbot.safety.cards import help_page
    from coachbot.safety.lines import numbers_for

    parts = [say("page", "help-intro", emergency=where.emergency)]
    for need, lines in where.by_need():
        told = [f"- {line.told_whole}" for line in lines]
        parts.append("\n".join([say("page", f"help-{need}"), *told]))
    titles = (f"{at}. {help_page(name, where)[0]}" for at, name in enumerate(_pages(), 1))
    pages = "\n".join([say("safety/lines", "pages-to-read"), *titles])
    more = f"{say('page', 'help-more')}\n{numbers_for(where)} {say('safety/lines', 'change')}"
    return "\n\n".join([*parts, more, pages])


def page_told(page: str, where: Country) -> str:
    """A page with its title, by its number in the list or its name; empty if there is none."""
    from coachbot.safety.cards import help_page

    names = _pages()
    if page.isdecimal() and 0 < int(page) <= len(names):
        page = names[int(page) - 1]
    if page not in names:
        return ""
    return "\n\n".join(help_page(page, where))


def _pages() -> list[str]:
    from coachbot.prompts import texts

    return list(texts("safety/pages"))
