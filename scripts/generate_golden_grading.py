"""Writes contracts/golden/grading.json: what both languages must read and grade alike.

Inputs stand here; results are taken from the Python side and looked at by a person when they change.
Run with --check to fail when the file is not what this script would write.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "server"))

from xuetan.learning_log.answer_text import fold_answer, fold_width, read_number, read_numeral  # noqa: E402
from xuetan.learning_log.grading import grade  # noqa: E402

TARGET = ROOT / "contracts" / "golden" / "grading.json"

FOLDED = [
    "第三步",
    "第３步 。",
    "第 3 步",
    "Two  Grades",
    "two grades",
    "ＴＷＯ　ＧＲＡＤＥＳ",
    "3:5",
    "３：５",
    "well-known",
    "“复式教学”",
    "《复式教学》",
    "复式教学！",
    "三点半",
    "三点五",
    "三点五十",
    "一百二十元",
    "120 元",
    "3千米",
    "百分之二十",
    "20%",
    "２０％",
    "一起",
    "万一",
    "",
    "   ",
    "。",
    "壹佰贰拾",
    "1,000人",
    "一千人",
    "㎏",
    "①",
    "½",
    "༡༢",
    "٣",
    "零下三度",
    "负三",
    "-3",
    "3-5",
    "3–5",
    "a\u200bb",
    "\ufeff甲",
    "两个年级",
    "二个年级",
    "12.50",
    "一万五",
    "1.5万",
    "ÉCOLE",
    "e\u0301cole",
]
NUMERALS = [
    "零",
    "十",
    "十二",
    "二十",
    "二十一",
    "一百",
    "一百零五",
    "一百五",
    "一百五十",
    "一千零一十",
    "三千二",
    "一万五",
    "一万零五",
    "十万",
    "一百二十万三千",
    "二零二五",
    "二零二六",
    "零零七",
    "两",
    "两百",
    "一亿二千万",
    "一万亿",
    "三五十",
    "十百",
    "一万二万",
    "一亿亿",
    "九千九百九十九万亿",
    "万一",
    "百",
    "五零",
    "十零五",
]
NUMBERS = [
    ("12", ""),
    ("１２", ""),
    ("012", ""),
    (" 十二 分钟", "分钟"),
    ("一共12个", ""),
    ("一共十二个", ""),
    ("12分", "分钟"),
    ("12 minutes", "minutes"),
    ("12 Minutes", "minutes"),
    ("三点五", ""),
    ("3.5", ""),
    ("3。5", ""),
    ("12。", ""),
    (".5", ""),
    ("+7", ""),
    ("1.5万", ""),
    ("0.25千", ""),
    ("12千克", "kg"),
    ("十二千克", "千克"),
    ("20%", ""),
    ("20%", "%"),
    ("百分之二十", "%"),
    ("百分之20", "%"),
    ("百分之二十", ""),
    ("20", "%"),
    ("1/2", ""),
    ("½", ""),
    ("3/0", ""),
    ("12-15", ""),
    ("12到15", ""),
    ("负三", ""),
    ("−3", ""),
    ("－３", ""),
    ("1,000", ""),
    ("１，０００", ""),
    ("1,00", ""),
    ("1 000", ""),
    ("12,345,678.5", ""),
    ("二分之一", ""),
    ("约十二", ""),
    ("", ""),
    ("不知道", ""),
    ("twelve", ""),
    ("12cm2", "cm²"),
    ("三点五十", ""),
    ("༡༢", ""),
    ("٣", ""),
    ("9007199254740991", ""),
    ("9007199254740993000", ""),
    ("8:30", ""),
    ("2026-11-20", ""),
    ("0" * 201, ""),
    ("两个", ""),
    ("1e3", ""),
    ("-0", ""),
    ("40分钟左右", "分钟"),
    ("一百五", ""),
    ("3万元", "元"),
    ("5 000 元", "元"),
]


def _choices(*ids: str, correct: str = "") -> list[dict[str, Any]]:
    return [{"id": name, "text": name} | ({"correct": True} if name in correct else {}) for name in ids]


SINGLE = {"id": "s", "kind": "single", "choices": _choices("a", "b", "c", "d", correct="c")}
MULTIPLE = {"id": "m", "kind": "multiple", "choices": _choices("a", "b", "c", "d", "e", correct="ace")}
TRUE = {"id": "t", "kind": "true_false", "answer": True}
FALSE = {"id": "f", "kind": "true_false", "answer": False}
TWELVE = {"id": "n", "kind": "numeric", "answer": 12, "tolerance": 0, "unit": "分钟"}
ABOUT = {"id": "n2", "kind": "numeric", "answer": 0.3, "tolerance": 0.1}
THIRD = {"id": "n3", "kind": "numeric", "answer": 0.3}
SHARE = {"id": "n4", "kind": "numeric", "answer": 20, "tolerance": 0, "unit": "%"}
BELOW = {"id": "n5", "kind": "numeric", "answer": -3, "tolerance": 0.5}
SHORT = {"id": "w", "kind": "short_text", "accepted": ["复式教学", "复式班教学", "multigrade teaching"]}
STEP = {"id": "w2", "kind": "short_text", "accepted": ["第三步"]}
MATCHING = {
    "id": "x",
    "kind": "matching",
    "lefts": _choices("p1.l", "p2.l", "p3.l"),
    "rights": _choices("p1.r", "p2.r", "p3.r"),
}
ORDERING = {"id": "o", "kind": "ordering", "choices": _choices("s1", "s2", "s3", "s4", "s5")}
PAIR = {"id": "o2", "kind": "ordering", "choices": _choices("s1", "s2")}
REFLECTION = {"id": "r", "kind": "reflection"}
UNKNOWN = {"id": "u", "kind": "drawing"}

NOTHING_LIKE_AN_ANSWER: list[Any] = [None, 7, "", [], {}, [[]], [None, 1, {}], {"a": 1}, "\u0000"]

GRADES: list[tuple[dict[str, Any], list[Any]]] = [
    (SINGLE, ["c", "a", "z", ["c"], True]),
    (
        MULTIPLE,
        [
            ["a", "c", "e"],
            ["e", "a", "c"],
            ["a", "c"],
            ["a"],
            ["a", "b"],
            ["a", "c", "b"],
            ["a", "c", "e", "b"],
            ["a", "c", "e", "b", "d"],
            ["b", "d"],
            ["a", "a", "a"],
            ["a", "c", "e", "zz"],
            "a",
        ],
    ),
    (TRUE, [True, False, "true", 1]),
    (FALSE, [False, True, 0]),
    (
        TWELVE,
        [
            "12",
            "１２",
            "十二",
            "12分钟",
            "十二分钟",
            " 12 分 钟 ",
            "大约12",
            "13",
            "12.0",
            "12.4",
            "12-15",
            12,
            12.0,
            "一打",
            True,
        ],
    ),
    (ABOUT, ["0.3", "0.2", "0.4", "0.41", "三成", "零点三"]),
    (THIRD, ["0.3", "30%", "3/10", "0.30000000001", "0.301"]),
    (SHARE, ["20", "20%", "百分之二十", "0.2", "二十"]),
    (BELOW, ["-3", "负三", "−3", "3", "-2.5", "-3.5", "-3.6", "零下三度"]),
    (
        SHORT,
        [
            "复式教学",
            " 复式 教学 ",
            "“复式教学”。",
            "复式班教学",
            "Multigrade  Teaching",
            "ＭＵＬＴＩＧＲＡＤＥ　ＴＥＡＣＨＩＮＧ",
            "复式",
            "复试教学",
        ],
    ),
    (STEP, ["第三步", "第3步", "第３步", "第 三 步。", "三步", "第四步"]),
    (
        MATCHING,
        [
            [["p1.l", "p1.r"], ["p2.l", "p2.r"], ["p3.l", "p3.r"]],
            [["p3.l", "p3.r"], ["p1.l", "p1.r"], ["p2.l", "p2.r"]],
            [["p1.l", "p1.r"], ["p2.l", "p3.r"], ["p3.l", "p2.r"]],
            [["p1.l", "p1.r"]],
            [["p1.l", "p2.r"], ["p1.l", "p1.r"]],
            [["p1.l", "p2.r"], ["p2.l", "p2.r"]],
            [["p1.r", "p1.l"]],
            [["p1.l"]],
            [["p1.l", "p1.r", "p2.r"]],
            [["p1.l", 5, "p1.r"]],
            ["p1.l", "p1.r"],
        ],
    ),
    (
        ORDERING,
        [
            ["s1", "s2", "s3", "s4", "s5"],
            ["s2", "s3", "s4", "s5", "s1"],
            ["s1", "s2", "s3", "s5", "s4"],
            ["s2", "s1", "s3", "s4", "s5"],
            ["s5", "s4", "s3", "s2", "s1"],
            ["s1", "s3", "s5", "s2", "s4"],
            ["s1", "s2", "s1", "s2", "s3", "s4", "s5"],
            ["s1", "s2"],
            ["s1", "zz", "s2", "s3", "s4", "s5"],
            ["s5", "s1", "s2", "s4", "s3"],
        ],
    ),
    (PAIR, [["s1", "s2"], ["s2", "s1"], ["s1"]]),
    (REFLECTION, ["我明天要试一试", ""]),
    (UNKNOWN, ["a"]),
]


def build() -> dict[str, Any]:
    """The whole file as data."""
    return {
        "format": "xuetan-golden-grading/1",
        "folded": [{"text": text, "width": fold_width(text), "folded": fold_answer(text)} for text in FOLDED],
        "numerals": [{"text": text, "digits": read_numeral(text)} for text in NUMERALS],
        "numbers": [{"text": text, "unit": unit, "number": read_number(text, unit)} for text, unit in NUMBERS],
        "grades": [
            {
                "question": question,
                "answers": [{"answer": answer, "score": grade(question, answer)} for answer in answers],
            }
            for question, answers in _with_nonsense()
        ],
    }


def _with_nonsense() -> list[tuple[dict[str, Any], list[Any]]]:
    return [(question, answers + NOTHING_LIKE_AN_ANSWER) for question, answers in GRADES]


def render() -> str:
    """The file's text."""
    return json.dumps(build(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    text = render()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text else f"{TARGET} is not in step")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
