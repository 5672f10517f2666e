"""Owns laying the engines' reviewed programs into one folder, from which their images are made.

`python -m deploy.images.gather FOLDER`, in an environment with the packages of deploy/requirements/local.txt.
"""

import shutil
import sys
from pathlib import Path

from deploy.town.engines.install import java_program, kafka_jars, mongod_program
from deploy.town.engines.kafka import JVM_SETTINGS
from deploy.town.engines.refusals import EngineRefused


def main() -> int:
    """Fill the folder; answer 1 with the reason when a program cannot be had."""
    folder = Path(sys.argv[1])
    try:
        _gather(folder)
    except EngineRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _gather(folder: Path) -> None:
    shutil.copy(mongod_program(), folder / "mongod")
    (folder / "mongod").chmod(0o755)
    shutil.copytree(java_program().parent.parent, folder / "java")
    (folder / "jars").mkdir()
    for jar in kafka_jars():
        shutil.copy(jar, folder / "jars")
    # The same as on a laptop; KAFKA_HEAP_OPTS, when given, comes later on the command line and wins.
    (folder / "jvm.options").write_text("".join(f"{setting}\n" for setting in JVM_SETTINGS))
    shutil.copy(Path(__file__).with_name("kafka-start"), folder)


if __name__ == "__main__":
    sys.exit(main())
