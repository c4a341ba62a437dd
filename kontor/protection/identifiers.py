"""Personal identifiers in an input: found by the names of columns and by what stands in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kontor.errors import BadRow, Invalid

from .layout import literal
from .reading import Records, quoted
from .recipe import Recipe

FEW = 20  # values: too few to judge a column by, unless each of them tells
TELLING = ("email", "phone", "id_number")  # patterns that hardly anything else has
SHARE = 0.5  # of the values that look like an identifier, or occur once
LONGEST_SHORT = 4  # letters of lat, lon, long: as one word of several they say nothing
WORDS = 4.0  # on average: from here on it is text that somebody wrote

NAMES: Mapping[str, frozenset[str]] = {
    kind: frozenset(words.split())
    for kind, words in {
        "name": """name namen vorname vornamen nachname familienname zuname rufname geburtsname personenname inhaber
            firstname lastname surname forename givenname familyname middlename maidenname fullname personname
            ownername contactname patientname nickname username login spitzname nutzername benutzername
            kundenname patientenname haltername nom prenom 姓名 名字 姓 名 户主 曾用名""",
        "birth_date": """geburtsdatum geburtstag gebdatum gebdat gebtag birthdate birthday dateofbirth dob bdate
            出生日期 出生年月日 出生年月 生日""",
        "address": """adresse anschrift wohnadresse wohnanschrift strasse strassenname hausnummer hausnr hnr address
            streetaddress homeaddress street streetname housenumber houseno strname 地址 住址 家庭住址 门牌号 详细地址""",
        "coordinate": """latitude longitude lat lon lng long coordinates coordinate koordinaten koordinate rechtswert
            hochwert easting northing xcoord ycoord xkoordinate ykoordinate
            laengengrad breitengrad laengengrade breitengrade geolaenge geobreite
            linrefx linrefy xgcswgs84 ygcswgs84 geom geometry geometrie 经度 纬度 坐标""",
        "email": "email mail emailaddress emailadresse mailadresse 邮箱 电子邮件 电子邮箱",
        "phone": """telefon telefonnummer telnr tel fon mobil mobilnummer handy handynummer fax phone phonenumber
            telephone mobile mobilephone cellphone 电话 电话号码 手机 手机号 手机号码 联系电话""",
        "id_number": """ssn socialsecuritynumber nationalid taxid steuerid steuernummer steueridentifikationsnummer
            sozialversicherungsnummer svnr rvnr ausweisnummer personalausweisnummer passnummer passport passportnumber
            personid personenid personennummer personalnummer patientid patientennummer patientenid insurancenumber
            versichertennummer krankenversicherungsnummer kvnr iban kontonummer accountnumber kennzeichen licenseplate
            matrikelnummer kundennummer kfzkennzeichen ipaddress ipadresse userid nutzerid
            aktenzeichen nhsnumber employeeid 身份证 身份证号 身份证号码 护照号 护照号码
            车牌号 社保号 银行账号""",
        "free_text": """bemerkung bemerkungen kommentar kommentare notiz notizen freitext anmerkung anmerkungen comment
            comments remark remarks note notes freetext narrative 备注 说明 评论 附注""",
    }.items()
}

# Patterns of RE2, for whole values.
STREET = (
    r".*(stra(ss|ß)e|str\.|gasse|allee|chaussee|promenade|\bweg|\bplatz|\bufer|damm"
    r"|\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|pl|place|court|ct)\b|路|街|巷|弄).*"
)
PATTERNS: Mapping[str, str] = {
    "email": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
    "phone": r"(\+|00)[1-9][0-9 ()/.-]{7,17}|\(?0[1-9][0-9]{1,5}\)?[ /-][0-9 -]{4,12}|1[3-9][0-9]{9}",
    "coordinate": r"-?[0-9]{1,3}[.,][0-9]{4,}|\{?.*-?[0-9]{1,3}\.[0-9]{3,}[^0-9]+-?[0-9]{1,3}\.[0-9]{3,}.*",
    "address": rf"(?i)({STREET}\s*[0-9]{{1,4}}\s*[a-z]?([-/][0-9]+)?|[0-9]{{1,5}}[ -].*{STREET}|.*[路街巷弄].*[0-9]+号.*)",
    "id_number": r"[A-Z]{2}[0-9]{2}( ?[0-9A-Z]{4}){3,7}( ?[0-9A-Z]{1,3})?|[1-9][0-9]{16}[0-9Xx]|[0-9]{3}-[0-9]{2}-[0-9]{4}",
}
# Whole dates are birth dates only where almost everybody has another one, or the column says so.
DATE = r"[12][0-9]{3}-[01]?[0-9]-[0-3]?[0-9]([ T].*)?|[0-3]?[0-9][./][01]?[0-9][./][12][0-9]{3}|[12][0-9]{3}年.*日"
PERSON = r"\p{Lu}[\p{L}'’-]+(,? \p{Lu}[\p{L}.'’-]*){1,3}"
# Most frequent family names: three characters alone would be any Chinese word.
CHINESE = (
    r"[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦]"
    r"[\x{4E00}-\x{9FFF}]{1,2}"
)

CODES: Mapping[str, tuple[str, str]] = {
    "name": ("identifier_name", "heading_name"),
    "birth_date": ("identifier_birth_date", "heading_birth_date"),
    "address": ("identifier_address", "heading_address"),
    "coordinate": ("identifier_coordinate", "heading_coordinate"),
    "email": ("identifier_email", "heading_email"),
    "phone": ("identifier_phone", "heading_phone"),
    "id_number": ("identifier_id_number", "heading_id_number"),
    "free_text": ("identifier_free_text", "heading_free_text"),
    "unique": ("identifier_unique", "identifier_unique"),
}


@dataclass(frozen=True, slots=True)
class Identifier:
    """A column that seems to identify people. kind: a key of `NAMES` or "unique".

    share: of the values that look like it, in percent. named: the column's name says so.
    """

    column: str
    kind: str
    share: int
    named: bool


def check_identifiers(records: Records, recipes: Sequence[Recipe]) -> list[Identifier]:
    """Those among the variables that the recipes say are to be kept. What is no variable is never published.

    Raises Invalid, one "identifier_..." for every column of which a recipe does not say what becomes of it.
    """
    variables = dict.fromkeys(variable for recipe in recipes for variable in recipe.variables)
    fates = {column: fate for recipe in recipes for column, fate in recipe.identifiers.items()}
    judged = identified(
        records, variables, by_uniqueness=all(recipe.input == "records" for recipe in recipes)
    )
    undeclared = [one for one in judged if one.column not in fates]
    if undeclared:
        raise Invalid([_fault(one) for one in undeclared])
    return [one for one in judged if fates[one.column] == "keep"]


def _fault(one: Identifier) -> BadRow:
    """By what it was told: the values, or the heading where fewer than half of the values look so."""
    by_values, by_heading = CODES[one.kind]
    if one.named and one.share < 100 * SHARE:
        return BadRow(by_heading, None, one.column, {"column": one.column})
    return BadRow(by_values, None, one.column, {"column": one.column, "share": one.share})


def identified(records: Records, columns: Iterable[str], *, by_uniqueness: bool = True) -> list[Identifier]:
    """The columns that seem to identify people; `by_uniqueness`: also those whose values occur about once."""
    found = (_judged(records, column, by_uniqueness=by_uniqueness) for column in columns)
    return [one for one in found if one is not None]


def named_kind(column: str) -> str:
    """What the name of a column says, "" where it says nothing."""
    joined = "".join(tokens(column))
    return next((kind for kind, words in NAMES.items() if joined in words), "")


def coordinates_named(column: str) -> bool:
    """Whether a word in the name of a column says so: start_longitude."""
    words = {word for word in NAMES["coordinate"] if len(word) > LONGEST_SHORT or not word.isascii()}
    return named_kind(column) == "coordinate" or not words.isdisjoint(tokens(column))


def tokens(name: str) -> list[str]:
    """Words of a name in small letters: birthDate, BIRTH_DATE and birth-date are the same."""
    parted = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", unicodedata.normalize("NFKC", name))
    plain = parted.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    words = re.findall(r"[^\W_]+", plain)
    # "Telefon 2" is a telephone too.
    return [word for word in words if not word.isdigit()] or words


def _judged(records: Records, column: str, *, by_uniqueness: bool) -> Identifier | None:
    named = named_kind(column)
    count, shares, distinct, words = _facts(records, column)
    if count < FEW:
        telling = next((kind for kind in TELLING if shares.get(kind, 0.0) >= SHARE), "")
        kind = named if named != "free_text" else ""
        share = round(100 * shares.get(kind or telling, 0.0))
        return Identifier(column, kind or telling, share, bool(kind)) if kind or telling else None
    if named and (named != "free_text" or distinct > 0.1 or words >= WORDS):
        return Identifier(column, named, round(100 * shares.get(named, 0.0)), True)
    for kind in PATTERNS:
        if shares[kind] >= SHARE:
            return Identifier(column, kind, round(100 * shares[kind]), False)
    if words >= WORDS and distinct >= 0.3:
        return Identifier(column, "free_text", round(100 * distinct), False)
    if by_uniqueness and distinct >= SHARE:
        for kind in ("birth_date", "name"):
            if shares[kind] >= SHARE:
                return Identifier(column, kind, round(100 * shares[kind]), False)
        return Identifier(column, "unique", round(100 * distinct), False)
    return None


def _facts(records: Records, column: str) -> tuple[int, dict[str, float], float, float]:
    """(values, share of those of each pattern, distinct values per value, words per value)."""
    name = quoted(column)
    patterns = {**PATTERNS, "birth_date": DATE, "name": PERSON, "chinese": CHINESE}
    tests = ", ".join(
        f"avg(regexp_full_match(value, {literal(pattern)})::INT)" for pattern in patterns.values()
    )
    # Patterns are tried on distinct values: a column of codes is judged by its few codes.
    rows = records.query(
        f"WITH v AS (SELECT {name} AS value, count(*) AS times FROM records WHERE {name} <> '' GROUP BY 1), "  # noqa: S608
        "tried AS (SELECT * FROM v ORDER BY hash(value) LIMIT 5000) "
        f"SELECT (SELECT sum(times) FROM v), (SELECT count(*) FROM v), "
        f"avg(len(regexp_split_to_array(value, '\\s+'))), {tests} FROM tried"
    )
    [(count, distinct, words, *shares)] = rows
    if not count:
        return 0, {}, 0.0, 0.0
    found = dict(zip(patterns, shares, strict=True))
    found["name"] = max(found["chinese"], found["name"])
    return int(count), found, distinct / count, words
