"""Draws the pictures of the examples on the classify page: python tools/draw_examples.py."""

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIZE = 480
_SCALE = 3
_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "examples"


class Canvas:
    """A white square in units of 0 to 100, drawn large and reduced at the end."""

    def __init__(self) -> None:
        side = SIZE * _SCALE
        self.image = Image.new("RGB", (side, side), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.unit = side / 100

    def points(self, *values: float) -> list[float]:
        """Scale coordinates to pixels."""
        return [value * self.unit for value in values]

    def shadow(self, left: float, top: float, right: float, bottom: float) -> None:
        """Lay a soft shadow on the ground."""
        self.draw.ellipse(self.points(left, top, right, bottom), fill="#d9d9d9")
        self.image.paste(self.image.filter(ImageFilter.GaussianBlur(2.2 * self.unit)))

    def box(self, left, top, right, bottom, fill, radius=0, outline=None, width=0.6) -> None:
        """Draw a rectangle with round corners."""
        self.draw.rounded_rectangle(
            self.points(left, top, right, bottom),
            radius * self.unit,
            fill,
            outline,
            max(1, int(width * self.unit)),
        )

    def oval(self, left, top, right, bottom, fill, outline=None, width=0.6) -> None:
        """Draw an ellipse."""
        box = self.points(left, top, right, bottom)
        self.draw.ellipse(box, fill, outline, max(1, int(width * self.unit)))

    def shape(self, *values: float, fill: str) -> None:
        """Draw a polygon."""
        self.draw.polygon(self.points(*values), fill=fill)

    def line(self, *values: float, fill: str, width: float = 1) -> None:
        """Draw a line with round joints."""
        self.draw.line(self.points(*values), fill, int(width * self.unit), joint="curve")


def draw_book(canvas: Canvas) -> None:
    """An old paperback."""
    canvas.shadow(22, 84, 84, 93)
    canvas.shape(26, 10, 74, 10, 78, 13, 78, 89, 30, 89, 26, 86, fill="#efe6d0")
    canvas.box(24, 9, 73, 86, "#8c2f2b", 1)
    canvas.box(24, 9, 29, 86, "#6f2320")
    canvas.box(34, 18, 68, 19, "#e8cf94")
    for row, width in enumerate((30, 24, 28)):
        canvas.box(51 - width / 2, 24 + 5 * row, 51 + width / 2, 27 + 5 * row, "#f4e6bd")
    canvas.oval(40, 45, 62, 67, "#d9b25f")
    canvas.shape(51, 48, 57, 63, 45, 63, fill="#8c2f2b")
    canvas.box(41, 75, 61, 77, "#f4e6bd")


def draw_pool(canvas: Canvas) -> None:
    """A round above-ground pool with its ladder."""
    canvas.shadow(4, 70, 96, 90)
    canvas.oval(6, 58, 94, 88, "#2a6fa8")
    canvas.draw.rectangle(canvas.points(6, 46, 94, 73), fill="#2a6fa8")
    for post in range(7):
        place = 50 + 44 * math.sin(math.pi * (post - 3) / 7)
        canvas.line(place, 48, place, 86 - 0.006 * (place - 50) ** 2, fill="#e9eef2", width=1.6)
    canvas.oval(6, 31, 94, 61, "#e9eef2")
    canvas.oval(9, 33, 91, 59, "#4cc3e6")
    canvas.oval(16, 37, 84, 57, "#7fd8f0")
    for row in range(3):
        canvas.line(30 + 9 * row, 43 + 4 * row, 44 + 9 * row, 42 + 4 * row, fill="white", width=0.8)
    for side in (70, 80):
        canvas.line(side, 84, side, 26, fill="#a8b1b8", width=1.8)
    for rung in range(6):
        canvas.line(70, 36 + 8 * rung, 80, 36 + 8 * rung, fill="#a8b1b8", width=1.4)


def draw_controller(canvas: Canvas) -> None:
    """A game controller."""
    canvas.shadow(12, 76, 88, 86)
    canvas.oval(6, 34, 44, 84, "#2b2d33")
    canvas.oval(56, 34, 94, 84, "#2b2d33")
    canvas.box(17, 28, 83, 64, "#2b2d33", 14)
    canvas.box(20, 24, 36, 31, "#1c1d21", 3)
    canvas.box(64, 24, 80, 31, "#1c1d21", 3)
    canvas.box(24, 36, 30, 52, "#0f1012", 1)
    canvas.box(19, 41, 35, 47, "#0f1012", 1)
    for x, y, color in (
        (73, 36, "#e0a92e"),
        (80, 43, "#c94545"),
        (66, 43, "#3f7fd0"),
        (73, 50, "#4aa45b"),
    ):
        canvas.oval(x - 3, y - 3, x + 3, y + 3, color)
    for x in (38, 62):
        canvas.oval(x - 7, 51, x + 7, 65, "#0f1012")
        canvas.oval(x - 5, 53, x + 5, 63, "#3a3c44")
    canvas.oval(46, 36, 54, 44, "#d9dce0")


def draw_cushion(canvas: Canvas) -> None:
    """A square velvet cushion."""
    canvas.shadow(12, 82, 88, 92)
    edge = []
    for side in range(200):
        angle = 2 * math.pi * side / 200
        across, down = math.cos(angle), math.sin(angle)
        power = 0.36
        edge += [
            50 + 39 * math.copysign(abs(across) ** power, across),
            48 + 37 * math.copysign(abs(down) ** power, down),
        ]
    canvas.draw.polygon(canvas.points(*edge), fill="#2f6b52")
    glow = Image.new("L", canvas.image.size, 0)
    ImageDraw.Draw(glow).ellipse(canvas.points(22, 20, 70, 64), fill=70)
    glow = glow.filter(ImageFilter.GaussianBlur(9 * canvas.unit))
    canvas.image.paste(Image.new("RGB", canvas.image.size, "#9fd3ba"), mask=glow)
    for stripe in range(7):
        place = 20 + 10 * stripe
        canvas.line(place, 14, place, 82, fill="#2a6049", width=0.5)


def draw_armchair(canvas: Canvas) -> None:
    """A grey armchair on wooden legs."""
    canvas.shadow(14, 86, 86, 96)
    for left, right in ((27, 22), (73, 78)):
        canvas.line(left, 74, right, 92, fill="#a8713f", width=2.6)
    canvas.box(24, 12, 76, 66, "#7c858d", 9)
    canvas.box(29, 17, 71, 60, "#8b949c", 7)
    canvas.box(14, 40, 30, 78, "#6d767e", 7)
    canvas.box(70, 40, 86, 78, "#6d767e", 7)
    canvas.box(26, 54, 74, 72, "#98a1a8", 5)
    canvas.box(24, 68, 76, 79, "#6d767e", 4)
    for x in (40, 50, 60):
        canvas.oval(x - 1, 32, x + 1, 34, "#6d767e")


def draw_card(canvas: Canvas) -> None:
    """A trading card with a dragon."""
    canvas.shadow(24, 88, 80, 95)
    canvas.box(25, 6, 75, 90, "#e2b93b", 3)
    canvas.box(28, 9, 72, 87, "#f3e7b8", 1.5)
    canvas.box(31, 17, 69, 50, "#7fb6e6")
    canvas.shape(31, 50, 45, 34, 55, 42, 62, 36, 69, 44, 69, 50, fill="#5c8f5a")
    canvas.oval(41, 26, 57, 44, "#d0562f")
    canvas.shape(45, 30, 33, 22, 38, 38, fill="#e98a45")
    canvas.shape(53, 30, 66, 21, 61, 38, fill="#e98a45")
    canvas.oval(45, 20, 55, 30, "#d0562f")
    canvas.oval(47, 23, 49, 25, "white")
    canvas.oval(51, 23, 53, 25, "white")
    canvas.box(31, 11, 52, 15, "#57481c")
    canvas.oval(63, 10, 69, 16, "#d0562f")
    for row in range(4):
        canvas.box(31, 55 + 7 * row, 69 - 9 * (row % 2), 58 + 7 * row, "#8d7c46")


def draw_lamp(canvas: Canvas) -> None:
    """A bedside lamp."""
    canvas.shadow(30, 88, 70, 96)
    canvas.shape(36, 12, 64, 12, 78, 48, 22, 48, fill="#f2d9a0")
    canvas.shape(44, 12, 56, 12, 60, 48, 40, 48, fill="#fbecc6")
    canvas.box(48.5, 48, 51.5, 84, "#9a6b3c")
    canvas.oval(42, 55, 58, 80, "#c58f55")
    canvas.oval(32, 82, 68, 92, "#9a6b3c")


DRAWINGS: dict[str, Callable[[Canvas], None]] = {
    "book": draw_book,
    "pool": draw_pool,
    "controller": draw_controller,
    "cushion": draw_cushion,
    "armchair": draw_armchair,
    "card": draw_card,
    "lamp": draw_lamp,
}


def main() -> None:
    """Draw every picture into the examples' folder."""
    for name, drawing in DRAWINGS.items():
        canvas = Canvas()
        drawing(canvas)
        picture = canvas.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        picture.quantize(64, dither=Image.Dither.NONE).save(_FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
