"""The durable job that builds and publishes a pack. Owns the order of steps; what each does is in `builds`.

Every step is recorded, so a build killed half-way goes on with the step that was cut short; steps work from blobs,
so doing one twice gives the same bytes. A watcher sees the stage, how much is done and of how much.
"""

from __future__ import annotations

from functools import partial

from xuetan.kernel.jobs import Steps
from xuetan.kernel.services import Services
from xuetan.packs.builds import Build

BUILD_PACK = "build_pack"


def register(services: Services) -> None:
    services.jobs.register(BUILD_PACK, partial(build_pack, services))


def build_pack(services: Services, steps: Steps, build_id: str) -> None:
    build = Build(services, build_id)
    try:
        _run(build, steps)
    except Exception:
        build.fail()
        raise


def _run(build: Build, steps: Steps) -> None:
    plan = steps.run("check", build.check)
    if not plan["go_on"]:
        return
    files, lesson_ids = plan["media"], plan["lessons"]
    media = {}
    for done, file in enumerate(files, 1):
        kept = steps.run(f"medium {file}", partial(build.medium, file, done, len(files)))
        if kept is None:
            return
        media[file] = kept
    lessons = {}
    for done, lesson_id in enumerate(lesson_ids, 1):
        work = partial(build.lesson, lesson_id, media, done, len(lesson_ids))
        lessons[lesson_id] = steps.run(f"lesson {lesson_id}", work)
    built = steps.run("assemble", partial(build.assemble, media, lessons))
    steps.run("compress", partial(build.compress, built["blobs"]))
    steps.run("publish", partial(build.publish, built))
