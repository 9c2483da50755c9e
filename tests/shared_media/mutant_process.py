"""`python -m tests.shared_media.mutant_process COUNT SEED SECONDS`: inspects so many damaged files,
each in a process that has the limits of the inspector but only so many seconds, and prints what
became of them as JSON.

The processes are forked, because starting a new one for each file would take minutes.
"""

import io
import json
import os
import sys
import time
from collections import Counter

import PIL.GifImagePlugin
import PIL.JpegImagePlugin
import PIL.PngImagePlugin
import PIL.WebPImagePlugin  # noqa: F401
import pymediainfo  # noqa: F401

from shared.media import inspector, pictures, videos  # noqa: F401
from shared.media.facts import facts_from
from tests.shared_media.mutants import mutants


def _inspected(data: bytes, content_type: str) -> str:
    """facts, refused, or how the process ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        kind = content_type.partition("/")[0]
        inspector.limit(inspector.MEMORY_BYTES, inspector.PROCESSOR_SECONDS[kind])
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        answer = inspector.answer(io.BytesIO(data), content_type)
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        printed = answers.read()
    _, status = os.waitpid(child, 0)
    if not printed:
        return f"ended with {os.waitstatus_to_exitcode(status)}"
    decoded = json.loads(printed)
    # What no file can have, such as a width of billions, is refused by the process that asked.
    is_refused = "refused" in decoded or facts_from(decoded["facts"]) is None
    return "refused" if is_refused else "facts"


def main() -> None:
    results: Counter[str] = Counter()
    inspector.PROCESSOR_SECONDS.update(image=int(sys.argv[3]), video=int(sys.argv[3]))
    slowest = 0.0
    for content_type, data in mutants(int(sys.argv[1]), int(sys.argv[2])):
        start = time.process_time() + os.times().children_user
        results[_inspected(data, content_type)] += 1
        slowest = max(slowest, time.process_time() + os.times().children_user - start)
    print(json.dumps({"results": results, "slowest": slowest}))


main()
