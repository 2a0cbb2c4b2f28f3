"""The analyser: text to index words, the same for documents and questions, the same on every engine.

It emits only ``[0-9a-z]`` and non-ASCII letters, at most `LONGEST` bytes a word, so that a word can stand behind ``<owner>_`` in
the text index and never reach into another owner's list. Everything else in a word that is kept whole (an e-mail address, a path,
a version number) is escaped. The owner's language decides stop words and stems; the rest is the same for all.

What a word becomes is remembered by the word as it was written, so an ordinary text costs one regular expression and one dictionary
look-up a word.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain

from ..errors import Invalid
from . import arabic
from .arabic import Arabic
from .german import German
from .languages import Language, language

VERSION = 2
"""Raise it when the same text gives other words: older files are then indexed anew when they are opened."""


def version() -> str:
    """What a file's index was made with. Snowball improves its stems now and then, so its version is part of ours."""
    import Stemmer

    return f"{VERSION}+snowball-{Stemmer.version()}"


LONGEST = 60  # bytes of a word; with the owner's prefix it stays below FTS5's comfortable 64
MOST_BYTES = 10 * 1024 * 1024

# Python's \w leaves out combining marks, which would cut Thai, Hindi and Arabic words at every vowel sign.
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
_MARKS += "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
WORD = re.compile(rf"[\w{_MARKS}]+(?:['’][\w{_MARKS}]+)*")
_ASCII_WORD = re.compile(r"\w+(?:'\w+)*", re.ASCII)
# Kept whole beside their parts: addresses, paths, dotted names, versions, dates, times, C++ and the like.
# Possessive, and begun only where nothing of the kind stands before: a megabyte without a blank is read once, not from each letter anew.
_WHOLE = re.compile(r"(?<![\w~./\\])[~./\\]*+\w++(?:(?:::|->|[@./\\:-])++\w++)++/?|(?<!\w)\w++(?:\+\+|#)|[\U0001F300-\U0001FAFF\u2600-\u27BF]")
# Whether a text has any of those: each pattern begins with a set of letters, which the engine skips to fast.
_SIGN = re.compile(r"[@/\\:+#>\u2600-\u27BF\U0001F300-\U0001FAFF]")
_INNER_SIGN = re.compile(r"[.-](?=\w)(?<=\w.)")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\dA-Za-z]+")
_PLAIN_HYPHEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+\Z")

# Scripts written without spaces between words: searched by pairs of letters.
_BY_PAIRS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_BY_PAIRS += "\uff66-\uff9f\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{_BY_PAIRS}]+")
_PIECES = re.compile(f"[{_BY_PAIRS}]+|[^{_BY_PAIRS}]+")
_JOINED = re.compile("['’_]")
# By script: the language that it is mostly written for, and the others whose owners know better.
_SCRIPTS = (
    ("ar", "ckb fa ks ku pa ps sd ug ur", re.compile("[\u0620-\u06ff]")),
    ("ru", "ab av ba be bg ce cv kk kv ky mk mn os sr tg tk tt uk uz", re.compile("[\u0400-\u04ff]")),
    ("el", "", re.compile("[\u0370-\u03ff\u1f00-\u1fff]{2}")),  # one Greek letter stands in a formula
)
# Between kana a single Chinese character is a word: what it makes pairs with are particles and endings (弟は, 弟が; 借りた, 借りる).
_LONE = re.compile(r"(?<![\u3400-\u9fff])[\u3400-\u9fff](?![\u3400-\u9fff])")
# Small words and endings of Japanese and Korean, which every sentence ends with. A question asks for no pair of theirs unless it has no other.
# Chinese has no endings, and pairs of Thai letters stand in too many words to be told from them.
_SMALL = """
    です でした ですか ます ました ますか ましたか ません している していた しています していました ください から まで だから けれど という ような
    この その あの どの これ それ あれ どれ ここ そこ どこ だれ いつ いくら なぜ どうして どんな どのくらい
    わたし ない なかった なければ ならない する した
    어요 아요 해요 예요 이에요 나요 인가요 했어요 했나요 있어요 있나요 습니다 습니까 입니다 합니다 했습니다 는데 에서 에게 한테 까지 부터 으로 하고
    우리 저는 제가 무엇 무슨 어디 어디서 어느 언제 누구 얼마나 왜요
"""
_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
_KEPT = re.compile(r"[^0-9a-z\u0080-\U0010ffff]")
# Marks are dropped where they are accents (Latin, Greek, Cyrillic, Hebrew and Arabic points); elsewhere they are part of the spelling.
_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
_CONTRACTED = {"won't": "will", "can't": "can", "shan't": "shall", "ain't": "be"}


