"""CSV tables that a long measurement appends to and can go on with after an interruption."""

import csv
import os


class TableError(Exception):
    """A file that is there cannot be gone on with."""


class Table:
    """A CSV file with a header. Rows are dictionaries of strings; `key` names the columns that tell rows apart."""

    def __init__(self, path, columns, key):
        self.path = path
        self.columns = columns
        self.key = key
        self.rows = []
        self.keys = set()
        if path.exists():
            self._read()

    def _read(self):
        with self.path.open(newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
        if not lines:
            return
        if lines[0] != self.columns:
            raise TableError(f"{self.path}: has other columns than those written here; "
                             "move it away, or choose another --output")
        # A last row that was not written whole is measured again.
        self._replace([dict(zip(self.columns, line)) for line in lines[1:] if len(line) == len(self.columns)],
                      write=any(len(line) != len(self.columns) for line in lines[1:]))

    def _replace(self, rows, write):
        self.rows = rows
        self.keys = {self.key_of(row) for row in rows}
        if not write:
            return
        part = self.path.with_name(self.path.name + ".part")
        with part.open("w", newline="", encoding="utf-8") as file:
            self._writer(file).writerows([dict(zip(self.columns, self.columns)), *rows])
        os.replace(part, self.path)

    def _writer(self, file):
        return csv.DictWriter(file, self.columns, lineterminator="\n")

    def key_of(self, row):
        return tuple(str(row[column]) for column in self.key)

    def __contains__(self, row):
        return self.key_of(row) in self.keys

    def keep(self, wanted):
        """Drops the rows for which `wanted(row)` is false, in the file too."""
        rows = [row for row in self.rows if wanted(row)]
        if len(rows) != len(self.rows):
            self._replace(rows, write=True)

    def append(self, rows):
        """Adds rows, in the file at once."""
        rows = [{column: "" if row.get(column) is None else str(row[column]) for column in self.columns}
                for row in rows]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists() or self.path.stat().st_size == 0
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = self._writer(file)
            if is_new:
                writer.writeheader()
            writer.writerows(rows)
        self.rows += rows
        self.keys |= {self.key_of(row) for row in rows}
