"""Against OpenLDAP's own server: what is read, and that no part of an answer is ever taken for the whole."""

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pleio_profile_sync_client.core.models import Avatar, Finding
from pleio_profile_sync_client.errors import SourceError, UsageError
from tests.directory.conftest import COLUMNS, MakeSlapd, directory
from tests.directory.cutting_proxy import CuttingProxy
from tests.directory.slapd import GROUPS, PASSWORD, PEOPLE, READER, SUFFIX, Slapd, group, person
from tests.silence import SILENCE

GUIDS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
NO_LIMIT = f'limits dn.exact="{READER}" size=unlimited'


class Ending:
    """Progress that ends the server as soon as the first entry is there."""

    def __init__(self, server: Slapd) -> None:
        self._server = server

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        yield lambda _count: self._server.stop(signal.SIGKILL)


def refusal(url: str, **options: object) -> SourceError:
    with pytest.raises(SourceError) as caught:
        directory(url, **options).read(SILENCE)  # type: ignore[arg-type] # keywords go on as they are
    assert caught.value.hint
    assert PASSWORD not in f"{caught.value}{caught.value.hint}"
    assert "\n" not in f"{caught.value}{caught.value.hint}"
    return caught.value


def test_people_are_read_in_pages(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(number) for number in range(1, 1_702)], options=NO_LIMIT)
    reading = directory(server.url).read(SILENCE)
    assert (reading.rows, len(reading.users), reading.problems) == (1_701, 1_701, ())
    first = reading.users[0]
    assert (first.external_id, first.name, first.email) == (
        "000001",
        "Persoon 1 Achternaam 1",
        "persoon1@gemeente.test",
    )
    assert first.profile == {"occupation": "functie 1"}
    assert first.place == f"entry 1 (uid=u1,{PEOPLE})"


@pytest.mark.parametrize(
    "limit", ["sizelimit 100", "sizelimit size.prtotal=600", f'limits dn.exact="{READER}" size=600']
)
def test_a_size_limit_is_refused_not_taken_for_the_end(make_slapd: MakeSlapd, limit: str) -> None:
    server = make_slapd([person(number) for number in range(1, 1_002)], options=limit)
    assert "sizeLimitExceeded" in str(refusal(server.url))


def test_a_server_that_has_no_pages_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(1)], options="sizelimit size.prtotal=disabled")
    assert "did not answer in full" in str(refusal(server.url))


def test_a_server_that_ends_between_pages_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(number) for number in range(1, 3_001)], options=NO_LIMIT)
    source = directory(server.url)

    with pytest.raises(SourceError) as caught:
        source.read(Ending(server))
    assert re.search("broke off its answer|can't be reached", str(caught.value))


def test_an_answer_that_is_cut_anywhere_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(number) for number in range(1, 6)])
    whole = CuttingProxy(server.port, 1_000_000)
    assert len(directory(whole.url).read(SILENCE).users) == 5
    whole.close()
    for limit in range(1, whole.sent, 23):
        proxy = CuttingProxy(server.port, limit)
        assert re.search("broke off|can't be reached|did not answer", str(refusal(proxy.url, timeout_s=5)))
        proxy.close()


def test_a_server_that_is_not_there_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(1)])
    server.stop()
    assert "can't be reached" in str(refusal(server.url))


def test_a_server_that_does_not_answer_is_given_up(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(1)])
    assert server._process is not None
    server._process.send_signal(signal.SIGSTOP)
    try:
        assert re.search("can't be reached|broke off", str(refusal(server.url, timeout_s=1)))
    finally:
        server._process.send_signal(signal.SIGCONT)


def test_a_wrong_password_is_said_in_words(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(1)])
    assert "the name or the password is wrong" in str(refusal(server.url, password="fout"))
    assert "not a DN" in str(refusal(server.url, bind="lezer"))


def test_a_base_that_is_not_there_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(1)])
    error = refusal(server.url, base=[PEOPLE, f"ou=weg,{SUFFIX}"])
    assert f"no branch ou=weg,{SUFFIX}" in str(error)
    assert "weg" not in error.uploadable


def test_a_branch_that_the_account_may_not_see_is_refused(make_slapd: MakeSlapd) -> None:
    hidden = f'access to dn.subtree="{PEOPLE}" by dn.exact="cn=ander,{SUFFIX}" read by * none\naccess to * by * read'
    assert "no branch" in str(refusal(make_slapd([person(1)], options=hidden).url))


@pytest.mark.parametrize(("attribute", "field"), [("employeeNumber", "external_id"), ("mail", "email")])
def test_a_key_that_the_account_may_not_read_is_refused(make_slapd: MakeSlapd, attribute: str, field: str) -> None:
    hidden = f"access to attrs={attribute} by * none\naccess to * by * read"
    error = refusal(make_slapd([person(1), person(2)], options=hidden).url)
    assert f"shows {attribute}, which is meant to be the {field} (2 entries)" in str(error)


def test_a_mistyped_key_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(1)])
    assert "shows employeeNumbr" in str(refusal(server.url, columns={**COLUMNS, "external_id": "employeeNumbr"}))


def test_a_column_that_is_hidden_empties_nothing(make_slapd: MakeSlapd) -> None:
    hidden = "access to attrs=title by * none\naccess to * by * read"
    reading = directory(make_slapd([person(1)], options=hidden).url).read(SILENCE)
    assert "profile.occupation" not in reading.fields
    assert "empty_column" in [warning.code for warning in reading.warnings]


def test_nobody_at_all_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([])
    error = refusal(server.url)
    assert "shows no entry that matches (objectClass=person)" in str(error)
    assert SUFFIX not in error.uploadable


