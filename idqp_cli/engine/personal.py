"""Columns that look like personal data: by their names, and by the cells at the beginning of the data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.ingest.database import Database
from idqp_cli.rules.literals import INTEGERS, TEXT
from idqp_cli.rules.notation import patterns
from idqp_cli.rules.notation.checks import CHECKS, fits
from idqp_cli.rules.notation.national_ids import IDS

# So many rows are looked at, in statements about so many columns.
LOOKED_AT, AT_ONCE = 20_000, 50
# From this share of the cells on, a column is what they look like; a tenth of all numbers have a check digit by chance.
LEAST = {"email": 0.1, "iban": 0.1, "name": 0.8}
USUAL = 0.5
# A name of a column says by itself that it is personal, as words between what is no letter, or before a capital.
NAMES = """
    email emailaddress mail phone phonenumber telephone telefon telefono telephonenumber mobile mobilenumber cellphone
    handy handynummer msisdn ssn passport passportnumber iban creditcard creditcardnumber cardnumber pan
    dateofbirth birthdate birthday dob geburtsdatum geburtstag firstname lastname fullname surname forename givenname
    familyname middlename maidenname vorname nachname familienname prenom nomdefamille apellido apellidos cognome
    achternaam voornaam nationalid nationalidnumber personalid socialsecuritynumber taxid steuerid nino nir dni cpf
    pesel bsn personnummer codicefiscale streetaddress homeaddress postaladdress
    """
WORDS = frozenset(NAMES.split())
# Of such a column the cells have to look like names of people, too.
WHOSE = """
    name customer client contact person people patient employee member student user owner author buyer seller
    recipient sender passenger guest tenant
    """
PEOPLE = frozenset(WHOSE.split())
ONE_NAME = r"(?:\p{Lu}\p{Ll}*[.'’-]?){1,3}"
PERSON = rf"{ONE_NAME}(?:,? (?:{ONE_NAME}|van|von|de|der|den|di|da|del|la|le|el|bin|al)){{1,4}}"
CLOSE_TO_PHONES = rf"\d+|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}(?: .*)?|{patterns.IPV4}"
PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def personal(database: Database, relation: Relation) -> tuple[str, ...]:
    """Return the names of the columns that look personal.

    Raises:
        QueryError: the data cannot be read.

    """
    named = {column.name for column in relation.columns if by_name(column.name)}
    open_ = [column for column in relation.columns if column.name not in named and _looked_at(column)]
    for start in range(0, len(open_), AT_ONCE):
        named |= _by_cells(database, relation, open_[start : start + AT_ONCE])
    return tuple(column.name for column in relation.columns if column.name in named)


def by_name(name: str) -> bool:
    """Tell whether the name of a column says by itself that it is personal: `email`, `FirstName`, `contact_phone`."""
    words = _words(name)
    return any("".join(words[start:end]) in WORDS for start in range(len(words)) for end in range(start + 1, start + 4))


def _words(name: str) -> list[str]:
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return [one.lower() for one in PART.findall(plain)]


def _looked_at(column: Column) -> bool:
    return TEXT.fullmatch(column.type) is not None or INTEGERS.fullmatch(column.type) is not None


def _by_cells(database: Database, relation: Relation, columns: Sequence[Column]) -> set[str]:
    looks = [(column, kind, condition) for column in columns for kind, condition in _looks(column).items()]
    each = [f"count_if({condition})" for _, _, condition in looks]
    there = [f"count({sql.as_text(column)})" for column in columns]
    rows = f"(SELECT * FROM {relation.rescan} LIMIT {LOOKED_AT})"
    ((*found,),) = database.fetch(
        f"SELECT {', '.join([*there, *each])} FROM {rows} AS {sql.identifier(relation.dataset)}"
    )
    cells = {column.name: int(str(count)) for column, count in zip(columns, found, strict=False)}
    alike = zip(looks, found[len(columns) :], strict=True)
    return {
        column.name
        for (column, kind, _), count in alike
        if cells[column.name] and int(str(count)) >= LEAST.get(kind, USUAL) * cells[column.name]
    }


def _looks(column: Column) -> Mapping[str, str]:
    """Return the conditions on a cell by what it looks like then."""
    cell = sql.as_text(column)
    found = {"credit_card": CHECKS["credit_card"](column), **{f"id {name}": check(cell) for name, check in IDS.items()}}
    if TEXT.fullmatch(column.type):
        found |= {
            "email": CHECKS["email"](column),
            "iban": CHECKS["iban"](column),
            "phone": f"{CHECKS['phone'](column)} AND NOT {fits(cell, CLOSE_TO_PHONES)}",
        }
        if set(_words(column.name)) & PEOPLE:
            found["name"] = fits(cell, PERSON)
    return {kind: f"coalesce({condition}, false)" for kind, condition in found.items()}
