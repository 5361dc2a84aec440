"""The configuration that `init` writes."""

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.settings.config_file import parse_config
from pleio_profile_sync_client.settings.template import Answers, format_configuration

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


def test_what_is_left_to_decide_is_commented_out() -> None:
    text = format_configuration(Answers("a.csv", "https://x.test/api", "secret", {}, profile_left=["phone"]))
    assert tomllib.loads(text) == {"source": "a.csv", "destination": "https://x.test/api", "api_secret_file": "secret"}
    assert '# "profile.phone" = "..."' in text
    assert "# ban = true" in text


@given(texts, texts, st.lists(texts, max_size=3))
def test_whatever_a_header_holds_comes_back_as_it_was(header: str, key: str, unused: list[str]) -> None:
    columns = {"external_id": header, f"profile.{key}": header}
    text = format_configuration(Answers("a.csv", "https://x.test/api", "secret", columns, unused))
    read = parse_config(text.encode(), Path("x.toml"))
    assert read.columns == {field: value.strip() for field, value in columns.items()}
    assert read.options.get("ignore", ()) == tuple(header.strip() for header in unused)


def test_a_directory_stands_in_it_as_it_was_answered() -> None:
    ldap: dict[str, str | bool | list[str]] = {"url": "ldap://dc1.test", "start_tls": True, "base": ["OU=A", "OU=B"]}
    text = format_configuration(Answers("", "https://x.test/api", "secret", {}, tables={"ldap": ldap}))
    assert tomllib.loads(text)["ldap"] == ldap
    assert "source" not in tomllib.loads(text)
