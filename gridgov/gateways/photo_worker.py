"""The program of one photo worker: reads photos from stdin, writes clean ones to stdout.

A process of its own, because decoders of untrusted files are where memory runs out and
libraries crash: what happens here cannot take the server along. Started by photo_pool with
`python -m gridgov.gateways.photo_worker`; it ends when its input ends.

The worker says {"status": "ready"} once, then answers each
{"kind", "max_pixels", "seconds"} + photo with one of
{"status": "clean", "width", "height", "full", "thumb", "look", "hint"} + full JPEG + thumbnail
+ small one,
{"status": "refused", "reason", "message", "values"} or {"status": "failed", "message"}.
"""

import json
import logging
import os
import resource
import signal
import sys
from typing import Any, BinaryIO, Final

from gridgov.domain.errors import InvalidInput
from gridgov.gateways.photo_image import CleanImage, clean, prepare_decoders
from gridgov.gateways.photo_wire import LENGTHS, frame

# Address space, not resident memory. Highest measured at 30 megapixels: 581 MiB (WebP with alpha),
# 419 (HEIC with alpha), 392 (PNG with alpha), 262 (progressive JPEG).
ADDRESS_SPACE: Final = 1024 * 1024 * 1024

log = logging.getLogger(__name__)


def main() -> None:
    """Serve photos until the input ends."""
    source, sink = _take_over_channels()
    _limit_process()
    prepare_decoders()
    write_message(sink, {"status": "ready"}, b"")
    while (message := read_message(source)) is not None:
        header, body = message
        # Should the server die while this decodes, nobody else would end it.
        signal.alarm(int(header["seconds"]) + 5)
        answer, result = _answer(header, body)
        write_message(sink, answer, result)
        signal.alarm(0)


def read_message(source: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return the next header and body, or None at the end of the input."""
    lengths = source.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header_length, body_length = LENGTHS.unpack(lengths)
    header = json.loads(source.read(header_length))
    return header, source.read(body_length)


def write_message(sink: BinaryIO, header: dict[str, Any], body: bytes) -> None:
    """Write one message and flush it."""
    sink.write(frame(header, body))
    sink.flush()


def _answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        image = clean(body, header["kind"], max_pixels=header["max_pixels"])
    except InvalidInput as refusal:
        return {
            "status": "refused",
            "reason": refusal.reason,
            "message": str(refusal),
            "values": refusal.values,
        }, b""
    except Exception as error:  # top of the loop that must live
        log.exception("photo worker: unexpected error")
        return {"status": "failed", "message": repr(error)}, b""
    return _describe(image), image.full + image.thumb + image.mini


def _describe(image: CleanImage) -> dict[str, Any]:
    hint = image.hint
    return {
        "status": "clean",
        "width": image.width,
        "height": image.height,
        "full": len(image.full),
        "thumb": len(image.thumb),
        "look": image.look,
        "hint": hint
        and {
            "lon": hint.lon,
            "lat": hint.lat,
            "taken_at": hint.taken_at.isoformat() if hint.taken_at else None,
        },
    }


def _take_over_channels() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for messages only: what a library prints goes to stderr."""
    for descriptor in (0, 1):
        os.set_blocking(descriptor, True)  # gevent hands over non-blocking ones
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return source, sink


def _limit_process() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the photo
    if sys.platform == "linux":  # other kernels refuse or ignore the address space limit
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


if __name__ == "__main__":
    main()
