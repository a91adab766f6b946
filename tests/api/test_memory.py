"""The server keeps little memory that it does not use."""

import pyarrow as pa

from rakuten_core.memory import keep_little_memory


def test_tables_take_memory_from_the_system_and_give_it_back():
    before = pa.default_memory_pool()
    try:
        keep_little_memory()
        pool = pa.default_memory_pool()
        assert pool.backend_name == "system"
        start = pool.bytes_allocated()
        numbers = pa.array(range(100_000))
        assert pool.bytes_allocated() >= start + 800_000
        del numbers
        assert pool.bytes_allocated() == start
    finally:
        pa.set_memory_pool(before)
