import re
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from statuspage.config import ComponentOptions, Config, Dependency, load, schema
from statuspage.config.components import COMMON, keys_of
from statuspage.config.options import CONTROL, DefaultOptions, GroupOptions, PageOptions
from statuspage.config.reading import KEYS
from statuspage.config.references import slug
from statuspage.config.refusals import known_keys
from statuspage.errors import Problem, Problems, Where
from statuspage.model import Page, Rules, State
from statuspage.probes import KINDS
from statuspage.probes.http import Http
from statuspage.probes.tcp import Tcp
from statuspage.yamlfile import load as load_yaml

EXAMPLES = Path(__file__).parent / "example-files" / "config"
GOOD = sorted((EXAMPLES / "good").glob("*.yaml"))
BAD = sorted((EXAMPLES / "bad").glob("*.yaml"))
ENVIRON = {"BOT_TOKEN": "s3cret-token", "BOT_URL": "https://bot.example.org/s3cret-path"}
API = "components:\n- name: API\n  url: https://api.example.org/\n"


def config(text: str, **environ: str) -> Config:
    return load(text, "components.yaml", environ)


def component(keys: str = "", **environ: str) -> ComponentOptions:
    """The one component of a file; `keys` are further lines of it."""
    text = API + "".join(f"  {line}\n" for line in keys.splitlines())
    return config(text, **environ).components[0]