def clean(text: object, name: str = "text", *, empty: bool = False) -> str:
    """Text as it is stored: NUL and lone surrogates become U+FFFD, everything else stays as given."""
    if not isinstance(text, str):
        raise Invalid(f"{name} must be a string, not {type(text).__name__}; pass str(...) of it")
    if not text and not empty:
        raise Invalid(f"{name} is empty; pass at least one character")
    if not text.isascii() or "\0" in text:  # which is known at once; only then is it searched
        text = _SURROGATE_OR_NUL.sub("\ufffd", text)
    if len(text) * 4 > MOST_BYTES and len(text.encode()) > MOST_BYTES:
        raise Invalid(f"{name} has {len(text.encode()):,} bytes; the most is {MOST_BYTES:,}, so split it")
    return text


# For `bytes.translate`: letters and digits in lower case, other signs than those within words as blanks.
_BARE = bytes(ord(chr(byte).lower()) if byte < 128 and (chr(byte).isalnum() or chr(byte) in "_'") else 32 for byte in range(256))


def bare(text: str) -> bytes:
    """The words of a text in their order, without case and signs: what `WORD` finds in it, a blank between each two."""
    if not text.isascii():
        return " ".join(WORD.findall(text.casefold())).encode(errors="surrogatepass")
    found = b" %b " % text.encode().translate(_BARE)
    if b"'" in found:
        found = found.replace(b"''", b" ").replace(b" '", b" ").replace(b"' ", b" ")
    return b" ".join(found.split())


class _Known(dict[str, tuple[str, ...]]):
    """What each word becomes, by the word as it is written, learned when it is first met."""

    _MOST = 1 << 17  # some 20 megabytes, which takes a library

    def __init__(self, learn: Callable[[str], tuple[str, ...]]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, raw: str) -> tuple[str, ...]:
        words = self._learn(raw)
        if len(raw) <= 40:
            if len(self) >= self._MOST:
                self.clear()
            self[raw] = words
        return words


