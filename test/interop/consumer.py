"""Calls ConsumerService with the messages of sentry-protos: one JSON line in, one JSON line out."""

import json
import sys

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sentry_protos.taskbroker.v1 import taskbroker_pb2 as messages
from sentry_protos.taskbroker.v1.taskbroker_pb2_grpc import ConsumerServiceStub

stub = ConsumerServiceStub(grpc.insecure_channel(sys.argv[1]))


def activation(fields):
    task = messages.TaskActivation(
        id=fields["id"],
        application=fields["application"],
        namespace=fields["namespace"],
        taskname=fields["taskname"],
        headers=fields["headers"],
        received_at=Timestamp(seconds=fields["received_at"]),
        parameters_bytes=bytes.fromhex(fields["parameters"]),
        processing_deadline_duration=fields["deadline"],
        retry_state=messages.RetryState(**fields["retry_state"]),
    )
    return task.SerializeToString().hex()


def seen(task):
    return {
        "id": task.id,
        "application": task.application,
        "namespace": task.namespace,
        "taskname": task.taskname,
        "headers": dict(task.headers),
        "received_at": task.received_at.seconds,
        "parameters": task.parameters_bytes.hex(),
        "deadline": task.processing_deadline_duration,
        "delay": task.delay if task.HasField("delay") else None,
        "retry_state": {
            "attempts": task.retry_state.attempts,
            "max_attempts": task.retry_state.max_attempts,
            "on_attempts_exceeded": task.retry_state.on_attempts_exceeded,
            "at_most_once": task.retry_state.at_most_once,
        },
    }


def status_request(fields):
    request = messages.SetTaskStatusRequest(id=fields["id"], status=fields["status"])
    if "fetch_next_task" in fields:
        request.fetch_next_task.CopyFrom(messages.FetchNextTask(**fields["fetch_next_task"]))
    for name in ("max_attempts", "delay_on_retry"):
        if name in fields:
            setattr(request, name, fields[name])
    return request


def call(question):
    if "get" in question:
        return stub.GetTask(messages.GetTaskRequest(**question["get"]))
    if "set" in question:
        return stub.SetTaskStatus(status_request(question["set"]))
    updates = [status_request(fields) for fields in question["batch"]]
    return stub.SetBatchActivationStatus(messages.SetBatchActivationStatusRequest(updates=updates))


def answer(question):
    if "encode" in question:
        return {"bytes": activation(question["encode"])}
    try:
        response = call(question)
    except grpc.RpcError as error:
        return {"code": error.code().name, "details": error.details()}
    has_task = "task" in response.DESCRIPTOR.fields_by_name and response.HasField("task")
    return {"code": "OK", "task": seen(response.task) if has_task else None}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