def problems(text: str, **environ: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        config(text, **environ)
    return [f"{p.where.line if p.where else 0}: {p.what} | {p.mend}" for p in caught.value.problems]


# --- example files -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_is_read(path: Path) -> None:
    read = load(path.read_text(), path.name, ENVIRON)

    assert read.components
    assert read.unset == ()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_all_its_problems_at_their_lines(path: Path) -> None:
    text = path.read_text()
    found = problems(text, **ENVIRON)
    expected = re.findall("(?m)^# expect: ([^|\n]*?)(?: \\| (.*))?$", text)

    assert len(found) == len(expected), "\n".join(found)
    for (what, mend), one in zip(expected, found, strict=True):
        assert one.startswith(what)
        assert mend in one.partition(" | ")[2]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_no_message_holds_a_secrets_value(path: Path) -> None:
    assert not any("s3cret" in one for one in problems(path.read_text(), **ENVIRON))


# --- the simple case ---------------------------------------------------------------------------


def test_two_lines_are_a_whole_file() -> None:
    read = config(API)
    (api,) = read.components

    assert (api.id, api.name, api.type, api.group, api.manual) == ("api", "API", "http", None, False)
    assert api.probe == Http(url="https://api.example.org/")
    assert (api.timeout, api.slow, api.every) == (
        timedelta(seconds=10),
        timedelta(seconds=2),
        timedelta(minutes=5),
    )
    assert (api.retries, api.retry_wait) == (2, (timedelta(seconds=2), timedelta(seconds=8)))
    assert (api.rules, api.depends_on, api.was) == (Rules(1, 1), (), ())
    assert (api.public, api.private, api.hide_target) == (True, False, False)
    assert read.control == CONTROL
    assert read.keep_raw == timedelta(days=35)
    assert read.weights == {State.DEGRADED: 0, State.PARTIAL: 30, State.MAJOR: 100}


def test_a_page_that_says_nothing_of_itself_is_warned() -> None:
    read = config(API)

    assert [w.what.partition(" ")[0] for w in read.warnings] == ["page.name", "page.url", "page.since"]
    assert all(w.warning for w in read.warnings)
    assert read.page.as_model(2026) == Page(name="Status", url="http://localhost:8000", since=2026)


def test_a_whole_page_is_not_warned() -> None:
    read = config(
        "page: {name: Example, url: https://status.example.org/, since: 2025, languages: [de, en]}\n" + API
    )

    assert read.warnings == ()
    assert read.page.as_model() == Page(
        name="Example", url="https://status.example.org", languages=("de", "en"), since=2025
    )
    assert read.user_agent.endswith("(+https://status.example.org)")


def test_every_key_gets_through() -> None:
    read = load((EXAMPLES / "good" / "whole.yaml").read_text(), "whole.yaml", ENVIRON)
    engine, queue, analytics = read.components

    assert read.page.timezone == "Europe/Berlin"
    assert read.page.publish_every == timedelta(minutes=15)
    assert read.weights == {State.DEGRADED: 5, State.PARTIAL: 50, State.MAJOR: 100}
    assert read.control == ("https://www.gstatic.com/generate_204", "tcp://9.9.9.9:53")
    assert read.user_agent == "example-status/1 (+https://status.example.org)"
    assert read.keep_raw == timedelta(days=60)
    assert read.groups == (
        GroupOptions(name="Chat", description="What visitors use"),
        GroupOptions(name="Foundations", collapsed=True),
    )
    assert (engine.id, engine.was, engine.group) == ("dialogue", ("bot", "old-bot"), "Chat")
    assert (engine.every, engine.timeout, engine.slow, engine.retries, engine.retry_wait) == (
        timedelta(minutes=15),
        timedelta(seconds=20),
        timedelta(seconds=3),
        3,
        (timedelta(milliseconds=500),),
    )
    assert engine.rules == Rules(fail_after=1, recover_after=1)
    assert engine.depends_on == (Dependency("queue"), Dependency("analytics", soft=True))
    assert (engine.private, engine.hide_target) == (True, True)
    assert isinstance(engine.probe, Http)
    assert engine.probe.headers == {"Authorization": "Bearer s3cret-token"}
    assert (queue.every, queue.slow, queue.rules) == (
        timedelta(minutes=10),
        timedelta(seconds=1.5),
        Rules(2, 3),
    )
    assert isinstance(queue.probe, Tcp)
    assert (analytics.manual, analytics.probe, analytics.public) == (True, None, False)
    assert engine.where == read.where("dialogue") == Where("whole.yaml", read.line("components", 0))
    assert read.where("nobody") == Where("whole.yaml")


# --- ids, groups, references -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("LLM gateway", "llm-gateway"),
        ("  Übersicht: Straße & Ångström ", "ubersicht-strasse-angstrom"),
        ("Łódź/Ærø", "lodz-aero"),
        ("24/7", "24-7"),
        ("Chat 机器人", "chat"),
        ("机器人 2", ""),
        ("Чат", ""),
        ("…", ""),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_a_names_slug_is_its_id(name: str, id_: str) -> None:
    assert slug(name) == id_


def test_groups_that_are_not_listed_come_in_the_order_of_their_members() -> None:
    text = "".join(
        f"- {{name: {name}, group: {group}, type: manual}}\n"
        for name, group in [("a", "Z"), ("b", "A"), ("c", "Z")]
    )
    read = config(f"components:\n- {{name: x, type: manual}}\n{text}")

    assert [group.name for group in read.groups] == ["Z", "A"]


def test_an_empty_list_of_groups_allows_none() -> None:
    assert problems("groups: []\n" + API + "  group: Chat\n") == [
        "5: unknown group 'Chat' | name it below groups:"
    ]


def test_an_id_goes_before_a_name() -> None:
    text = """components:
    - {name: bot, id: first, type: manual}
    - {name: other, id: bot, type: manual}
    - {name: last, type: manual, depends_on: [bot]}
    """
    assert config(text).components[2].depends_on == (Dependency("bot"),)


def test_a_component_that_is_asked_more_often_than_runs_come_is_warned() -> None:
    read = config("page: {name: a, url: http://b.example, since: 2025}\n" + API + "  every: 1m\n")

    assert [str(w).partition("\n")[0] for w in read.warnings] == [
        "warning: components.yaml:5: every: is shorter than defaults.every, so that runs come too seldom for it"
    ]


# --- secrets -----------------------------------------------------------------------------------


def test_a_secret_is_filled_in_and_told_to_those_who_mask() -> None:
    read = config(
        API + "  headers: {A: 'x ${TOKEN} ${TOKEN}', B: '${OTHER}'}\n", TOKEN="abc", OTHER="d", MORE="e"
    )
    (api,) = read.components

    assert isinstance(api.probe, Http)
    assert api.probe.headers == {"A": "x abc abc", "B": "d"}
    assert sorted(read.secrets) == ["abc", "d"]
    assert api.hide_target is False
    assert "abc" not in repr(read)


def test_an_address_with_a_secret_is_hidden() -> None:
    (by_token, whole, plain) = load(
        (EXAMPLES / "good" / "secrets.yaml").read_text(), "components.yaml", ENVIRON
    ).components

    assert (by_token.hide_target, whole.hide_target, plain.hide_target) == (True, True, False)
    assert whole.probe == Http(url=ENVIRON["BOT_URL"])
    assert isinstance(plain.probe, Http)
    assert plain.probe.url.endswith("/$HOME")


@pytest.mark.parametrize("environ", [{}, {"TOKEN": ""}, {"TOKEN": " \n"}])
def test_an_unset_secret_leaves_the_component_without_a_probe(environ: dict[str, str]) -> None:
    read = config(API + "  headers: {A: '${TOKEN}'}\n- {name: B, url: 'tcp://b.example:1'}\n", **environ)
    api, other = read.components

    assert (api.probe, api.unset, api.type, api.manual) == (None, ("TOKEN",), "http", False)
    assert other.probe is not None
    assert [(p.what, p.where, p.warning) for p in read.unset] == [
        ("${TOKEN} is not set", Where("components.yaml", 4), False)
    ]


def test_an_unset_secret_may_hide_the_kind() -> None:
    read = config("components: [{name: API, url: '${URL}'}]")

    assert (read.components[0].type, read.components[0].probe, read.components[0].unset) == (
        "",
        None,
        ("URL",),
    )
    assert [p.what for p in read.unset] == ["${URL} is not set"]


def test_what_is_wrong_beside_an_unset_secret_is_refused() -> None:
    assert problems(API + "  headers: {A: '${TOKEN}'}\n  methd: GET\n  slow: 5\n") == [
        "5: unknown key 'methd' of the kind http | did you mean 'method'?",
        "6: slow: a duration is a number and a unit, such as 1500ms, 2s, 5m, 1h, 30d | ",
    ]


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("headers: {A: '${TOKEN}'}", "headers: "),
        ("slow: ${TOKEN}", "slow: '${TOKEN}' is no duration"),
        ("expect: {status: '${TOKEN}'}", "expect.status: "),
    ],
)
def test_a_secret_that_does_not_fit_is_the_environments_fault(keys: str, what: str) -> None:
    read = config(API + f"  {keys}\n", TOKEN="gehe\u00efm")
    (api,) = read.components

    assert (api.probe, api.unset, api.slow) == (None, ("TOKEN",), timedelta(seconds=2))
    assert [p.what.startswith(f"the value of ${{TOKEN}} does not fit: {what}") for p in read.unset] == [True]
    assert "gehe" not in str(read.unset)


