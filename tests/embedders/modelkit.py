"""What tests of embedders share: a server that answers as it is told, and models so small that a test can make them."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", ":", "the", "cat", "dog", "sat", "ran", "moon", "lisbon"]


class Answer(NamedTuple):
    """What the server says: a status, a body (a string is sent as it is), and headers."""

    status: int
    body: Any
    headers: dict[str, str] = {}


class Asked(NamedTuple):
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: Any


class Told:
    """A server on this machine. `answer` is called with each request; what came is in `asked`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Answer] = lambda asked: Answer(404, "")
        told = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(raw))
                told.asked.append(asked)
                answer = told.answer(asked)
                body = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # who asked did not wait for it

            def log_message(self, *_: object) -> None:
                """Says nothing: a test's output is for failures."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def in_turn(self, *answers: Answer | Callable[[Asked], Answer]) -> None:
        """Give these answers, the last one for ever."""

        def next_one(asked: Asked) -> Answer:
            answer = answers[min(len(self.asked), len(answers)) - 1]
            return answer(asked) if callable(answer) else answer

        self.answer = next_one

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def tokenizer() -> Any:
    """Whole words, as BERT wraps them."""
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    made.normalizer = tokenizers.normalizers.Lowercase()
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.enable_padding(pad_id=0, pad_token="[PAD]")
    return made


def onnx_folder(folder: Path, *, scores: bool = False, pooling: dict[str, Any] | None = None) -> Path:
    """The folder of a model that is one table: the vector of a token is a row of it. With `scores`, a text has the highest number of its words."""
    onnx = pytest.importorskip("onnx")
    import numpy as np

    (folder / "onnx").mkdir(parents=True)
    tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 16, "pad_token": "[PAD]"}))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "[PAD]"}))
    (folder / "config.json").write_text(json.dumps({"pad_token_id": 0, "hidden_size": 8}))
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    table = np.random.default_rng(7).standard_normal((len(WORDS), 8)).astype(np.float32)
    kind = onnx.TensorProto
    ids = onnx.helper.make_tensor_value_info("input_ids", kind.INT64, ["batch", "length"])
    mask = onnx.helper.make_tensor_value_info("attention_mask", kind.INT64, ["batch", "length"])
    nodes = [onnx.helper.make_node("Gather", ["table", "input_ids"], ["found"])]
    constants = [onnx.numpy_helper.from_array(table, "table")]
    out = onnx.helper.make_tensor_value_info("found", kind.FLOAT, ["batch", "length", 8])
    if scores:
        constants = [onnx.numpy_helper.from_array(np.arange(len(WORDS), dtype=np.float32)[:, None], "table")]
        constants.append(onnx.numpy_helper.from_array(np.array([1], dtype=np.int64), "axes"))
        nodes.append(onnx.helper.make_node("ReduceMax", ["found", "axes"], ["score"], keepdims=0))
        out = onnx.helper.make_tensor_value_info("score", kind.FLOAT, ["batch", 1])
    graph = onnx.helper.make_graph(nodes, "tiny", [ids, mask], [out], constants)
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(made, str(folder / "onnx" / "model.onnx"))
    return folder