class Analyser:
    """Words of one language."""

    def __init__(self, spoken: Language, *, stop: bool = True) -> None:
        self.language = spoken.code
        self._spoken = spoken
        self._stops = stop
        self._bare = Analyser(spoken, stop=False) if stop and spoken.stop else None
        self._stop = spoken.stop if stop else frozenset[str]()
        self._irregular = spoken.irregular
        self._months = spoken.months
        self._weekdays = spoken.weekdays
        self._stem = _stemmer(spoken.stemmer)
        self._parts: Callable[[str], Iterable[str]] | None = None
        if spoken.code == "de":
            german = German(self._stem, spoken.irregular)
            self._stem, self._parts = german.stem, german.parts
        elif spoken.code == "ar":
            self._stem = Arabic(spoken.irregular).stem
            self._stop = frozenset(map(arabic.plain, self._stop))
        self._known = _Known(self._learn)

    def words(self, text: str) -> list[str]:
        """The index words of a text, repeated as often as they occur. Stop words are left out, unless there is nothing else."""
        pattern = _ASCII_WORD
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)
            pattern = WORD
        found = [*chain.from_iterable(map(self._known.__getitem__, pattern.findall(text)))]
        if _SIGN.search(text) or _INNER_SIGN.search(text):
            found += self._wholes(text)
        return found or (self._bare.words(text) if self._bare else found)

    def question(self, query: str) -> list[str]:
        """The distinct index words of a question."""
        found = list(dict.fromkeys(self.words(query)))
        letters = {letter for word in found if len(word) > 1 and _UNSPACED.fullmatch(word) for letter in word}
        if letters:
            letters.difference_update(_LONE.findall(query))
            found = [word for word in found if word not in letters]  # a pair says more than its letters
            found = [word for word in found if word not in _small()] or found
        return found

    def surface(self, text: str) -> Iterator[tuple[str, int, int, tuple[str, ...]]]:
        """Each word as written, where it stands, and what it is in the index."""
        for match in WORD.finditer(text):
            raw = match.group()
            plain = raw if raw.isascii() else unicodedata.normalize("NFKC", raw)
            if raw == plain and _UNSPACED.search(raw) and not _JOINED.search(raw):
                yield from self._pieces(raw, match.start())
            else:
                yield raw, match.start(), match.end(), self._known[plain]
        if _SIGN.search(text) or _INNER_SIGN.search(text):
            for match in _WHOLE.finditer(text):
                yield match.group(), match.start(), match.end(), tuple(self._wholes(match.group()))

    def _pieces(self, raw: str, start: int) -> Iterator[tuple[str, int, int, tuple[str, ...]]]:
        """The letters and pairs of a sentence without spaces, and what else stands in it."""
        for match in _PIECES.finditer(raw):
            piece, place = match.group(), start + match.start()
            if _UNSPACED.fullmatch(piece):
                for size in (1, 2):
                    for at in range(len(piece) - size + 1):
                        yield (written := piece[at : at + size]), place + at, place + at + size, (written,)
            else:
                yield piece, place, place + len(piece), self._known[piece]

    def date_words(self, year: int, month: int, day: int, weekday: int) -> list[str]:
        """A date as a person of this language would name it."""
        names = [self._weekdays[weekday]] if self._weekdays else []
        names += [str(day)] + ([self._months[month - 1]] if self._months else [str(month)]) + [str(year)]
        return self.words(" ".join(names))

    def _learn(self, raw: str) -> tuple[str, ...]:
        forms = self._forms(raw) if raw.isascii() else self._for(raw)._in_script(raw)
        return tuple(word for word in forms if word)  # a lone accent folds to nothing

    def _for(self, raw: str) -> Analyser:
        """Who analyses a word: one in a script that the owner's language is not written in, the language that is mostly written in it.

        A word says by its letters which script it is in, so a text and a question never disagree about it.
        """
        if not self._spoken.stop:
            return self
        for code, others, script in _SCRIPTS:
            if script.search(raw) and self.language != code and self.language not in others.split():
                other = analyser(code)
                return other if self._stops else other._bare or other
        return self

    def _in_script(self, raw: str) -> Iterator[str]:
        """Arabic small words are left out however they are spelt, and with the *and* that is written as one with them."""
        if self.language != "ar":
            yield from self._forms(raw)
        elif self._stop.isdisjoint(arabic.spellings(raw)):
            yield from self._forms(arabic.bare(raw))

    def _forms(self, raw: str) -> Iterator[str]:
        folded = raw.casefold().replace("’", "'")
        if "'" in folded:
            yield from self._contracted(folded)
        elif "_" in folded:
            yield from self._snake(raw)
        elif _UNSPACED.search(folded):
            yield from self._unspaced(folded)
        elif raw.isascii() and not raw.islower() and not raw.isupper() and not raw.istitle() and len(parts := _CAMEL.findall(raw)) > 1:
            for part in parts:
                yield from self._plain(part.lower())
            yield _escaped(folded)
        else:
            yield from self._plain(folded)

    def _contracted(self, folded: str) -> Iterator[str]:
        if self.language == "en":
            folded = _CONTRACTED.get(folded, folded)
        for part in folded.split("'"):
            yield from self._plain(part)

    def _snake(self, raw: str) -> Iterator[str]:
        """The parts of an identifier, and the whole as camel case would write it."""
        parts = [part for part in raw.split("_") if part]
        for part in parts:
            yield from self._forms(part)
        if len(parts) > 1:
            yield _escaped("".join(parts).casefold())

    def _plain(self, word: str) -> Iterator[str]:
        if word in self._stop or not word:
            return
        if word.isdecimal():
            if not word.isascii():  # Arabic and Hindi have digits of their own, and use both
                word = "".join(str(unicodedata.digit(sign)) for sign in word)
            yield word[:LONGEST].lstrip("0") or "0"
            return
        base = self._irregular.get(word, word)
        if base not in self._stop:
            yield _escaped(self._stem(base))
            if self._parts:
                yield from map(_escaped, self._parts(base))

    def _unspaced(self, folded: str) -> Iterator[str]:
        last = 0
        for match in _UNSPACED.finditer(folded):
            yield from self._plain(folded[last : match.start()])
            run, last = match.group(), match.end()
            yield from run
            yield from (run[place : place + 2] for place in range(len(run) - 1))
        yield from self._plain(folded[last:])

    def _wholes(self, text: str) -> list[str]:
        found: list[str] = []
        signed = [piece for piece in text.split() if not piece.isalnum() and (_SIGN.search(piece) or _INNER_SIGN.search(piece))]
        for whole in _WHOLE.findall(" ".join(signed)):
            if date := _ISO_DATE.match(whole):
                found += self._date(*map(int, date.groups()))
            elif not _PLAIN_HYPHEN.match(whole):
                found.append(_escaped(whole.casefold().rstrip("/")))
        return [word for word in found if word]

    def _date(self, year: int, month: int, day: int) -> list[str]:
        names = self._months[month - 1 : month] if self._months and month else ()
        return [form for name in names for form in self._plain(name)] + [_escaped(f"{year}-{month}-{day}")]


