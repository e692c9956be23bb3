"""The application `py` of the schema beside it, on taskbroker-client: producer, workers, scheduler.

    application.py produce            one JSON line in, one out
    application.py pull HOST:PORT     a worker that fetches
    application.py push PORT HOST:PORT    a worker that is pushed to
    application.py schedule           a scheduler that looks what is due at each line
"""

import functools
import json
import logging
import os
import sqlite3
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta

from arroyo.backends.kafka import KafkaProducer, build_kafka_producer_configuration
from sentry_protos.taskbroker.v1.taskbroker_pb2 import TaskActivation
from taskbroker_client.app import TaskbrokerApp
from taskbroker_client.constants import CompressionType
from taskbroker_client.retry import LastAction, Retry
from taskbroker_client.state import current_task

TOPICS = json.loads(os.environ["TASKWIRE_INTEROP_TOPICS"])
NOTES = os.environ["TASKWIRE_INTEROP_FILE"]


class Router:
    """An own namespace is asked for by its name, an external one as `application:namespace`."""

    def route_namespace(self, name):
        return TOPICS[name]


class Marks:
    """What ran at most once, as files that can be made once."""

    def add(self, key, value, timeout):
        try:
            os.close(os.open(f"{NOTES}.{key.replace(':', '_')}", os.O_CREAT | os.O_EXCL))
            return True
        except FileExistsError:
            return False


class Application(TaskbrokerApp):
    def get_task(self, namespace, task):
        """Its scheduler asks for own namespaces only; ours may start tasks of TypeScript, too."""
        if self.taskregistry.contains(namespace):
            return super().get_task(namespace, task)
        return self.taskregistry.get_external("node", namespace).get(task)


@functools.cache
def producer(topic):
    servers = [os.environ["TASKWIRE_INTEROP_KAFKA"]]
    return KafkaProducer(build_kafka_producer_configuration({}, servers))


app = Application(name="py", producer_factory=producer, router_class=Router(), at_most_once_store=Marks())
app.set_modules(["application"])
app.set_config({"rpc_secret": os.environ.get("TASKWIRE_INTEROP_SECRETS")})

pictures = app.create_namespace("pictures", processing_deadline_duration=20)
things = app.create_external_namespace("things", "node", processing_deadline_duration=20)


class Unavailable(Exception):
    pass


class Gone(Unavailable):
    pass


def plain(value):
    """As JSON can say it; a float is told apart from an integer."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, int) and abs(value) >= 2**53:
        return {"bigint": str(value)}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def note(parameters, headers=None):
    run = current_task()
    seen = {"task": run.taskname, "id": run.id, "attempt": run.attempt + 1}
    line = json.dumps({**seen, "headers": headers or {}, "parameters": plain(parameters)})
    with open(NOTES, "a") as file:
        file.write(line + "\n")


@pictures.register(name="pictures.every_type", pass_headers=True)
def every_type(headers, **parameters):
    note(parameters, headers)


@pictures.register(name="pictures.packed", compression_type=CompressionType.ZSTD, pass_headers=True)
def packed(text, headers):
    note({"text": text}, headers)


thrice = Retry(times=3, on=(Unavailable,), times_exceeded=LastAction.Deadletter, delay=1)


@pictures.register(name="pictures.flaky", retry=thrice)
def flaky(n):
    note({"n": n})
    if current_task().attempt + 1 < n:
        raise Unavailable()


@pictures.register(
    name="pictures.picky",
    retry=Retry(times=3, on=(Unavailable,), ignore=(Gone,), times_exceeded=LastAction.Deadletter),
)
def picky(error):
    note({"error": error})
    raise {"Unavailable": Unavailable, "Gone": Gone}.get(error, ValueError)()


@pictures.register(name="pictures.slow", retry=thrice)
def slow(n):
    note({"n": n})
    time.sleep(600)


@pictures.register(name="pictures.unbounded", retry=thrice)
def unbounded(n):
    flaky(n)


@pictures.register(name="pictures.careless", retry=thrice)
def careless(n):
    flaky(n)


@pictures.register(name="pictures.once", at_most_once=True)
def once(n):
    note({"n": n})
    if n == 0:
        time.sleep(600)
    if n < 0:
        raise Unavailable()


@pictures.register(name="pictures.plain")
def plain_task(n):
    note({"n": n})


@pictures.register(name="pictures.heartbeat")
def heartbeat():
    note({})


@pictures.register(name="pictures.relay")
def relay(left):
    note({"left": left})
    if left > 0:
        things_tasks["relay"].delay(left=left - 1)


def external(name, **options):
    return things.register(name=f"things.{name}", **options)(lambda *args, **kwargs: None)


deadlettered = Retry(times=3, times_exceeded=LastAction.Deadletter)
things_tasks = {
    "every_type": external("every_type"),
    "packed": external("packed", compression_type=CompressionType.ZSTD),
    "flaky": external("flaky", retry=deadlettered),
    "picky": external("picky", retry=deadlettered),
    "picky_discarded": things.register(name="things.picky")(lambda error: None),
    "once": external("once", at_most_once=True),
    "plain": external("plain"),
    "relay": external("relay"),
    "heartbeat": external("heartbeat"),
    "minutely": external("minutely"),
}


def value_of(tagged):
    """The value that a tag of the test means, as a Python programmer would pass it."""
    if isinstance(tagged, list):
        return [value_of(each) for each in tagged]
    if not isinstance(tagged, dict):
        return tagged
    if len(tagged) == 1:
        (tag, text), *_ = tagged.items()
        readers = {
            "bytes": bytes.fromhex,
            "bigint": int,
            "float": float,
            "datetime": lambda text: datetime.fromisoformat(text).isoformat(),
            "uuid": lambda text: str(uuid.UUID(text)),
            "repeated": lambda how: how[0] * how[1],
            "random": lambda how: os.urandom(how[0]) * how[1],
            "pairs": lambda pairs: dict(pairs),
        }
        if tag in readers:
            return readers[tag](text)
    return {name: value_of(each) for name, each in tagged.items()}


def send(question):
    task = things_tasks[question["send"]] if "send" in question else app.get_task("pictures", question["own"])
    options = question.get("options", {})
    args, kwargs = value_of(question.get("args", [])), value_of(question.get("kwargs", {}))
    future = task.apply_async_with_future(args=args, kwargs=kwargs, **options)
    activation = TaskActivation.FromString(future.result(timeout=30).payload.value)
    return {
        "id": activation.id,
        "headers": dict(activation.headers),
        "parameters": len(activation.parameters_bytes),
    }


def fetch(question):
    """One fetch with secrets of its own."""
    import grpc
    from taskbroker_client.worker.client import TaskbrokerClient

    client = TaskbrokerClient([question["fetch"]], "nobody", app.metrics, rpc_secret=question["secrets"])
    try:
        client.get_task()
        return {"code": "OK"}
    except grpc.RpcError as error:
        return {"code": error.code().name, "details": error.details()}


def produce():
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(fetch(question) if "fetch" in question else send(question)), flush=True)


def log():
    """The client puts what went wrong beside its message."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s %(error)s", defaults={"error": ""}))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def pull(address):
    from taskbroker_client.worker import TaskWorker

    log()
    worker = TaskWorker("application:app", [address], concurrency=2)
    sys.exit(worker.start())


