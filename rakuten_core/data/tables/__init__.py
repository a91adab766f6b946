"""Tables of products as people have them, read row by row: CSV, JSON, Excel or Parquet."""

from rakuten_core.data.tables.opening import FORMATS, open_table
from rakuten_core.data.tables.table import SUFFIXES, Row, Table, TableFormat

__all__ = ["FORMATS", "SUFFIXES", "Row", "Table", "TableFormat", "open_table"]
