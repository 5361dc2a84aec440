"""The rehearsal page: faults to the fields of its form, and back. Milliseconds, and shares in percent.

`faults` and `service` define what the faults do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.wire import Endpoint


@dataclass(frozen=True, slots=True)
class Share:
    """A fault on the page: its field's name and what it does."""

    fault: Fault
    label: str
    explanation: str

    @property
    def field(self) -> str:
        """The name of its field."""
        return f"share_{self.fault}"


FAILURES = (
    Share(Fault.UNAVAILABLE, "503 Service Unavailable", "Nothing is done."),
    Share(Fault.TOO_MANY, "429 Too Many Requests", "Nothing is done."),
    Share(Fault.BAD_GATEWAY, "502 Bad Gateway", "Nothing is done."),
    Share(Fault.GATEWAY_TIMEOUT, "504 Gateway Timeout", "Nothing is done."),
    Share(Fault.SERVER_ERROR, "500 Server error", "Nothing is done."),
    Share(Fault.SERVER_ERROR_AFTER, "500 after the work", "Carried out, but reported as an error."),
    Share(Fault.DROP, "Dropped requests", "The connection is reset, nothing is done."),
    Share(Fault.LOSE, "Lost answers", "Carried out, but the connection is closed without an answer."),
    Share(Fault.TRUNCATE, "Truncated answers", "Carried out, but only half of the answer arrives."),
    Share(Fault.HANG, "Hanging requests", "No answer until they are released or the client gives up."),
    Share(Fault.REFUSE, "Secret refused", "403, as if the secret had been changed."),
)

WRONG_ANSWERS = (
    Share(Fault.PLACEHOLDER, "A web page instead", "200 with HTML, as from a maintenance page."),
    Share(Fault.PLACEHOLDER_403, "A firewall's page", "403 with HTML; nothing is done."),
    Share(Fault.REDIRECT_AFTER, "Redirects", "Carried out, and answered with 301."),
    Share(Fault.EMPTY, "Empty answers", "Carried out, but 200 with an empty body."),
    Share(Fault.NO_USER, "Answers without the user", "Carried out; a list lacks its users."),
    Share(Fault.STALE, "Stale answers", "Carried out, but answered with the old state."),
    Share(Fault.SWAPPED, "Another user's answer", "Carried out; a list begins from the start, whatever the cursor."),
    Share(Fault.WRONG_BAN, "Bans the wrong way round", "Carried out; is_banned says the opposite."),
    Share(Fault.EMPTY_LIST, "Empty lists", "A list is empty."),
    Share(Fault.SHORT_LIST, "Short lists", "A list stops after half of its users."),
)

SHARES = (*FAILURES, *WRONG_ANSWERS)

PRESETS: Mapping[str, tuple[str, Faults]] = {
    "deployment": ("A deployment: 503 for all", Faults(shares={Fault.UNAVAILABLE: 1.0}, retry_after_s=2)),
    "busy": ("A busy evening: slow, two at a time", Faults(latency_s=0.2, latency_sigma=0.6, capacity=2)),
    "strict": ("A strict host: 503 above four at a time", Faults(latency_s=0.03, capacity=2, refuse_above=4)),
    "flaky": (
        "A flaky network: drops, lost and truncated answers",
        Faults(shares={Fault.DROP: 0.03, Fault.LOSE: 0.03, Fault.TRUNCATE: 0.03}, close_idle=True),
    ),
    "database": (
        "Without its database: 500 for all, a few carried out nevertheless",
        Faults(shares={Fault.SERVER_ERROR: 0.9, Fault.SERVER_ERROR_AFTER: 0.1}),
    ),
    "secret": ("A changed secret: 403 for all", Faults(shares={Fault.REFUSE: 1.0})),
}

_METHODS = ("GET", "POST", "DELETE")


class FormError(ValueError):
    """A field has an impossible value; the message is for the person who filled it in."""


def fill_form(faults: Faults) -> dict[str, str]:
    """Write faults as the values of the form's fields; what is off is empty."""
    form = {
        "latency_ms": _number(faults.latency_s * 1000),
        "latency_sigma": _number(faults.latency_sigma),
        "cost_per_user_ms": _number(faults.cost_per_user_s * 1000),
        "capacity": _number(faults.capacity),
        "refuse_above": _number(faults.refuse_above),
        "retry_after_s": _number(faults.retry_after_s),
        "retry_after_form": faults.retry_after_form,
        "method": next(iter(faults.methods)) if len(faults.methods) == 1 else "",
        "endpoint": next(iter(faults.endpoints)) if len(faults.endpoints) == 1 else "",
        "after_requests": _number(faults.after_requests),
        "seed": str(faults.seed),
        "close_idle": "on" if faults.close_idle else "",
    }
    return form | {share.field: _number(faults.shares.get(share.fault, 0.0) * 100) for share in SHARES}


def read_form(form: Mapping[str, str]) -> Faults:
    """Read the form; raise `FormError` for impossible values."""
    shares = {share.fault: _read(form, share.field, share.label) / 100 for share in SHARES}
    method, endpoint = form.get("method", ""), form.get("endpoint", "")
    try:
        return Faults(
            latency_s=_read(form, "latency_ms", "Latency") / 1000,
            latency_sigma=_read(form, "latency_sigma", "Scatter"),
            cost_per_user_s=_read(form, "cost_per_user_ms", "Cost of a list") / 1000,
            capacity=_read_whole(form, "capacity", "Capacity"),
            refuse_above=_read_whole(form, "refuse_above", "Refuse above"),
            retry_after_s=_read_whole(form, "retry_after_s", "Retry-After"),
            retry_after_form="date" if form.get("retry_after_form") == "date" else "seconds",
            shares={fault: share for fault, share in shares.items() if share},
            methods=frozenset({method}) if method in _METHODS else frozenset(),
            endpoints=frozenset({Endpoint(endpoint)}) if endpoint in set(Endpoint) else frozenset(),
            after_requests=_read_whole(form, "after_requests", "Only after") or 0,
            seed=_read_whole(form, "seed", "Seed") or 0,
            close_idle=bool(form.get("close_idle")),
        )
    except FormError:
        raise
    except ValueError as error:
        raise FormError(f"{str(error).capitalize()}.") from error


def _read(form: Mapping[str, str], name: str, label: str) -> float:
    text = form.get(name, "").strip().replace(",", ".")
    try:
        number = float(text or 0)
    except ValueError:
        raise FormError(f"{label}: {text} is not a number.") from None
    if not 0 <= number <= 1_000_000:
        raise FormError(f"{label}: {text} is not between 0 and 1,000,000.")
    return number


def _read_whole(form: Mapping[str, str], name: str, label: str) -> int | None:
    if not form.get(name, "").strip():
        return None
    number = _read(form, name, label)
    if number != int(number):
        raise FormError(f"{label}: {form[name]} is not a whole number.")
    return int(number)


def _number(value: float | None) -> str:
    """Write a number as briefly as possible; off is empty."""
    return f"{round(value, 6):g}" if value else ""