def test_a_filter_that_is_none_is_refused(make_slapd: MakeSlapd) -> None:
    assert "(uid=u1 is not a valid filter" in str(refusal(make_slapd([person(1)]).url, wanted="(uid=u1"))


def test_a_referral_on_the_way_is_a_doubt(make_slapd: MakeSlapd) -> None:
    elsewhere = (
        f"ou=elders,{PEOPLE}",
        {"objectClass": ["referral", "extensibleObject"], "ou": "elders", "ref": f"ldap://elders.test/ou=x,{SUFFIX}"},
    )
    reading = directory(make_slapd([person(1), elsewhere]).url).read(SILENCE)
    assert len(reading.users) == 1
    assert len(reading.doubts) == 1
    assert "ldap://elders.test/" in reading.doubts[0]


def test_a_base_that_is_elsewhere_is_refused(make_slapd: MakeSlapd) -> None:
    server = make_slapd([person(1)], first="referral ldap://elders.test")
    assert "referral" in str(refusal(server.url, base="dc=elders,dc=nl"))


def test_several_values_of_a_key_are_no_value(make_slapd: MakeSlapd) -> None:
    people = [person(1, mail=["a@gemeente.test", "b@gemeente.test"]), person(2, title=["z", "a"]), person(3)]
    reading = directory(make_slapd(people).url).read(SILENCE)
    assert [(problem.line, problem.code) for problem in reading.problems] == [(1, "no_value")]
    assert "holds 2 values" in reading.problems[0].message
    assert reading.users[0].profile == {"occupation": "a; z"}
    assert {"a@gemeente.test;", "b@gemeente.test"} <= set(" ".join(reading.skipped[0].cells).split())


def test_bytes_that_are_no_text_are_no_value(make_slapd: MakeSlapd) -> None:
    people = [person(1), person(2, jpegPhoto=b"\xff\xfe"), person(3, jpegPhoto=b"text")]
    columns = {**COLUMNS, "profile.x": "jpegPhoto"}
    reading = directory(make_slapd(people).url, columns=columns).read(SILENCE)
    assert [user.profile.get("x") for user in reading.users] == ["", None, "text"]


def test_groups_are_found_however_they_are_nested_and_spelled(make_slapd: MakeSlapd) -> None:
    names = [person(number)[0] for number in range(1, 6)]
    groups = [
        group("griffie", names[0].upper().replace(",", " , "), f"cn=raad,{GROUPS}"),
        group("raad", names[1], f"cn=griffie,{GROUPS}", f"cn=weg,{GROUPS}"),
        group("college", names[0], names[2]),
    ]
    server = make_slapd([*(person(number) for number in range(1, 6)), *groups])
    wanted = {f"CN = Griffie, {GROUPS}": GUIDS[:1], f"cn=college,{GROUPS}": GUIDS[1:], f"cn=nee,{GROUPS}": GUIDS[:1]}
    reading = directory(server.url, groups=wanted).read(SILENCE)
    assert [user.groups for user in reading.users] == [GUIDS, GUIDS[:1], GUIDS[1:], (), ()]
    assert [(problem.code, problem.line) for problem in reading.problems] == [("group_missing", None)]


def test_a_photo_is_an_avatar_that_is_read_again_to_be_sent(make_slapd: MakeSlapd) -> None:
    photo = b"\xff\xd8\xff\xe0" + b"foto" * 2_000
    server = make_slapd([person(1, jpegPhoto=photo), person(2, jpegPhoto=b"GIF89a"), person(3)])
    source = directory(server.url, columns={**COLUMNS, "avatar": "jpegPhoto"})
    paths = [user.avatar for user in source.read(SILENCE).users]
    assert paths[0] is not None
    assert paths[1] is not None
    assert paths[2] is None
    seen = source.examine_avatar(paths[0], None)
    assert isinstance(seen, Avatar)
    assert seen.size == len(photo)
    assert source.read_avatar(paths[0]) == (seen, photo)
    problem = source.examine_avatar(paths[1], None)
    assert isinstance(problem, Finding)
    assert problem.code == "avatar_not_jpeg"
    both: list[object] = []
    threads = [threading.Thread(target=lambda: both.append(source.read_avatar(paths[0] or ""))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert both == [(seen, photo)] * 8
    source.close()


def test_branches_that_overlap_give_everybody_once(make_slapd: MakeSlapd) -> None:
    reading = directory(make_slapd([person(1), person(2)]).url, base=[SUFFIX, PEOPLE], wanted="(mail=*)").read(SILENCE)
    assert len(reading.users) == 2


def test_entries_are_left_out_by_their_name(make_slapd: MakeSlapd) -> None:
    reading = directory(make_slapd([person(1), person(2)]).url, skip={"dn": ("uid=U2,*",)}).read(SILENCE)
    assert [user.external_id for user in reading.users] == ["000001"]


def test_nobody_has_to_sign_in_where_the_directory_allows_it(make_slapd: MakeSlapd) -> None:
    assert len(directory(make_slapd([person(1)]).url, bind=None, password=None).read(SILENCE).users) == 1


def test_encryption_that_is_not_there_is_refused(make_slapd: MakeSlapd) -> None:
    assert re.search("start_tls|can't be reached", str(refusal(make_slapd([person(1)]).url, start_tls=True)))


@pytest.mark.parametrize("field", ["name", "email"])
def test_the_attributes_of_name_and_email_have_to_be_said(field: str) -> None:
    with pytest.raises(UsageError, match=field):
        directory("ldap://localhost", columns={name: value for name, value in COLUMNS.items() if name != field})
