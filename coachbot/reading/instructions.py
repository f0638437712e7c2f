"""Sentences in a text that speak to a program and not to a reader.

A text may hold, by accident or by design, words like "ignore the rules above". They change nothing,
since a passage is data wherever it goes; but quoting them would pass them on, so they are not
quoted, and not handed to a chat model.
"""

from __future__ import annotations

import re
import unicodedata

_RULES = r"(?:instructions?|rules?|prompts?|guidelines?|orders|commands?|directions|context|tasks?)"
_PROGRAM = (
    r"(?:assistant|chat ?bot|chat ?gpt|gpt-?\d*|language model|\bllm\b|\bai\b(?: model| system)?|"
    r"the model|this model|the bot|coachbot)"
)
_BEFORE = (
    r"(?:about |all |any |every(?:thing)? |the |your |of |these |those |my |what |"
    r"(?:previous|prior|above|earlier|preceding|foregoing|former|other|system|safety|original) )"
)
_TO_A_PROGRAM = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:ignore|disregard|forget|override|bypass|neglect|skip|drop|overrule|cancel|"
        rf"discard)\b {_BEFORE}*\b(?:{_RULES}|(?:said|told|written|came|stands?) "
        r"(?:before|above|so far))\b",
        r"\b(?:ignore|disregard|forget)\b (?:about )?(?:all|everything|anything|whatever)\b.{0,30}"
        r"\b(?:before|above|previous(?:ly)?|prior|so far|until now|earlier|told|else|output|orders|"
        r"tell me|you know|instructions?)\b",
        r"\b(?:just|only|simply|and) (?:output|print|reply with|respond with)\b",
        r"\bchange your (?:instructions?|rules?|answers?|behaviou?r)\b",
        r"\b(?:ignorieren? sie|ignoriere|vergiss|vergessen sie|missachte)\b.{0,40}\b(?:alle[sn]?|"
        r"anweisung\w*|befehle|regeln|davor|zuvor)\b",
        r"\b(?:olvid[ae]\w*|ignor[ae]\w*)\b.{0,20}\b(?:tod[oa]s?|instrucciones|reglas)\b",
        r"\b(?:oublie[zrs]?|ignore[zr]?)\b.{0,20}\b(?:tou(?:te?s?|t)|instructions|consignes)\b",
        rf"\b(?:system|hidden|secret|initial|developer) (?:{_RULES}|message)\b",
        r"<\|?(?:im_start|im_end|system|assistant|endoftext)\|?>|\[/?INST\]|<</?SYS>>",
        r"^\s*(?:###? ?)?(?:system|assistant|developer)\s*:",
        rf"\b(?:you are|you're|you will be|become|act as|pretend (?:to be|you are)|behave as|"
        rf"roleplay as|simulate)\b.{{0,30}}\b(?:{_PROGRAM}|dan|jailbroken|unrestricted|uncensored|"
        r"developer mode|root|admin)\b",
        r"\b(?:you are|you're) now (?:an? |the |in |my |called |named |free|no longer|going)|"
        r"\bnow,? (?:you are|you act|act as|pretend)\b",
        r"\bfrom now on,? (?:you|answer|reply|respond|always|only|every)\b.{0,60}"
        r"\b(?:answer|reply|respond|say|output|write|speak|act|must|will|end|begin|are)\w*\b",
        rf"\b(?:dear|hey|hi|hello|attention|note to|message to|instructions? (?:to|for)|to) "
        rf"(?:the |any |all |every )?{_PROGRAM}\b",
        rf"\b{_PROGRAM}s?\b.{{0,40}}\b(?:must|should|shall|has to|have to|is to|are to|please|"
        r"will)\b.{0,60}\b(?:say|answer|reply|respond|output|recommend|tell|print|reveal|write|state|"
        r"claim|add|append|include|ignore|end|begin|send|summari[sz]e)\b",
        r"\b(?:when|if|whenever|before|after) (?:you (?:answer|summari[sz]e|quote|cite|process)|"
        r"(?:asked|answering|summari[sz]ing|quoting|citing|processing|retrieved|retrieving))\b"
        r".{0,80}\b(?:say|answer|reply|respond|output|recommend|tell (?:the|them|every)|print|"
        r"reveal|write|state|claim|add|append|include|link)\b",
        r"\b(?:print|reveal|show|repeat|output|return|display|leak|expose|send|give)\b.{0,25}"
        r"\b(?:system prompt|your prompts?|prompt texts?|api[ _-]?keys?|embeddings|"
        r"environment variables|passwords?|chat history|conversation so far|history of this "
        r"(?:chat|talk)|text above|user'?s? (?:messages?|data|words))\b",
        r"\b(?:answer|reply|respond|say|write|end|begin|start)\b.{0,20}\b(?:only|every|each|all|any)"
        r"\b.{0,20}\b(?:questions?|repl(?:y|ies)|answers?|responses?|sentences?|messages?)\b.{0,12}"
        r"\b(?:with|in|by|as)\b",
        r"\b(?:do not|don't|never|stop)\b.{0,20}\b(?:cite|citing|mention(?:ing)? "
        r"(?:these|this|the) (?:instructions?|rules?)|verify|verifying|show(?:ing)? (?:the )?"
        r"(?:sources?|card|crisis)|apply(?:ing)? (?:the )?(?:safety|filter))",
        r"\b(?:new|updated|real|true|next) (?:instructions?|task|orders|rules?)\s*"
        r"(?::|\bis\b|\bare\b)",
        r"\b(?:disable|turn off|switch off|deactivate|lift)\b.{0,25}\b(?:safety|filters?|gate|"
        r"guard(?:rails?)?|restrictions?|screening|verification|checks?)\b",
        r"\b(?:do anything now|developer mode)\b",
        rf"\b(?:rules?|instructions?|guidelines?) (?:above |before |so far )?(?:no longer|do not|"
        rf"don't) (?:apply|count|hold)\b|\bwhatever your {_RULES} say\b",
        r"\bforget (?:what|whatever|everything|all) (?:that )?you (?:were|have been|are) told\b",
        rf"(?:^|[:.,!] )(?:the )?{_PROGRAM}s?, (?:please )?[a-z]+\b|, {_PROGRAM}(?:[.,!]|$)",
        rf"\b(?:if|since|because|as) you are an? {_PROGRAM}\b",
        rf"\b(?:message|word|note|order|task|job|request) (?:for|to) (?:all |any |every |the )?"
        rf"{_PROGRAM}s?\b",
        r"\byour (?:[a-z]+ )?(?:configuration|context|temperature|summary|developers?|guidance|"
        r"training|memory|system|next (?:message|output|answer|reply)|output|prompts?)\b",
        r"\b(?:bots?|llms?|computer|retrieval system|search engine|crawlers?)\b.{0,12}"
        r"(?:[,:]|\breading\b|\bmust\b|\bshould\b)",
        r"\b(?:rest of|remainder of) this (?:session|chat|conversation)\b|\badmin mode\b",
        r"\b(?:tell|warn|show|inform|convince) (?:the |every )?(?:user|reader)s?\b|"
        r"\btell whoever is asking\b|\b(?:call|use|run) the (?:tool|function|command)\b",
        r"\bpretend to be the (?:reader|user)'?s?\b",
        r"\b(?:system|assistant|developer) ?(?:update)?: ",
        r"\b(?:skip|omit|leave out|drop) the (?:screening|safety|crisis|checking|verification)\b",
        rf"\b(?:show|reveal|repeat|tell)\b.{{0,20}}\b(?:hidden (?:{_RULES})|conversation so far)\b",
        r"\b(?:reply|respond|answer) only\b|\bevery reply\b|\bquote this (?:paragraph|page|text)\b",
        r"\bprint\s*\(|\bexec\s*\(|\beval\s*\(|<script\b|javascript:|!\[[^\]]*\]\(https?:",
    )
)


def speaks_to_a_program(sentence: str) -> bool:
    """Whether a sentence gives orders to a program that reads it, as in a prompt injection."""
    shown = "".join(c for c in sentence if unicodedata.category(c) != "Cf")  # signs nobody sees
    plain = " ".join(shown.replace(" – ", ", ").split())
    return any(pattern.search(plain) for pattern in _TO_A_PROGRAM)
