"""QR codes as inline SVG, drawn here: no picture service sees an address."""

from typing import Final

import segno

from gridgov.domain.errors import InvalidInput

BORDER: Final = 4  # modules of quiet zone that ISO/IEC 18004 asks for


def svg(text: str, *, title: str | None = None) -> str:
    """Return an inline SVG of any size (give it one by CSS: class `qr`).

    `title` is what a screen reader says; without it, the text itself. Black on white in every
    theme, as cameras need; no style attributes, as the content security policy allows none.
    Raises InvalidInput("text", "too_long") beyond what one code holds (about 2,300 bytes).
    """
    try:
        code = segno.make(text, error="m", micro=False)
    except segno.DataOverflowError as error:
        raise InvalidInput("text", "too_long", "the text does not fit in a QR code") from error
    markup: str = code.svg_inline(
        omitsize=True,
        border=BORDER,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
        title=title or text,
    )
    return markup.replace("<svg ", '<svg role="img" ', 1)
