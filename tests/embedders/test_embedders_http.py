"""Vectors from a server: in the right order, asked for again, and never with the key where somebody could read it."""

from __future__ import annotations

import logging
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from modelkit import Answer, Asked, Told

from recollect.embedders import Embedder, embedding
from recollect.errors import Busy, Denied, Invalid, RecollectError

pytest.importorskip("httpx")

from recollect.embedders.http import Ollama, OpenAI, _ollama_url

KEY = "sk-a-key-that-nobody-may-see"


def vector(text: str) -> list[float]:
    """Two numbers that tell texts apart."""
    return [float(len(text)), 1.0]


def vectors(asked: Asked) -> Answer:
    """What OpenAI would answer, backwards: only `index` says which text a vector belongs to."""
    found = [{"object": "embedding", "index": place, "embedding": vector(text)} for place, text in enumerate(asked.body["input"])]
    return Answer(200, {"object": "list", "data": found[::-1], "model": asked.body["model"]})


def ollama_vectors(asked: Asked) -> Answer:
    return Answer(200, {"model": asked.body["model"], "embeddings": [vector(text) for text in asked.body["input"]]})


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between two requests, none of which is waited for."""
    waits: list[float] = []
    monkeypatch.setattr("recollect.embedders.post.random.uniform", lambda low, high: high)
    original = __import__("recollect.embedders.post", fromlist=["Server"]).Server

    class Hasty(original):  # type: ignore[misc,valid-type]
        def __init__(self, url: str, key: str = "") -> None:
            super().__init__(url, key, sleep=waits.append)

    monkeypatch.setattr("recollect.embedders.http.Server", Hasty)
    return waits


def openai(server: Told, **options: Any) -> OpenAI:
    return OpenAI(f"tiny@{server.url}/v1", **options)


# What is sent, and in which order it comes back


def test_vectors_are_put_in_order_by_their_index(server: Told) -> None:
    server.answer = vectors
    texts = ["a", "bbb", "cc", "dddd"]
    assert openai(server).embed_documents(texts) == [vector(text) for text in texts]


def test_vectors_without_an_index_are_taken_as_they_come(server: Told) -> None:
    server.answer = lambda asked: Answer(200, {"data": [{"embedding": vector(text)} for text in asked.body["input"]]})
    assert openai(server).embed_documents(["a", "bb"]) == [vector("a"), vector("bb")]


def test_texts_go_in_batches_and_keep_their_order(server: Told) -> None:
    server.answer = vectors
    texts = ["x" * length for length in range(1, 8)]
    assert openai(server, batch=3).embed_documents(texts) == [vector(text) for text in texts]
    assert [len(asked.body["input"]) for asked in server.asked] == [1, 3, 3, 1]  # the first asks how many numbers a vector has


def test_the_server_is_asked_as_its_documentation_says(server: Told) -> None:
    server.answer = vectors
    OpenAI(f"bge-m3/2@{server.url}/v1/", key=KEY).embed_query("moon")
    (asked,) = server.asked
    assert asked.path == "/v1/embeddings"
    assert asked.body == {"model": "bge-m3", "input": ["moon"], "dimensions": 2}
    assert asked.headers["authorization"] == f"Bearer {KEY}"


def test_without_a_key_none_is_sent(server: Told) -> None:
    server.answer = vectors
    openai(server).embed_query("moon")
    assert "authorization" not in server.asked[0].headers


def test_address_and_key_come_from_the_environment(server: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/here/")
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    server.answer = vectors
    OpenAI("tiny").embed_query("moon")
    assert (server.asked[0].path, server.asked[0].headers["authorization"]) == ("/here/embeddings", f"Bearer {KEY}")


def test_ollama_is_asked_by_its_own_interface(server: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", server.url.removeprefix("http://"))
    server.answer = ollama_vectors
    embedder = Ollama("tiny:latest")
    assert embedder.embed_documents(["a", "bbb"]) == [vector("a"), vector("bbb")]
    assert server.asked[-1].path == "/api/embed"
    assert server.asked[-1].body == {"model": "tiny:latest", "input": ["a", "bbb"]}
    assert (embedder.name, embedder.dimension) == ("ollama:tiny", 2)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("gpu.lan", "http://gpu.lan:11434"),
        ("gpu.lan:80", "http://gpu.lan:80"),
        ("http://gpu.lan", "http://gpu.lan:80"),
        ("https://gpu.lan/ollama", "https://gpu.lan:443/ollama"),
        ("[::1]:9", "http://[::1]:9"),
    ],
)
def test_the_host_of_ollama_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    assert _ollama_url(host) == url


def test_prefixes_that_a_model_wants_are_sent_and_are_part_of_its_name(server: Told) -> None:
    server.answer = ollama_vectors
    embedder = Ollama(f"nomic-embed-text/2@{server.url}")
    embedder.embed_query("moon")
    embedder.embed_documents(["moon"])
    assert [asked.body["input"] for asked in server.asked] == [["search_query: moon"], ["search_document: moon"]]
    assert "search_query" in embedder.name
    assert Ollama("nomic-embed-text", query="", document="").name == "ollama:nomic-embed-text"


def test_a_blank_text_is_not_sent_and_has_no_meaning(server: Told) -> None:
    server.answer = vectors
    assert openai(server).embed_documents(["a", " \n", "bb"]) == [vector("a"), [0.0, 0.0], vector("bb")]
    assert server.asked[-1].body["input"] == ["a", "bb"]


def test_a_known_model_needs_no_server_to_be_opened() -> None:
    made = embedding("openai:text-embedding-3-large@http://127.0.0.1:9/v1")
    assert made is not None
    assert (made.dimension, made.fast, made.max_tokens) == (3072, False, 8191)


def test_it_is_an_embedder(server: Told) -> None:
    server.answer = vectors
    assert isinstance(openai(server), Embedder)
    made = embedding(f"openai:tiny@{server.url}/v1")
    assert made is not None
    assert len(made.documents(["a", "bb"])) == 2


# A server that is busy, slow or away


def test_a_server_that_is_busy_is_asked_again(server: Told, slept: list[float]) -> None:
    server.in_turn(Answer(429, {"error": {"message": "slow down"}}), Answer(503, ""), vectors)
    embedder = OpenAI(f"tiny/2@{server.url}/v1")
    assert embedder.embed_documents(["moon"]) == [vector("moon")]
    assert slept == [0.5, 1.0]


def test_it_waits_as_long_as_the_server_wants(server: Told, slept: list[float]) -> None:
    server.in_turn(Answer(429, "", {"Retry-After": "7"}), vectors)
    OpenAI(f"tiny/2@{server.url}/v1").embed_documents(["moon"])
    assert slept == [7.0]


def test_a_date_to_wait_for_is_understood(server: Told, slept: list[float]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    server.in_turn(Answer(503, "", {"Retry-After": until}), Answer(503, "", {"Retry-After": "soon"}), vectors)
    OpenAI(f"tiny/2@{server.url}/v1").embed_documents(["moon"])
    assert 15 < slept[0] <= 20
    assert slept[1] == 1.0


def test_nobody_waits_an_hour(server: Told, slept: list[float]) -> None:
    server.answer = lambda asked: Answer(429, "", {"Retry-After": "3600"})
    with pytest.raises(Busy, match="try again in 3600 seconds"):
        OpenAI(f"tiny/2@{server.url}/v1").embed_documents(["moon"])
    assert (len(server.asked), slept) == (1, [])


def test_a_server_that_stays_broken_is_an_error_in_the_end(server: Told, slept: list[float]) -> None:
    server.answer = lambda asked: Answer(500, {"error": "out of order"})
    with pytest.raises(Busy, match=r"answered 500 \(out of order\) \(tries: 5"):
        OpenAI(f"tiny/2@{server.url}/v1").embed_documents(["moon"])
    assert (len(server.asked), slept) == (5, [0.5, 1.0, 2.0, 4.0])


def test_a_question_is_asked_twice_only(server: Told, slept: list[float]) -> None:
    server.answer = lambda asked: Answer(502, "")
    with pytest.raises(Busy, match="tries: 2"):
        OpenAI(f"tiny/2@{server.url}/v1").embed_query("moon")
    assert len(server.asked) == 2


def test_a_server_that_is_slow_is_given_up(server: Told, slept: list[float]) -> None:
    def late(asked: Asked) -> Answer:
        time.sleep(0.5)
        return vectors(asked)

    server.answer = late
    with pytest.raises(Busy, match=r"did not answer in time \(tries: 1, in at most 0\.05 seconds"):
        OpenAI(f"tiny/2@{server.url}/v1", question_timeout=0.05).embed_query("moon")


def test_a_server_that_is_not_there_is_an_error_that_names_it(server: Told, slept: list[float]) -> None:
    server.close()
    with pytest.raises(Busy, match=rf"{server.url}/v1 cannot be reached .* see that it runs"):
        OpenAI(f"tiny/2@{server.url}/v1").embed_query("moon")


# A server that answers something else


def test_fewer_vectors_than_texts_are_none(server: Told) -> None:
    server.answer = lambda asked: Answer(200, {"data": [{"index": 0, "embedding": [1.0, 2.0]}]})
    with pytest.raises(Invalid, match="gave 1 vectors for 2 texts"):
        openai(server).embed_documents(["a", "b"])


def test_two_vectors_for_the_same_text_are_none(server: Told) -> None:
    server.answer = lambda asked: Answer(200, {"data": [{"index": 0, "embedding": [1.0, 2.0]} for _ in asked.body["input"]]})
    with pytest.raises(Invalid, match="whose numbers are not those of the texts"):
        openai(server).embed_documents(["a", "b"])


def test_a_vector_of_another_size_is_refused_with_what_to_do(server: Told) -> None:
    server.answer = vectors
    embedder = OpenAI(f"text-embedding-3-small@{server.url}/v1")
    with pytest.raises(Invalid, match=r"gave 2 numbers for a text, where 1536 were expected; name the dimension \(openai:text-embedding-3-small/2\)"):
        embedder.embed_documents(["a"])


@pytest.mark.parametrize(
    "body", ["<html>hello</html>", [], {"data": None}, {"data": [{"index": 0, "embedding": "AAAA"}]}, {"data": [7]}, {"embeddings": 1}]
)
def test_an_answer_that_is_no_list_of_vectors_is_refused(server: Told, body: Any) -> None:
    server.answer = lambda asked: Answer(200, body)
    with pytest.raises(Invalid, match="see that the address is right"):
        openai(server).embed_query("moon")


def test_an_unknown_model_is_refused_at_once_in_the_servers_words(server: Told) -> None:
    server.answer = lambda asked: Answer(404, {"error": 'model "tiny" not found, try pulling it first'})
    with pytest.raises(Invalid, match="try pulling it first"):
        Ollama(f"tiny/2@{server.url}").embed_documents(["moon"])
    assert len(server.asked) == 1


def test_a_server_that_sends_elsewhere_is_not_followed(server: Told) -> None:
    server.answer = lambda asked: Answer(307, "", {"Location": "http://127.0.0.1:9/v1/embeddings"})
    with pytest.raises(Invalid, match="answered 307"):
        openai(server, key=KEY).embed_query("moon")


# A server that takes less at once


def test_a_batch_that_is_too_large_goes_in_halves(server: Told) -> None:
    def small(asked: Asked) -> Answer:
        count = len(asked.body["input"])
        return vectors(asked) if count <= 2 else Answer(422, {"error": f"batch size {count} > maximum allowed batch size 2"})

    server.answer = small
    texts = ["a", "bb", "ccc", "dddd", "eeeee"]
    assert openai(server).embed_documents(texts) == [vector(text) for text in texts]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "This model's maximum context length is 64 tokens"),
        (413, ""),
        (500, "input is too large to process. increase the physical batch size"),
    ],
)
def test_a_text_that_is_too_long_is_read_as_far_as_the_server_reads(server: Told, status: int, words: str) -> None:
    def short(asked: Asked) -> Answer:
        return vectors(asked) if max(map(len, asked.body["input"])) <= 64 else Answer(status, {"error": {"message": words}})

    server.answer = short
    assert openai(server).embed_documents(["a", "x" * 200]) == [vector("a"), vector("x" * 50)]


def test_a_server_that_takes_nothing_is_an_error(server: Told) -> None:
    server.answer = lambda asked: Answer(413, "no")
    with pytest.raises(Invalid, match="send shorter texts"):
        OpenAI(f"tiny/2@{server.url}/v1").embed_documents(["x" * 1000])
    assert len(server.asked) < 10


# The key


def leaks(error: BaseException) -> bool:
    """Whether the key stands in what a log would keep of this error, or in anything that the embedder shows of itself."""
    return KEY in "".join(traceback.format_exception(error)) or KEY in repr(error)


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_the_key_never_stands_in_an_error_even_if_the_server_repeats_it(
    server: Told, slept: list[float], caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = lambda asked: Answer(status, {"error": {"message": f"bad header {asked.headers['authorization']}"}})
    with pytest.raises(RecollectError) as caught:
        openai(server, key=KEY).embed_query("moon")
    assert "bad header Bearer ***" in str(caught.value)
    assert not leaks(caught.value)
    assert KEY not in caplog.text
    assert isinstance(caught.value, Denied) == (status in (401, 403))


def test_the_key_stands_in_nothing_that_is_shown(server: Told, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = vectors
    embedder = openai(server, key=KEY)
    embedder.embed_documents(["moon"])
    inside = [embedder, embedder.name, vars(embedder), embedder._server, vars(embedder._server), embedder._server._client.headers]
    assert KEY not in repr(inside)
    assert KEY not in caplog.text


@pytest.mark.parametrize("bad", [f"{KEY}\nX-Other: 1", f"{KEY}é", f'"{KEY} "'])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(bad: str) -> None:
    with pytest.raises(Invalid, match="characters that no key has") as caught:
        OpenAI("tiny@http://127.0.0.1:9/v1", key=bad)
    assert not leaks(caught.value)


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_a_password_in_an_address_is_refused_without_being_shown(kind: str) -> None:
    with pytest.raises(Invalid, match="set its key instead") as caught:
        embedding(f"{kind}:tiny@http://me:{KEY}@127.0.0.1:9/v1")
    assert not leaks(caught.value)


@pytest.mark.parametrize("url", ["http://", "http://host:port/v1", "https://host/v1?key=1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match=r"is no address of a server; write it as https://host/v1"):
        OpenAI(f"tiny@{url}")


def test_an_at_sign_of_a_model_is_part_of_its_name() -> None:
    assert Ollama("hf.co/me/tiny@sha256/2").model == "hf.co/me/tiny@sha256"
