"""The kind llm against a real gateway: a LiteLLM proxy whose models are mocks, with no key and no network.

Found by STATUSPAGE_LITELLM (the program's path) or on the PATH; skipped where there is none.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from statuspage.causes import CODES
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes.base import Occasion
from statuspage.probes.dialects import DIALECTS, Endpoint, Turn, complete
from statuspage.probes.llm import Llm
from statuspage.probes.options import Secret

PROGRAM = os.environ.get("STATUSPAGE_LITELLM") or shutil.which("litellm") or ""
KEY = "sk-kestrel-probe"
START = 90  # seconds that it may take to start; it imports for 15

pytestmark = pytest.mark.skipif(not PROGRAM, reason="no LiteLLM proxy: see the module's docstring")

LLM = TypeAdapter(Llm)
WITHIN = timedelta(seconds=15)


def mock(name: str, response: object, **more: object) -> dict[str, object]:
    parameters = {"model": f"openai/{name}", "api_key": "none", "mock_response": response, **more}
    return {"model_name": name, "litellm_params": parameters}


SETTINGS = {
    "model_list": [
        mock("kestrel-1-mini", "17 x 23 = 391"),
        mock("kestrel-limited", "litellm.RateLimitError"),
        mock("kestrel-broken", "litellm.InternalServerError"),
        mock("kestrel-large", "391", mock_delay=0.5),
    ],
    "general_settings": {"master_key": KEY},
    "litellm_settings": {"telemetry": False, "num_retries": 0},
    "router_settings": {"num_retries": 0, "disable_cooldowns": True},
}


@pytest.fixture(scope="session")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a LiteLLM proxy."""
    folder = tmp_path_factory.mktemp("litellm")
    (folder / "config.yaml").write_text(json.dumps(SETTINGS), "utf-8")  # JSON is YAML
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        port = once.getsockname()[1]
    home = Path(PROGRAM).parent
    environment = {
        "PATH": f"{home}:{os.environ.get('PATH', '')}",
        "HOME": str(folder),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks GitHub for prices
        "LITELLM_TELEMETRY": "False",
        "DISABLE_ADMIN_UI": "True",
        "NO_DOCS": "True",
    }
    command = [PROGRAM, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health/liveliness", process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + START
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return
        except (urllib.error.URLError, TimeoutError, OSError):
            assert process.poll() is None, log.read_text("utf-8", errors="replace")[-2000:]
            time.sleep(0.2)
    raise AssertionError(f"not up in {START} s: {log.read_text('utf-8', errors='replace')[-2000:]}")


def reading(url: str, **options: Any) -> Reading:
    given = {"url": url, "key": KEY, "model": "kestrel-1-mini", **options}
    probe = LLM.validate_json(json.dumps(given), strict=True)
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), WITHIN, Occasion()))


def base(proxy: str, dialect: str) -> str:
    return f"{proxy}/v1" if dialect == "openai" else proxy


WELL = {"expect": {"answer": "391", "finish": "stop"}}
dialects = pytest.mark.parametrize("dialect", ["openai", "anthropic", "gemini"])


@dialects
def test_an_answer_is_understood(proxy: str, dialect: str) -> None:
    one = reading(base(proxy, dialect), dialect=dialect, **WELL)

    assert (one.verdict, one.code) == (Verdict.UP, "")
    assert one.tokens > 0 and one.calls == 1
    assert one.measures.keys() == {"total"}


@dialects
def test_a_stream_is_understood(proxy: str, dialect: str) -> None:
    one = reading(base(proxy, dialect), dialect=dialect, mode="stream", **WELL)

    assert (one.verdict, one.code) == (Verdict.UP, "")
    # for Anthropic's clients it answers with a whole message, since it is a mock
    assert ("first_token" in one.measures) is (one.detail != "no stream came, though one was asked")
    assert dialect == "anthropic" or not one.detail
    assert one.tokens > 0


def test_a_slow_model_is_told(proxy: str) -> None:
    one = reading(f"{proxy}/v1", model="kestrel-large", slow="300ms", **WELL)

    assert one.code == "slow"
    assert one.latency is not None and one.latency > timedelta(seconds=0.5)


def test_the_list_of_models_is_understood(proxy: str) -> None:
    assert reading(f"{proxy}/v1", mode="ping").code == ""
    assert reading(f"{proxy}/v1", mode="ping", model="falcon").code == "model.unknown"


@pytest.mark.parametrize(
    ("dialect", "options", "code"),
    [
        ("openai", {"model": "kestrel-limited"}, "rate.limited"),
        ("anthropic", {"model": "kestrel-limited"}, "rate.limited"),
        ("openai", {"model": "kestrel-broken"}, "http.500"),
        ("anthropic", {"model": "kestrel-broken"}, "http.500"),
        ("openai", {"model": "falcon"}, "model.unknown"),
        ("anthropic", {"model": "falcon"}, "model.unknown"),
        ("openai", {"key": "sk-wrong"}, "auth.denied"),
        ("anthropic", {"key": "sk-wrong"}, "auth.denied"),
        ("gemini", {"key": "sk-wrong"}, "auth.denied"),
        ("openai", {"expect": {"answer": "392"}}, "expect.answer"),
        ("openai", {"expect": {"model": "falcon"}}, "expect.model"),
    ],
)
@pytest.mark.parametrize("mode", ["answer", "stream"])
def test_what_goes_wrong_has_its_code(
    proxy: str, dialect: str, options: dict[str, Any], code: str, mode: str
) -> None:
    one = reading(base(proxy, dialect), dialect=dialect, mode=mode, **options)

    assert (one.code, one.verdict) == (code, CODES[code].verdict)
    assert "sk-wrong" not in one.detail


def test_a_limit_that_gemini_tells_has_its_code(proxy: str) -> None:
    # as a stream alone: whole answers of its mocks are the name of the error, as a text
    one = reading(proxy, dialect="gemini", model="kestrel-limited", mode="stream")

    assert one.code == "rate.limited"


def test_an_embedding_that_is_none_is_told(proxy: str) -> None:
    assert reading(f"{proxy}/v1", mode="embed").code == "http.protocol"  # its mock is a text


@dialects
def test_a_dialogue_is_completed(proxy: str, dialect: str) -> None:
    async def ask() -> str:
        endpoint = Endpoint(url=base(proxy, dialect), key=Secret(KEY), model="kestrel-1-mini")
        turns = [Turn("system", "Be brief."), Turn("user", "17 x 23?")]
        return (await complete(DIALECTS[dialect], endpoint, turns, Net(), WITHIN)).text

    assert asyncio.run(ask()) == "17 x 23 = 391"
