"""report.docx: the whole report for reading, commenting and printing in Word or LibreOffice."""

from __future__ import annotations

from metaan.report.document.content import Document


def report_docx(document: Document) -> bytes:
    """Return the report as the bytes of a Word document.

    Title, contents and coverage; a chapter for each analysis with its figures, paragraphs, checks
    and sensitivity analyses; methods, missing studies, references and calls of R.

    Parameters
    ----------
    document : Document
        The report; the PNG files of its pictures exist.

    Notes
    -----
    Headings, captions and tables are Word's own, so that its navigation, its lists of figures and
    its contents work; every figure has a description for who cannot see it. Pictures longer than
    a page are shown in parts. The same document gives the same bytes.
    """
    # python-docx is loaded only where a Word file is written
    from metaan.report.files.word_report import written

    return written(document)
