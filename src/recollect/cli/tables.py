"""Tables for the width that there is: numbers whole, texts in what is left, and each row as a block of lines where that is too little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

GAP = 2
WIDEST = 1 << 16
CUT, FOLDED = 7, 10  # letters of a text below which a column says nothing: on one line, and on several


@dataclass(frozen=True, slots=True)
class Column:
    """A name, and what stands under it in each row."""

    name: str
    cells: Sequence[Text]
    whole: bool = False  # its cells are false when a part of them is missing
    right: bool = False
    most: int = WIDEST
    style: str = ""

    def wanted(self, heading: str) -> int:
        return min(self.most, max(cell.cell_len for cell in (*map(Text, heading.split("\n")), *self.cells)))

    @property
    def word(self) -> int:
        """The longest word in it: where lines go on, it is better not to break one."""
        return max((cell_len(word) for cell in self.cells for word in cell.plain.split()), default=0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns as a table; a text that is too long is cut, or goes on in further lines."""

    columns: Sequence[Column]
    fold: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        plain = [column.name for column in self.columns]
        for headings in (plain, [name.replace("_", "\n") for name in plain]):
            if widths := self._widths(headings, options.max_width - GAP * (len(plain) - 1)):
                yield self._table(headings, widths)
                return
        yield from self._blocks()

    def _widths(self, headings: Sequence[str], room: int) -> dict[int, int] | None:
        """What each column is given; None if some text would not be legible. Who wants less than an equal share leaves the rest to others."""
        wanted = {place: column.wanted(heading) for place, (column, heading) in enumerate(zip(self.columns, headings, strict=True))}
        given = {place: wanted[place] for place, column in enumerate(self.columns) if column.whole}
        texts = sorted(wanted.keys() - given.keys(), key=lambda place: (wanted[place], place))
        room -= sum(given.values())
        least = {place: min(wanted[place], FOLDED if self.fold else CUT) for place in texts}
        if room < sum(least.values()):
            return None
        words = {place: max(least[place], min(wanted[place], self.columns[place].word)) for place in texts}
        if self.fold and sum(words.values()) <= room:
            least = words
        for before, place in enumerate(texts):
            kept = sum(least[other] for other in texts[before + 1 :])
            given[place] = min(wanted[place], max(least[place], min(room - kept, room // (len(texts) - before))))
            room -= given[place]
        return given

    def _table(self, headings: Sequence[str], widths: dict[int, int]) -> Table:
        table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold", show_edge=False, pad_edge=False)
        for place, column in enumerate(self.columns):
            table.add_column(
                Text(headings[place]), width=widths[place], no_wrap=column.whole or not self.fold, style=column.style,
                overflow="fold" if self.fold else "ellipsis", justify="right" if column.right else "left",
            )  # fmt: skip
        for cells in zip(*(column.cells for column in self.columns), strict=True):
            table.add_row(*cells)
        return table

    def _blocks(self) -> Iterator[RenderableType]:
        for place, cells in enumerate(zip(*(column.cells for column in self.columns), strict=True)):
            if place:
                yield Text()
            yield block((column.name, cell) for column, cell in zip(self.columns, cells, strict=True) if cell)


def block(lines: Iterable[tuple[str, Text]]) -> Table:
    """Names, and beside each what it is."""
    grid = Table.grid(padding=(0, GAP))
    grid.add_column(style="dim", justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, said in lines:
        grid.add_row(name, said)
    return grid
