"""A package that is spared: not found, and nothing of a landing misses it."""

from __future__ import annotations

import subprocess
import sys

LANDING_WITHOUT = """
import sys
from runtime.spared import spare
spare("pandas", "pyarrow.dataset", "dateutil", "cloudpickle")
import duckdb, numpy, pyarrow
table = pyarrow.table({"n": pyarrow.array(numpy.arange(3)), "t": ["a", None, "c"]})
with duckdb.connect() as connection:
    connection.register("t", table)
    print(connection.execute("SELECT count(*) FROM t WHERE n > ?", [0]).fetchall())
print({"pandas", "pyarrow.dataset", "pyarrow.compute"} & {*sys.modules})
try:
    import pandas
except ModuleNotFoundError as error:
    print(error)
"""


def test_duckdb_and_arrow_do_without_what_is_spared() -> None:
    command = [sys.executable, "-c", LANDING_WITHOUT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["[(2,)]", "set()", "pandas is spared here"], done.stderr


NO_TIME = """
import sys
from attache.cli import main
sys.argv = ["attache", "land", "--at", "noon", "--json"]
try:
    main()
except SystemExit as ended:
    print(ended.code, {"pydantic", "yaml", "numpy", "psutil"} & {*sys.modules})
"""


def test_a_landing_reads_its_options_and_settings_without_what_is_slow_to_import() -> None:
    command = [sys.executable, "-c", NO_TIME]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "2 set()\n", done.stderr
