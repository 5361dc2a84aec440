"""The secret is in no line, whatever the code above did."""

import io
import json
from urllib.parse import quote

import pytest

from pleio_profile_sync_client.core.models import Answer, Done
from pleio_profile_sync_client.core.text import Redactor

from .builders import LOG, log_a_bug, log_to

SECRETS = ["kanarie-geheim-42", 'kan"arie\\geheim', "kanariegeheimé", "kanarie geheim/42+&"]


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_line_holds_the_secret_in_any_spelling(secret: str, log_format: str) -> None:
    stream = io.StringIO()
    with log_to(stream, secret=secret, log_format=log_format):  # type: ignore[arg-type]  # both formats
        LOG.info("sent %s, %r, %s and %s", secret, secret, quote(secret), json.dumps(secret))
        log_a_bug(secret)
        LOG.info("values", extra={"details": {"error": secret, "fields": {"name": [None, secret]}}})
    spellings = {secret, repr(secret)[1:-1], quote(secret), json.dumps(secret)[1:-1]}
    spellings |= {json.dumps(spelling)[1:-1] for spelling in spellings}
    assert not [spelling for spelling in spellings if spelling in stream.getvalue()]
    assert "***" in stream.getvalue()


def test_the_secret_is_not_uploaded_either() -> None:
    uploaded: list[str] = []

    def upload(_run: str, content: str) -> Answer:
        uploaded.append(content)
        return Done()

    with log_to(io.StringIO(), secret=SECRETS[0]) as run_log:
        uploader = run_log.collect_for_upload(upload, print)
        LOG.info("sent %s", SECRETS[0])
        uploader.start()
        uploader.finish(30)
    assert uploaded[0].endswith(" INFO sent ***\n")


def test_short_secrets_would_be_found_everywhere_and_are_not_looked_for() -> None:
    redactor = Redactor()
    redactor.hide("")
    redactor.hide("e")
    assert redactor("three users") == "three users"