def test_an_address_from_a_secret_that_is_none_is_the_environments_fault() -> None:
    read = config("components: [{name: API, url: '${URL}'}]", URL="api.example.org")

    assert [p.what for p in read.unset] == ["the value of ${URL} does not fit: the address has no scheme"]
    assert read.components[0].unset == ("URL",)


def test_a_control_target_whose_secret_is_unset_is_left_out() -> None:
    read = config("control: ['https://a.example/${A}', 'https://a.example/${B}']\n" + API, B="b")

    assert read.control == ("https://a.example/b",)
    assert [p.what for p in read.unset] == ["${A} is not set"]


def test_a_secret_filled_in_is_not_read_again() -> None:
    api = component("headers: {A: '${TOKEN}'}", TOKEN="${OTHER}", OTHER="x")

    assert isinstance(api.probe, Http)
    assert api.probe.headers == {"A": "${OTHER}"}


# --- the schema --------------------------------------------------------------------------------


def refusals(text: str) -> list[jsonschema.ValidationError]:
    return list(jsonschema.Draft202012Validator(schema()).iter_errors(load_yaml(text, "x").value))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_schema_takes_a_good_file(path: Path) -> None:
    assert refusals(path.read_text()) == []


# What a schema cannot say: names and spans that refer to others, secrets, texts that are parsed, YAML itself.
BEYOND = {"confirmation", "ids", "secrets", "syntax", "yaml"}


@pytest.mark.parametrize("path", [p for p in BAD if p.stem not in BEYOND], ids=lambda path: path.stem)
def test_the_schema_refuses_a_bad_file(path: Path) -> None:
    assert refusals(path.read_text())


@pytest.mark.parametrize(
    "keys",
    [
        "extra: 1",
        "slow: 5",
        "type: tcp",
        "every: soon",
        "expect: {stat: 1}",
        "depends_on: [{A: hrd}]",
        "id: A b",
    ],
)
def test_the_schema_refuses_a_bad_component(keys: str) -> None:
    assert refusals(API + f"  {keys}\n")


