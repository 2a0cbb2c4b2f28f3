"""Which language a text is in; and that a few letters of another do not decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import detect_language

TOLD = {
    "en": "Could you please tell me what the weather is going to be like in Lisbon next week?",
    "de": "Ich möchte gerne wissen, ob du morgen mit uns ins Kino kommen kannst.",
    "fr": "Je voudrais savoir si tu peux venir avec nous au cinéma demain soir.",
    "es": "Me gustaría saber si mañana puedes venir con nosotros al cine, pero no muy tarde, porque tengo que trabajar.",
    "it": "Vorrei sapere se puoi venire con noi al cinema domani sera, ma non troppo tardi.",
    "pt": "Eu queria saber se você pode vir com a gente ao cinema amanhã à noite, mas não muito tarde.",
    "nl": "Ik wil graag weten of je morgen met ons mee naar de film kunt gaan.",
    "ru": "Я хотел бы знать, сможешь ли ты пойти с нами в кино завтра вечером.",
    "pl": "Chciałbym wiedzieć, czy możesz iść z nami jutro wieczorem do kina, bo nie wiem.",
    "tr": "Yarın akşam bizimle sinemaya gelip gelemeyeceğini bilmek istiyorum ama çok geç değil",
    "ja": "明日の夜、一緒に映画館へ行けますか。",
    "zh": "明天晚上你能和我们一起去看电影吗？",
    "ko": "내일 저녁에 우리와 함께 영화를 보러 갈 수 있어요?",
    "th": "พรุ่งนี้เย็นคุณไปดูหนังกับเราได้ไหม",
    "el": "Θα ήθελα να ξέρω αν μπορείς να έρθεις μαζί μας στον κινηματογράφο αύριο.",
    "he": "אני רוצה לדעת אם תוכל לבוא איתנו לקולנוע מחר בערב",
    "ar": "أريد أن أعرف ما إذا كان بإمكانك الذهاب معنا إلى السينما غدا",
    "fa": "می‌خواهم بدانم آیا فردا شب می‌توانی با ما به سینما بیایی یا نه چرا که دیر است و گرم",
    "hi": "मैं जानना चाहता हूँ कि क्या आप कल शाम हमारे साथ सिनेमा आ सकते हैं",
}


@pytest.mark.parametrize("code", TOLD)
def test_a_sentence_tells_its_language(code: str) -> None:
    assert detect_language(TOLD[code]) == code


@pytest.mark.parametrize("text", ["scholar", "commercial use", "shallow copy", "hola", "ok", "", "12345", "🦜🦜", "def f(x): return x", "C++"])
def test_a_few_words_tell_nothing(text: str) -> None:
    """Defect 18 of kernex: parts of words were counted, so "scholar" was Spanish and "shallow copy" German."""
    assert detect_language(text) is None


def test_whole_words_decide_and_not_their_parts() -> None:
    """Defect 18 of kernex: "will the fox die in its den" was German."""
    assert detect_language("will the fox die in its den") in ("en", None)
    assert detect_language("quiero el libro de historia en casa") in ("es", None)


def test_a_name_or_a_quotation_in_another_language_does_not_decide() -> None:
    assert detect_language("Please use Der Spiegel and 東京 as a source for this article and for the next one as well") == "en"


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    assert detect_language(text) is None or detect_language(text)
