"""Reading what a person typed: one spelling for full and half width, spaces and Chinese numerals.

Owns the folding of typed answers before they are compared. Does not decide what is right (grading does).
Invariant: pure, and equal to pwa/src/domain/answer-text.ts for every example of contracts/golden/grading.json.
The rule in words is docs/decisions/0020-grading.md.
"""

import re
import unicodedata

ANSWER_CHARACTERS_MAX = 200  # a typed answer longer than this is not a word or a number
NUMERAL_CHARACTERS_MAX = 24
EXACT_INTEGER_MAX = 2**53 - 1  # beyond it the two languages would not agree to the last digit

_SPACES = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+")
_FORMAL = "壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億兩〇負"
_PLAIN = "一二二三三四五六六七八九十百千万亿两零负"
_OTHER_DIGITS = {chr(base + i): str(i) for base in (0x0660, 0x06F0, 0x0F20) for i in range(10)}
_SIGNS = {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2044": "/", "。": "."}
_FOLDS = str.maketrans({**dict(zip(_FORMAL, _PLAIN, strict=True)), **_OTHER_DIGITS, **_SIGNS})

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_POWERS = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}

_THOUSAND = "千(?![克米瓦卡帕])"  # 千克 is a unit, not a thousand 克
_PART = f"(?:[零一二三四五六七八九两十百万亿]|{_THOUSAND})"
_NUMERAL = re.compile(f"(?!百分之)(负?)({_PART}+)((?:点[零一二三四五六七八九]+(?!{_PART}))?)")
_SCALED = re.compile(f"([0-9]+)((?:\\.[0-9]+)?)([十百万亿]|{_THOUSAND})(?!{_PART}|[0-9]|分之)")
_PERCENT = re.compile("百分之([0-9]+(?:\\.[0-9]+)?)")
_SEPARATED = re.compile("(^|[^0-9,.])([0-9]{1,3}(?:,[0-9]{3})+)(?![0-9,])")
_PUNCTUATION = re.compile("[,;!?\"'`~_()\\[\\]{}<>、“”‘’「」『』《》〈〉【】·…—]|[.:-](?![0-9])")
_NUMBER = re.compile("[+-]?(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)")
_FRACTION = re.compile("([+-]?[0-9]+(?:\\.[0-9]+)?)/([0-9]+(?:\\.[0-9]+)?)")


def fold_width(text: str) -> str:
    """Compatibility form, lower case, no white space, one character for each digit, sign and numeral."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return _SPACES.sub("", folded).translate(_FOLDS)


def fold_answer(text: str) -> str:
    """The form in which short texts are compared: `fold_width`, numerals as digits, punctuation gone."""
    return _PUNCTUATION.sub("", _with_digits(fold_width(text)))


def read_number(text: str, unit: str = "") -> float | None:
    """The one number that the text holds, or None when it holds none or several. The unit may stand after it."""
    if len(text) > ANSWER_CHARACTERS_MAX:
        return None
    folded, folded_unit = fold_width(text), fold_width(unit)
    if folded_unit and folded.endswith(folded_unit):
        folded = folded.removesuffix(folded_unit)
    in_percent = folded_unit == "%"
    value = _single_number(_scaled_to_digits(folded), in_percent=in_percent)
    return value if value is not None else _single_number(_with_digits(folded), in_percent=in_percent)


def read_numeral(numeral: str) -> str | None:
    """Decimal digits of a folded Chinese whole number ("一百零五" gives "105"), or None when it is not one."""
    if len(numeral) > NUMERAL_CHARACTERS_MAX:
        return None
    if len(numeral) > 1 and all(character in _DIGITS for character in numeral):
        return "".join(str(_DIGITS[character]) for character in numeral)
    return _compose_numeral(numeral)


def _compose_numeral(numeral: str) -> str | None:
    above, section, digit, power_before, smallest = 0, 0, 0, 0, 4
    for character in numeral:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
            power_before = power_before if digit else 0
            continue
        power = _POWERS[character]
        if power < 4:  # 十 百 千 fall within a section
            if power >= smallest:
                return None
            section, smallest = section + (digit or 1) * 10**power, power
        else:  # 万 closes a section, 亿 multiplies all that stands before it
            if above >= 10**8 if power == 8 else above % 10**8:
                return None
            below = section + digit
            above = (above + below or 1) * 10**8 if power == 8 else above + (below or 1) * 10**4
            section, smallest = 0, 4
        digit, power_before = 0, power
    # "一百五" is a hundred and fifty, "一百零五" a hundred and five.
    value = above + section + digit * (10 ** (power_before - 1) if power_before > 1 else 1)
    return str(value) if value <= EXACT_INTEGER_MAX else None


def _single_number(folded: str, *, in_percent: bool) -> float | None:
    bare = _SEPARATED.sub(lambda found: found[1] + found[2].replace(",", ""), folded)
    fraction = _FRACTION.fullmatch(bare)
    if fraction:
        below = float(fraction[2])
        return _finite(float(fraction[1]) / below) if below else None
    found = list(_NUMBER.finditer(bare))
    if len(found) != 1:
        return None
    value = float(found[0][0])
    share = bare[found[0].end() :].startswith("%") and not in_percent
    return _finite(value / 100 if share else value)


def _finite(value: float) -> float | None:
    return value + 0.0 if abs(value) <= EXACT_INTEGER_MAX else None  # adding 0.0 turns -0.0 into 0.0


def _with_digits(folded: str) -> str:
    return _PERCENT.sub("\\1%", _NUMERAL.sub(_numeral_to_digits, _scaled_to_digits(folded)))


def _numeral_to_digits(found: re.Match[str]) -> str:
    whole = read_numeral(found[2])
    if whole is None:
        return found[0]
    part = "".join(str(_DIGITS[character]) for character in found[3][1:])
    return ("-" if found[1] else "") + whole + ("." + part if part else "")


def _scaled_to_digits(folded: str) -> str:
    """ "1.5万" gives "15000", by moving the point, not by arithmetic."""
    return _PERCENT.sub("\\1%", _SCALED.sub(_move_point, folded))


def _move_point(found: re.Match[str]) -> str:
    whole, part, power = found[1], found[2][1:], _POWERS[found[3]]
    digits = whole + part[:power].ljust(power, "0")
    rest = part[power:].rstrip("0")
    return (digits.lstrip("0") or "0") + ("." + rest if rest else "")
