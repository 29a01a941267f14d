"""PDF streams that would take up all memory are refused before PDFium sees them."""

from __future__ import annotations

import zlib

import pytest

from knowledge.errors import DocumentError
from knowledge.load import Limits, load_bytes
from knowledge.load.pdf_streams import check_streams

SMALL = Limits(max_unpacked_bytes=1_000_000)


def pdf(stream: bytes, entries: bytes = b"/Filter /FlateDecode") -> bytes:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        b"<< /Length %d %s >>\nstream\n" % (len(stream), entries) + stream + b"\nendstream",
    ]
    body = b"".join(b"%d 0 obj\n" % number + each + b"\nendobj\n" for number, each in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def test_a_page_that_unpacks_to_too_much_is_refused():
    with pytest.raises(DocumentError, match="would unpack to more than") as refused:
        load_bytes(pdf(zlib.compress(b" " * 5_000_000, 9)), source="bomb.pdf", limits=SMALL)
    assert refused.value.kind == "too-large"


def test_a_page_packed_twice_is_measured_at_the_bottom():
    packed = zlib.compress(zlib.compress(b" " * 5_000_000, 9), 9)
    with pytest.raises(DocumentError, match="would unpack to more than"):
        load_bytes(pdf(packed, b"/Filter [/FlateDecode /FlateDecode]"), source="bomb.pdf", limits=SMALL)


def test_many_streams_count_together():
    data = pdf(zlib.compress(b" " * 400_000, 9))
    check_streams(data, source="one.pdf", limits=SMALL)
    with pytest.raises(DocumentError, match="would unpack to more than"):
        check_streams(data * 3, source="three.pdf", limits=SMALL)


def test_an_image_of_honest_size_is_not_unpacked_for_its_text():
    image = b"/Type /XObject /Subtype /Image /Width 400 /Height 500 /BitsPerComponent 8 /Filter /FlateDecode"
    check_streams(pdf(zlib.compress(b" " * 5_000_000, 9), image), source="scan.pdf", limits=SMALL)


def test_an_image_that_says_it_is_huge_is_measured():
    image = b"/Type /XObject /Subtype /Image /Width 40000 /Height 50000 /BitsPerComponent 8 /Filter /FlateDecode"
    with pytest.raises(DocumentError, match="would unpack to more than"):
        check_streams(pdf(zlib.compress(b" " * 5_000_000, 9), image), source="scan.pdf", limits=SMALL)


def test_damaged_streams_are_left_to_the_reader():
    check_streams(pdf(zlib.compress(b"text " * 100_000, 9)[:200] + b"\xff" * 3000), source="torn.pdf", limits=SMALL)
