"""What a question asks for, and what a turn offers: clues that move a turn up or down once its words have been scored.

The patterns are English; for any other language each function gives the answer that changes nothing. A pattern is compiled when it is
first needed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

_LONGEST = 1000  # characters of a question that are looked at


def asks_for_time(query: str, language: str = "en") -> bool:
    """Whether a question wants a date, a time or a duration: "when …", "how long …", "which year …"."""
    return language == "en" and _pattern(_ASKS_FOR_TIME).search(_plain(query[:_LONGEST])) is not None


def names_a_time(text: str, language: str = "en") -> bool:
    """Whether a text says a date or a time: "last Monday", "in 2021", "three weeks", "at 7 pm"."""
    if language != "en" or not _may_name_a_time(text):
        return False
    return _pattern(_NAMES_A_TIME).search(_plain(text)) is not None


# One of these stands in everything that the pattern below matches; looking for them costs a quarter of it.
_TIME_SIGNS = (
    *("day", "week", "month", "year", "last", "next", "ago", "since", "tonight", "tomorrow", "clock", "noon", "midnight", "this "),
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
_DIGIT = re.compile(r"\d")


def _may_name_a_time(text: str) -> bool:
    low = text.lower()
    for sign in _TIME_SIGNS:  # takes less than `any` of a generator
        if sign in low:
            return True
    return _DIGIT.search(low) is not None


def question_share(text: str) -> float:
    """The share of a text's sentences that are questions, from 0.0 to 1.0, in any language that has a question mark.

    A line break ends a sentence too. A mark before a letter or a digit ends none, as in "3.5" or "example.org/?page=2", except in
    scripts that are written without spaces.
    """
    if not any(mark in text for mark in _QUESTION_MARKS):
        return 0.0
    said = _pattern(_SENTENCE_END).split(text)  # a sentence, its end, a sentence, its end, …, what is left
    ends = [end for sentence, end in zip(said[::2], [*said[1::2], ""], strict=True) if sentence.strip(_NO_SENTENCE)]
    return sum(any(mark in end for mark in _QUESTION_MARKS) for end in ends) / len(ends) if ends else 0.0


def role_meant(query: str, language: str = "en") -> Literal["user", "assistant"] | None:
    """Whose turns a question to an assistant means: "what did you recommend" the assistant's, "where did I park" the user's.

    Wherever the question says what the assistant said, the assistant is meant, even beside "I" and "my"; what the asker said outweighs
    only the mention of a conversation. Measured in docs/explanation/recall.md.
    """
    if language != "en":
        return None
    text = _plain(query[:_LONGEST])
    if _pattern(_ASSISTANT_SAID).search(text):
        return "assistant"
    if not _pattern(_ASKER_SAID).search(text) and _pattern(_CONVERSATION).search(text):
        return "assistant"
    return "user" if _pattern(_ASKER).search(text) else None


@cache
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.VERBOSE)


def _plain(text: str) -> str:
    return text.lower().replace("\u2019", "'")


_ASKS_FOR_TIME = r"""
    \b(?:
        how\ (?:long|old|soon|recently|far\ back|many\ (?:day|week|month|year)s)\b
      | wh(?:at|ich)(?:'s|\ is|\ was|\ were|\ are)?(?:\ the)?(?:\ exact|\ first|\ last)?
        \ (?:date|time|hour|day|weekday|week|weekend|month|season|year|decade|century)s?\b
      | when(?:'s|\ exactly)?\ (?:did|do|does|was|were|is|are|am|has|have|had|will|would|should|could|can|might)\b
      | when's\b
      | (?:know|remember|recall|see|tell\ me|remind\ me|exactly|since|and|or)\ when\b
      | when\s*(?:[?.!,]|$)
    )
  | (?:^|[.!?:;,\n])[\s"(]*when\b
"""

# A short month counts only beside a number, "may" and "march" also after a preposition that no verb follows.
# It begins where a word does, and not where one ends, as `\b` would also have it tried.
_NAMES_A_TIME = r"""
    (?<!\w)(?=\w)(?:
        (?:mon|tues|wednes|thurs|fri|satur|sun)days?
      | january|february|april|june|july|august|september|october|november|december
      | yesterday|today|tonight|tomorrow|last|next|ago|since
      | this\ (?:morning|afternoon|evening|week|weekend|month|year|spring|summer|autumn|fall|winter)
      | (?:in|of|by|until|before|after|early|mid|late)[ -](?:march|may(?!\ (?:be|have|not)\b))
      | (?:jan|feb|mar|apr|may|march|jun|jul|aug|sept?|oct|nov|dec)\.?\ \d+(?:st|nd|rd|th)?
      | (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|few|couple\ of|several)[ -](?:day|week|month|year)s?
      | (?:19|20)\d\d
      | \d+[ -](?:day|week|month|year)s?
      | \d\d?(?:st|nd|rd|th)?\ (?:of\ )?(?:jan|feb|mar|apr|may|march|jun|jul|aug|sept?|oct|nov|dec)
      | \d\d?:\d\d(?:\ ?[ap]m)?
      | \d\d?\ ?(?:am|pm|a\.m|p\.m)
      | o'clock|noon|midnight
    )\b
"""

_QUESTION_MARKS = ("?", "\uff1f", "\u061f")  # Latin, full-width, Arabic
_SENTENCE_END = r"([.!?\u2026]++(?!\w)|[\u3002\uff01\uff1f\uff61\u061f\u06d4\u0964]++|\n)"
_NO_SENTENCE = " \t\r\n\"'()[]*#>-\u2013\u2014\u2022\u201c\u201d\u2018\u2019\u300c\u300d"  # what may stand between two sentences

_SOMETIMES = r"(?:\ (?:also|just|already|once|previously|originally|initially|first|last|earlier|recently|then|even|ever|kindly|specifically))?"
_ASSISTANT = r"\b(?:you|the\ (?:assistant|ai|bot|chatbot|model))"

# Only what has been said: "can you suggest" asks for something new, which the user's own turns decide.
_ASSISTANT_SAID = rf"""
    {_ASSISTANT}(?:'d|'ve|\ had|\ have|\ has)?{_SOMETIMES}\ (?:
        told|said|recommended|mentioned|listed|suggested|gave|given|explained|provided|advised|described|proposed|offered|wrote|written|created
      | made|generated|composed|drafted|showed|shown|shared|outlined|answered|replied|named|called|cited|quoted|used|came\ up|put|included|found
      | chose|chosen|picked|taught|referred|summari[sz]ed|calculated|translated|highlighted|assigned|promised|warned|pointed\ out)\b
  | \bdid\ {_ASSISTANT}{_SOMETIMES}\ (?:
        tell|say|recommend|mention|list|suggest|give|explain|provide|advise|describe|propose|offer|write|create|make|generate|compose|draft|show
      | share|outline|answer|reply|name|call|cite|quote|use|come\ up|put|include|find|choose|pick|teach|refer|summari[sz]e|calculate|translate
      | highlight|assign|promise|warn|point\ out)\b
  | \b(?:you\ were|were\ you)\ (?:referring|talking|telling|saying|recommending|suggesting|describing|explaining|mentioning)\b
  | \byour\ (?<!is\ your\ )(?<!'s\ your\ )(?<!are\ your\ )(?<!be\ your\ )(?<!need\ your\ )(?<!want\ your\ )(?<!like\ your\ )(?<!me\ your\ )
    (?:\w+\ ){{0,2}}(?:suggestion|recommendation|list|advice|answer|reply|response|explanation|example|summary|tip|proposal)s?\b
"""

_ASKER_SAID = (
    rf"\bi(?:'ve|'d|\ have|\ had)?{_SOMETIMES}\ (?:told|tell|said|say|mention|mentioned|shared?|gave|give|describe|described|sent|send|showed)\b"
)

# "remind me" is of the assistant's words, unless the rest of the sentence is about the asker.
_CONVERSATION = r"""
    \bour\ (?:\w+\ ){0,2}(?:conversation|chat|discussion|exchange)s?\b
  | \b(?:an?|the|this|that|any)\ (?:last|previous|earlier|prior|past|recent)\ (?:conversation|chat|discussion|exchange)s?\b
  | \bremind\ me\b(?!\ to\b)(?![^.?!]*\b(?:i|my|mine|our|we(?!\ (?:talked|spoke|discussed|covered|chatted)))\b)
"""

_ASKER = r"\b(?:i(?!\.e)|my|me|mine|we|our)\b"
