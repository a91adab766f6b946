"""What turns one text into another."""

from rakuten_core.text.changes import Change, changes


def test_removed_and_added_pieces_in_reading_order():
    assert changes("Une table!", "une table") == [
        Change("removed", "Une"),
        Change("added", "une"),
        Change("kept", " table"),
        Change("removed", "!"),
    ]
    assert changes("", "a") == [Change("added", "a")]
    assert changes("a b", "a b") == [Change("kept", "a b")]


def test_the_longest_text_of_the_page_comes_back_whole():
    """Kept and removed pieces are the first text, kept and added pieces the other."""
    before = " ".join(f"Mot{number % 40} É!" for number in range(750))
    after = before.lower().replace("!", "")
    pieces = changes(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after
