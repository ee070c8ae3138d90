"""The cells of a table as they are sent to the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa


def arrow(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Return columns as `st.dataframe` takes them at once: of lists it makes a pandas frame first,
    which costs a click on a page of a hundred rows more than drawing all the rest of the table.
    Raises pyarrow.ArrowInvalid for a column of several types."""
    return pa.table({name: pa.array(cells) for name, cells in columns.items()})