def test_the_schema_takes_a_secret_in_place_of_a_shape() -> None:
    assert refusals(API + "  slow: ${SLOW}\n  expect: {status: '${STATUS}'}\n") == []


def test_schema_and_loader_know_the_same_keys() -> None:
    whole = schema()
    properties = whole["properties"]
    kinds = {name: whole["$defs"][f"component-{name}"]["properties"].keys() for name in (*KINDS, "manual")}

    assert properties.keys() == set(KEYS)
    assert properties["page"]["properties"].keys() == set(PageOptions.__dataclass_fields__)
    assert properties["defaults"]["properties"].keys() == set(DefaultOptions.__dataclass_fields__)
    assert properties["groups"]["items"]["properties"].keys() == set(GroupOptions.__dataclass_fields__)
    assert kinds == {name: COMMON | keys_of(name) for name in kinds}


def test_every_reference_inside_the_schema_leads_somewhere() -> None:
    text = str(schema())
    names = set(re.findall(r"'#/\$defs/([^']*)'", text))

    assert names == schema()["$defs"].keys()


# --- the file as such --------------------------------------------------------------------------


def test_problems_come_by_line_and_once() -> None:
    with pytest.raises(Problems) as caught:
        config("components: [{name: A, url: 'https://a.example/', slow: x}]\npag: {}\n")

    assert caught.value.problems == (
        Problem(
            "slow: 'x' is no duration: write a number and a unit, such as 1500ms, 2s, 5m, 1h, 30d",
            Where("components.yaml", 1),
        ),
        Problem("unknown key 'pag'", Where("components.yaml", 2), "did you mean 'page'?"),
    )


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("timezone: Europe", "timezone: unknown time zone 'Europe'"),
        ("timezone: ../../etc/passwd", "timezone: unknown time zone '../../etc/passwd'"),
        (
            "timezone: Gondor/Tirith",
            "timezone: unknown time zone 'Gondor/Tirith': write one such as Europe/Berlin",
        ),
        ("url: https://möwe.example", "url: the page's address is written in ASCII"),
        ("url: status.example.org", "url: the address must begin with http:// or https://"),
        ("languages: []", "languages: "),
        ("since: 25", "since: must be greater than or equal to 2000"),
    ],
)
def test_a_page_that_cannot_be_is_refused(page: str, what: str) -> None:
    (problem,) = problems(f"page: {{{page}}}\n{API}")

    assert problem.startswith(f"1: {what}")


def test_known_keys_are_found_through_lists_references_and_alternatives() -> None:
    whole = schema()

    assert known_keys(whole, ["groups", 0]) == set(GroupOptions.__dataclass_fields__)
    assert {"url", "was", "type"} <= known_keys(whole, ["components", 3])
    assert "days_left" in known_keys(whole, ["components", 0, "expect", "certificate"])
    assert known_keys(whole, ["components", 0, "name"]) == set()


def test_a_wrong_reference_is_told_once() -> None:
    found = problems(API + "  slow: ${not a name}\n  expect: {status: '${}'}\n")

    assert [one.partition(" | ")[0] for one in found] == [
        "4: components.slow: a ${ without a name",
        "5: components.expect.status: a ${ without a name",
    ]


def test_a_short_value_does_not_garble_messages() -> None:
    (problem,) = problems(API + "  headers: {A: '${A}'}\n  slow: 5\n", A="m")

    assert "1500ms" in problem


def test_letters_may_be_joined_and_lines_may_not_be_broken() -> None:
    assert component("description: '\U0001f468\u200d\U0001f469'").description
    assert problems(API + '  description: "a\\u202eb"\n')[0].startswith("4: description: must be one line")


def test_a_component_without_an_id_can_be_depended_on_by_no_one() -> None:
    found = problems("components: [{name: Чат, type: manual}, {name: B, type: manual, depends_on: [Чат]}]")

    assert [one.partition(" | ")[0] for one in found] == ["1: no id can be made of the name 'Чат'"]


def test_the_scaffold_is_a_good_file() -> None:
    text = (Path(__file__).parents[1] / "statuspage" / "scaffold" / "components.yaml").read_text()
    for mark, word in {
        "@NAME@": "A",
        "@URL@": "https://b.example",
        "@YEAR@": "2026",
        "@TARGET@": "https://c.example",
    }.items():
        text = text.replace(mark, word)
    read = config(text.replace("@COMPONENT@", "API").replace("@ID@", "api"))

    assert read.warnings == ()
