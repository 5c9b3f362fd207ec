"""Apache Spark's side of training: plays read, counted, split and factored where they lie.

The only module that knows PySpark. What comes back to this process are item factors, how many
listeners each item has, and a sample of listeners to choose settings on; never the plays.
"""

import importlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from recommender.errors import DataError
from recommender.interactions import MIN_ITEMS_TO_HOLD_OUT, Matrix, Split
from recommender.scorers import Floats

Frame = Any  # pyspark.sql.DataFrame; PySpark is installed by those alone who want it
LEAST_JAVA = 17
INSTALL = "install it by `pip install -r recommender/requirements-spark.txt`"
OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
LOCAL_OPTIONS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}
BLOCKS_OF_LOCAL = 2
ROUNDS_OF_LINEAGE = 4  # then factors are stored: tasks that remember more overflow Java's stack


@dataclass(frozen=True, slots=True)
class MllibSettings:
    """MLlib's ALS: confidence is 1 + alpha x weight, the penalty is multiplied by how many items a
    listener has or listeners an item.
    """

    factors: int = 32
    penalty: float = 0.1
    alpha: float = 2.0


class Table(NamedTuple):
    """Plays on the cluster, columns `user`, `item` (numbers from 0), `rating` (log(1 + plays));
    items most played first.
    """

    frame: Frame
    item_ids: list[str]
    listeners: Floats
    users: int
    plays: int


class Cluster:
    """A Spark session: of the cluster that `SPARK_MASTER` names, else of this machine's cores."""

    def __init__(self) -> None:
        require()
        sql = importlib.import_module("pyspark.sql")
        spark_error = importlib.import_module("pyspark.errors").PySparkException
        java_error = importlib.import_module("py4j.protocol").Py4JError
        master = os.environ.get("SPARK_MASTER", "local[*]")
        self.is_local = master.startswith("local")
        builder = sql.SparkSession.builder.master(master).appName("Refrain")
        for name, value in (OPTIONS | (LOCAL_OPTIONS if self.is_local else {})).items():
            builder = builder.config(name, value)
        try:
            self.session = builder.getOrCreate()
        except (spark_error, java_error) as error:
            raise DataError(f"Spark does not start at {master}: {error}.") from error
        if self.is_local:
            self.kept = tempfile.TemporaryDirectory(prefix="refrain-spark-")
            self.session.sparkContext.setCheckpointDir(self.kept.name)
        self.functions = importlib.import_module("pyspark.sql.functions")

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.stop()
        if self.is_local:
            self.kept.cleanup()

    def read(self, path: Path) -> Table:
        """`user<TAB>item<TAB>weight`, no header; repeated pairs add up."""
        f = self.functions
        rows = self.session.read.csv(
            str(path),
            sep="\t",
            schema="user string, item string, weight double",
            quote="",
            escape="",
        )
        if bad := rows.filter(
            "user is null or item is null or weight is null or not weight > 0 or weight > 1e300"
        ).take(1):
            raise DataError(f"{path} has a row that is not user, item, weight above 0: {bad[0]}.")
        plays = rows.groupBy("user", "item").agg(f.sum("weight").alias("weight"))
        feature = importlib.import_module("pyspark.ml.feature")
        numbers = feature.StringIndexer(
            inputCols=["user", "item"], outputCols=["u", "i"], stringOrderType="frequencyDesc"
        ).fit(plays)
        users, items = numbers.labelsArray
        frame = numbers.transform(plays).select(
            f.col("u").cast("int").alias("user"),
            f.col("i").cast("int").alias("item"),
            f.log1p("weight").cast("float").alias("rating"),
        )
        frame = frame.repartition(BLOCKS_OF_LOCAL).cache() if self.is_local else frame.cache()
        counted = frame.groupBy("item").count().collect()
        listeners = np.zeros(len(items), dtype=np.float32)
        for row in counted:
            listeners[row["item"]] = row["count"]
        return Table(frame, list(items), listeners, len(users), int(listeners.sum()))

    def held_out(
        self, table: Table, share: float, most_users: int, seed: int
    ) -> tuple[Table, Split]:
        """The plays less about `share` of them, and the split of a sample of listeners: rows are
        the sample's, not all.
        """
        f = self.functions
        draw = f.abs(f.xxhash64("user", "item", f.lit(seed))) % 10_000
        hidden = draw < int(10_000 * share)
        kept = table.frame.filter(~hidden).cache()
        every = -(-table.users // most_users)
        some = f.abs(f.xxhash64("user", f.lit(seed))) % every == 0
        rows = table.frame.filter(some).withColumn("hidden", hidden).collect()
        split = split_of(
            [(row["user"], row["item"], row["rating"], row["hidden"]) for row in rows],
            len(table.item_ids),
        )
        return table._replace(frame=kept), split

    def fit(self, table: Table, settings: MllibSettings, rounds: int, seed: int) -> Floats:
        """Item factors (n, f), zeros for items without a play in `table`."""
        recommendation = importlib.import_module("pyspark.ml.recommendation")
        blocks = BLOCKS_OF_LOCAL if self.is_local else 10
        als = recommendation.ALS(
            rank=settings.factors,
            regParam=settings.penalty,
            alpha=settings.alpha,
            maxIter=rounds,
            implicitPrefs=True,
            seed=seed,
            numUserBlocks=blocks,
            numItemBlocks=blocks,
            checkpointInterval=ROUNDS_OF_LINEAGE,
        )
        model = als.fit(table.frame)
        factors = np.zeros((len(table.item_ids), settings.factors), dtype=np.float32)
        for row in model.itemFactors.collect():
            factors[row["id"]] = row["features"]
        return factors


def split_of(rows: Sequence[tuple[int, int, float, bool]], n_items: int) -> Split:
    """Of rows (user, item, preference, hidden) those of listeners with five items, one of them
    hidden and one not; users are numbered anew.
    """
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    users = np.unique(table[:, 0], return_inverse=True)[1]
    items, hidden = table[:, 1].astype(np.int64), table[:, 3] > 0
    n_users = int(users.max(initial=-1)) + 1

    def matrix(which: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Matrix:
        values = table[which, 2].astype(np.float32)
        return sparse.csr_matrix((values, (users[which], items[which])), (n_users, n_items))

    kept, out = matrix(~hidden), matrix(hidden)
    had, lost = np.diff(kept.indptr), np.diff(out.indptr)
    judged = np.flatnonzero((lost > 0) & (had > 0) & (had + lost >= MIN_ITEMS_TO_HOLD_OUT))
    held = [out.indices[out.indptr[u] : out.indptr[u + 1]].astype(np.int64) for u in judged]
    return Split(kept, judged.astype(np.int64), held)


def require() -> None:
    """Raises `DataError` with one sentence where PySpark or Java is missing."""
    try:
        importlib.import_module("pyspark")
    except ImportError as error:
        raise DataError(
            f"The engine spark needs PySpark: {INSTALL}, and a Java runtime of version"
            f" {LEAST_JAVA} or later."
        ) from error
    version = java_version()
    if version is None or version < LEAST_JAVA:
        found = "found none" if version is None else f"found {version}"
        raise DataError(
            f"The engine spark needs a Java runtime of version {LEAST_JAVA} or later, {found}:"
            " install one (Debian: openjdk-17-jre-headless) or set JAVA_HOME."
        )


def java_version() -> int | None:
    """The major version of the Java that Spark would start, None without one."""
    home = os.environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else shutil.which("java")
    if java is None:
        return None
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
        return int(told.split('"')[1].split(".")[0].split("-")[0])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return None
