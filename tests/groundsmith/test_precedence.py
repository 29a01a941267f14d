from groundsmith.precedence import authority
from verify.evidence import Evidence


def test_the_first_pattern_that_fits_ranks_highest():
    rank = authority(["laws/*", "*Guidance*"])

    def of(source, title=""):
        return rank(Evidence(passage_id="p", document_id="d", text="t", source=source, title=title))

    assert (of("Laws/act.txt"), of("notes/a.txt", "Staff guidance"), of("blog.txt")) == (2, 1, 0)
