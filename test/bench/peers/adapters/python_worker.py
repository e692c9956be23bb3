"""Python's worker of no-ops: python_worker.py HOST:PORT. Every run appends its id to the file that the variable names."""

import os
import sys

from taskbroker_client.app import TaskbrokerApp
from taskbroker_client.state import current_task

app = TaskbrokerApp(name="bench", producer_factory=lambda topic: None)
app.set_modules(["python_worker"])
tasks = app.create_namespace("bench", processing_deadline_duration=30)


@tasks.register(name="bench.blob")
def blob(data):
    with open(os.environ["TASKWIRE_BENCH_RUNS"], "a") as file:
        file.write(current_task().id + "\n")


if __name__ == "__main__":
    from taskbroker_client.worker import TaskWorker

    sys.exit(TaskWorker("python_worker:app", [sys.argv[1]], concurrency=2).start())
