"""Recognition of scans, with a recogniser that stands in; the bundled one where the extra is installed."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from knowledge.errors import DocumentError, MissingDependency
from knowledge.load import Limits, load_bytes, load_file
from knowledge.load.pdf import load
from knowledge.load.recognise import RapidOcr, Seen, words_of

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty"
HAS_OCR = importlib.util.find_spec("rapidocr") is not None


class StandIn:
    """Sees the same three lines in every picture; counts the pictures."""

    def __init__(self):
        self.seen = 0

    def read(self, picture):
        self.seen += 1
        assert picture.ndim == 3
        lines = ["A berth is let for a year and may be", "let again to the same boat.", "smudge"]
        return [
            Seen(
                text=text,
                left=100,
                top=200 + 40 * place,
                right=1200 - 100 * place,
                bottom=230 + 40 * place,
                sureness=sure,
            )
            for place, (text, sure) in enumerate(zip(lines, (0.99, 0.98, 0.2), strict=True))
        ]


def pdf(*pages: str) -> bytes:
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer, pagesize=(612, 792))
    for text in pages:
        if text:
            paper.drawString(72, 700, text)
        else:
            paper.drawImage(ImageReader(Image.new("RGB", (200, 260), "grey")), 0, 0, 612, 792)
        paper.showPage()
    paper.save()
    return buffer.getvalue()


def test_only_pages_without_text_are_recognised_and_said():
    eye = StandIn()
    data = pdf("The fee is due on the first of May each year.", "")
    document = load(data, source="fees.pdf", limits=Limits(), recogniser=eye)
    texts = [(document.text[b.start : b.end], b.page) for b in document.blocks]
    assert eye.seen == 1
    assert ("A berth is let for a year and may be let again to the same boat.", 2) in texts
    assert "smudge" not in document.text
    assert any(warning.startswith("ocr: page 2 is a scan") for warning in document.warnings)


def test_without_recognition_a_scan_names_its_page_and_the_setting():
    document = load_bytes(pdf("The fee is due on the first of May each year.", ""), source="fees.pdf")
    assert [w for w in document.warnings if "page 2" in w and "library.ocr" in w]


def test_a_picture_is_refused_with_the_setting_that_reads_it():
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(buffer, "PNG")
    with pytest.raises(DocumentError, match=r"library\.ocr") as refused:
        load_bytes(buffer.getvalue(), source="page.png")
    assert refused.value.kind == "unsupported"


def test_type_of_about_one_height_is_taken_to_be_of_one_size():
    boxes = [Seen(text="a", left=0, top=0, right=9, bottom=height) for height in (30, 31, 33, 60)]
    assert len({word.size for word in words_of(boxes, scale=2)}) == 2


@pytest.mark.skipif(HAS_OCR, reason="the ocr extra is installed")
def test_without_the_extra_the_remedy_is_said():
    with pytest.raises(MissingDependency, match=r"groundsmith\[ocr\]"):
        RapidOcr()


@pytest.mark.corpus
@pytest.mark.model
@pytest.mark.skipif(not HAS_OCR or not NASTY.exists(), reason="needs the ocr extra and ../shared/data/nasty")
def test_a_real_scan_is_read():
    document = load_file(NASTY / "pdf" / "scanned-image-only.pdf", source="scan.pdf", limits=Limits(ocr=True))
    assert "Financial records must be kept for 7 years after the end of the fiscal year" in document.text
