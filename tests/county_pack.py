"""A small pack for tests: two lessons, every kind of question in the first, written for one version at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SLUG = "county-pack"
FIRST, SECOND = "01-first", "02-second"
TEXT = "上课前先想好两个年级各自的第一件事，写在黑板的两边，再把第一声铃之后的五分钟排好。"


def _said(text: str) -> dict[str, str]:
    return {"zh-Hans": text, "en": text}


def _feedback(*names: str) -> dict[str, dict[str, str]]:
    return {name: _said(f"反馈：{name}") for name in names}


def _choices(*right: str) -> list[dict[str, Any]]:
    return [
        {"id": name, "text": _said(f"选项 {name}"), "feedback": _said("想一想")}
        | ({"correct": True} if name in right else {})
        for name in "abc"
    ]


def _question(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "difficulty": 1,
        "stem": _said(f"问题 {name}"),
        "explanation": _said("原因"),
        **more,
    }


def questions(single_right: str = "a") -> list[dict[str, Any]]:
    """One question of each kind; `single_right` is the right choice of `q-single`."""
    return [
        _question("q-single", "single", choices=_choices(single_right)),
        _question("q-multiple", "multiple", choices=_choices("a", "b")),
        _question("q-true-false", "true_false", answer=True, feedback=_feedback("true", "false")),
        _question(
            "q-numeric", "numeric", answer=12, tolerance=0, unit=_said("分钟"), feedback=_feedback("correct", "wrong")
        ),
        _question(
            "q-short",
            "short_text",
            accepted={"zh-Hans": ["复式教学"], "en": ["multigrade teaching"]},
            feedback=_feedback("correct", "wrong"),
        ),
        _question(
            "q-matching",
            "matching",
            pairs=[{"id": f"p{n}", "left": _said(f"左 {n}"), "right": _said(f"右 {n}")} for n in (1, 2, 3)],
            feedback=_feedback("correct", "wrong"),
        ),
        _question(
            "q-ordering",
            "ordering",
            items=[{"id": f"s{n}", "text": _said(f"第 {n} 步")} for n in (1, 2, 3)],
            feedback=_feedback("correct", "wrong"),
        ),
        _question("q-reflection", "reflection"),
    ]


def write_pack(folder: Path, version: int = 1, single_right: str = "a", slug: str = SLUG) -> Path:
    """Write the source of a version; the folder."""
    (folder / "lessons").mkdir(parents=True)
    (folder / "questions").mkdir()
    (folder / "pack.toml").write_text(_pack_toml(slug, version), encoding="utf-8")
    (folder / "LICENSES.md").write_text("CC-BY-SA-4.0\n", encoding="utf-8")
    for stem in (FIRST, SECOND):
        for suffix, title in (("md", "第一声铃"), ("en.md", "The first bell")):
            (folder / "lessons" / f"{stem}.{suffix}").write_text(_lesson(title), encoding="utf-8")
    # JSON is YAML.
    (folder / "questions" / f"{FIRST}.yaml").write_text(json.dumps(questions(single_right), ensure_ascii=False))
    (folder / "questions" / f"{SECOND}.yaml").write_text(
        json.dumps([_question("q-again", "single", choices=_choices("a"))], ensure_ascii=False)
    )
    return folder


def _lesson(title: str) -> str:
    return f"""---
title: {title}
minutes: 5
objectives:
  - 排好第一个五分钟
journal_prompt: 第一声铃之后你做了什么？
try_out:
  title: 明天试一试
  when: 第一节课
  steps:
    - 写在黑板上
  look_for: 孩子们是否知道先做什么
---
## 开始

{TEXT * 4}
"""


def _pack_toml(slug: str, version: int) -> str:
    return f"""format = "xuetan-source/1"
slug = "{slug}"
version = {version}
date = 2026-11-20
languages = ["zh-Hans", "en"]
licence = "CC-BY-SA-4.0"
authors = ["雪炭编写组"]
reviewers = []
compulsory = false
topics = ["multigrade"]
competences = ["classroom"]
hours = 1.0
credit_category = "professional"
prerequisites = []
[budget_bytes]
text = 150000
pictures = 400000
[title]
zh-Hans = "两个年级一间教室"
en = "Two grades, one room"
[summary]
zh-Hans = "给村小老师。"
en = "For village teachers."
"""