def _escaped(word: str) -> str:
    """Only letters and digits the index keeps, accents folded, everything else as ``x<code>``, cut at a letter's end."""
    if not (word.isascii() and word.isalnum()):
        word = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", word)))
        word = _KEPT.sub(lambda sign: f"x{ord(sign.group()):x}", word.casefold())
        word = "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else f"x{ord(sign):x}" for sign in word)
    if len(word) > LONGEST // 4 and len(encoded := word.encode()) > LONGEST:
        word = encoded[:LONGEST].decode(errors="ignore")
    return word


def _stemmer(name: str | None) -> Callable[[str], str]:
    if name is None:
        return _same
    from Stemmer import Stemmer

    return Stemmer(name, 0).stemWord  # type: ignore[no-any-return]  # without its cache: ours holds the whole word's way


def _same(word: str) -> str:
    return word


@cache
def analyser(code: str) -> Analyser:
    """The analyser of a language, by code or English name; one for the whole process."""
    return Analyser(language(code))


@cache
def _small() -> frozenset[str]:
    return frozenset(word[place : place + 2] for word in _SMALL.split() for place in range(len(word) - 1))


_ARTICLES = frozenset(("a", "an", "the"))
_OPENING, _CLOSING = "¡¿\"'“”„‘’«»‹›(「『", "\"'“”„‘’«»‹›)」』.,;:!…。、！，；："


def essence(text: str) -> bytes:
    """What is the same in two texts that say the same: their words in their order, whatever their case, articles, plural s and punctuation.

    Nothing else is left out, moved or folded, so that "tabs, not spaces" and "spaces, not tabs", 0.5 and 0.05, `--force` and "force", "über"
    and "uber", and a statement and its question stay apart. The same for every owner: it decides which records are one, so it may not
    change with a setting. Plurals are Harman's S-stemmer ("How effective is suffixing?", JASIS 1991), which no verb or opposite falls prey to.
    """
    raw = unicodedata.normalize("NFC", text).replace("’", "'").split()
    # A word that is nothing but signs stays as it is: `git add .` is not `git add`.
    words = [word.lstrip(_OPENING).rstrip(_CLOSING) or word for word in raw]
    kept = [_singular(word.casefold()) for place, word in enumerate(words) if not _is_article(words, place)]
    return hashlib.sha256("\x1f".join(kept).encode(errors="replace")).digest()[:16]


def _is_article(words: list[str], place: int) -> bool:
    """An article stands before a word; before a single letter it is one itself, as in "plan a b", and so it is in "vitamin A deficiency"."""
    word, after = words[place], words[place + 1] if place + 1 < len(words) else ""
    return word.casefold() in _ARTICLES and (word != "A" or place == 0) and len(after) > 1 and after.isalpha()


def _singular(word: str) -> str:
    if not (word.isascii() and word.isalpha() and len(word) > 4 and word.endswith("s")):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    return word if word.endswith(("us", "ss", "aes", "ees", "oes", "is")) else word[:-1]
