"""An application of taskbroker-client: its tasks write what they got to a file."""

import json
import os
import sys
from concurrent.futures import Future

from taskbroker_client.app import TaskbrokerApp
from taskbroker_client.retry import LastAction, Retry
from taskbroker_client.state import current_task


class PrintingProducer:
    def produce(self, dest, payload):
        print(payload.value.hex(), flush=True)
        done = Future()
        done.set_result(None)
        return done


app = TaskbrokerApp(name="py", producer_factory=lambda topic: PrintingProducer())
app.set_modules(["taskwire_interop"])
things = app.create_namespace("things", processing_deadline_duration=20)


def note(what):
    with open(os.environ["TASKWIRE_INTEROP_FILE"], "a") as file:
        file.write(json.dumps(what) + "\n")


@things.register(name="things.add")
def add(one, two, text=""):
    note({"task": "add", "sum": one + two, "text": text})


@things.register(
    name="things.flaky",
    retry=Retry(times=3, on=(RuntimeError,), times_exceeded=LastAction.Deadletter),
)
def flaky(number):
    attempt = current_task().attempt
    note({"task": "flaky", "number": number, "attempt": attempt})
    if attempt < 2:
        raise RuntimeError("again")


@things.register(
    name="things.doomed",
    retry=Retry(times=2, on=(RuntimeError,), times_exceeded=LastAction.Deadletter),
)
def doomed(number):
    note({"task": "doomed", "number": number})
    raise RuntimeError("always")


@things.register(name="things.once", at_most_once=True)
def once(number):
    note({"task": "once", "number": number})


if __name__ == "__main__":
    import taskwire_interop as own
    from taskbroker_client.worker import TaskWorker

    if sys.argv[1] == "produce":
        for number in range(int(sys.argv[2])):
            own.add.delay(number, 2**40, text="ä" * number)
            own.flaky.delay(number)
            own.doomed.delay(number)
            own.once.delay(number=number)
    else:
        worker = TaskWorker(
            app_module="taskwire_interop:app",
            broker_hosts=[sys.argv[2]],
            concurrency=2,
            process_type="fork",
        )
        sys.exit(worker.start())