def push(port, address):
    import grpc
    from taskbroker_client.worker import PushTaskWorker

    log()
    made = grpc.server

    def on_loopback(*args, **kwargs):
        """The client listens on every interface, and has no option for it."""
        server = made(*args, **kwargs)
        add = server.add_insecure_port
        server.add_insecure_port = lambda address: add(address.replace("[::]", "127.0.0.1"))
        return server

    grpc.server = on_loopback
    worker = PushTaskWorker(
        "application:app",
        address,
        concurrency=2,
        grpc_port=int(port),
        drain_file_path=None,
    )
    sys.exit(worker.start())


class FileStorage:
    """Run storage of schedulers in one SQLite file: whoever sets a key first starts the run."""

    def __init__(self, path):
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.execute("CREATE TABLE IF NOT EXISTS runs (key TEXT PRIMARY KEY, at TEXT, until TEXT)")
        self._db.execute("CREATE TABLE IF NOT EXISTS granted (key TEXT)")

    def set(self, key, next_runtime):
        now = datetime.now(tz=UTC)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            row = self._db.execute("SELECT until FROM runs WHERE key = ?", (key,)).fetchone()
            free = row is None or datetime.fromisoformat(row[0]) <= now
            if free:
                values = (key, now.isoformat(), next_runtime.isoformat())
                self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", values)
                self._db.execute("INSERT INTO granted VALUES (?)", (key,))
            return free
        finally:
            self._db.execute("COMMIT")

    def read(self, key):
        row = self._db.execute("SELECT at FROM runs WHERE key = ?", (key,)).fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    def read_many(self, storage_keys):
        return {key: self.read(key) for key in storage_keys}

    def delete(self, key):
        self._db.execute("DELETE FROM runs WHERE key = ?", (key,))

    def granted(self):
        return dict(self._db.execute("SELECT key, count(*) FROM granted GROUP BY key"))


def schedule():
    """Starts what is due at each line of its input, and answers how often each key was granted to any scheduler."""
    from taskbroker_client.scheduler import ScheduleRunner
    from taskbroker_client.scheduler.config import crontab

    storage = FileStorage(f"{NOTES}.runs")
    runner = ScheduleRunner(app, storage)
    every_second = timedelta(seconds=1)
    runner.add("own", {"task": "pictures:pictures.heartbeat", "schedule": every_second})
    runner.add("theirs", {"task": "things:things.heartbeat", "schedule": every_second})
    runner.add("minutely", {"task": "things:things.minutely", "schedule": crontab()})
    for _ in sys.stdin:
        runner.tick()
        print(json.dumps(storage.granted()), flush=True)
    for topic in set(TOPICS.values()):
        producer(topic).close().result(timeout=30)


if __name__ == "__main__":
    {"produce": produce, "pull": pull, "push": push, "schedule": schedule}[sys.argv[1]](*sys.argv[2:])
