"""The gRPC service google.cloud.tasks.v2.CloudTasks, over the dispatcher's queues.

Handlers are registered by name with the message types' serializers, so no
generated stub is needed.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.cloud import tasks_v2
from google.protobuf import empty_pb2

from local.tasks_emulator import rules
from local.tasks_emulator.dispatcher import Dispatcher
from local.tasks_emulator.queues import StoredQueue
from shared import clock

_SERVICE = "google.cloud.tasks.v2.CloudTasks"
_THREADS = 16
_TASKS_PER_PAGE = 1000
_QUEUES_PER_PAGE = 9800


class CloudTasksService:
    """One method for each call of the API, in its order; each raises Refused on an error."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def list_queues(self, request: tasks_v2.ListQueuesRequest) -> tasks_v2.ListQueuesResponse:
        if request.filter:
            raise rules.Unimplemented("The emulator does not filter queues.")
        with self._dispatcher.changing() as store:
            queues = {
                queue.name: queue.config
                for queue in store.queues()
                if queue.name.startswith(f"{request.parent}/queues/")
            }
        size = request.page_size or _QUEUES_PER_PAGE
        names, token = _page(sorted(queues), size, request.page_token)
        return tasks_v2.ListQueuesResponse(
            queues=[queues[name] for name in names], next_page_token=token
        )

    def get_queue(self, request: tasks_v2.GetQueueRequest) -> tasks_v2.Queue:
        with self._dispatcher.changing() as store:
            return _copy(store.queue(request.name))

    def create_queue(self, request: tasks_v2.CreateQueueRequest) -> tasks_v2.Queue:
        if not request.queue.name.startswith(f"{request.parent}/queues/"):
            raise rules.InvalidArgument("Queue.name must be below the parent.")
        with self._dispatcher.changing() as store:
            return _copy(store.create_queue(request.queue))

    def update_queue(self, request: tasks_v2.UpdateQueueRequest) -> tasks_v2.Queue:
        with self._dispatcher.changing() as store:
            return _copy(store.update_queue(request.queue, request.update_mask))

    def delete_queue(self, request: tasks_v2.DeleteQueueRequest) -> empty_pb2.Empty:
        with self._dispatcher.changing() as store:
            store.delete_queue(request.name, clock.now())
        return empty_pb2.Empty()

    def purge_queue(self, request: tasks_v2.PurgeQueueRequest) -> tasks_v2.Queue:
        with self._dispatcher.changing() as store:
            return _copy(store.purge_queue(request.name, clock.now()))

    def pause_queue(self, request: tasks_v2.PauseQueueRequest) -> tasks_v2.Queue:
        with self._dispatcher.changing() as store:
            return _copy(store.set_state(request.name, tasks_v2.Queue.State.PAUSED))

    def resume_queue(self, request: tasks_v2.ResumeQueueRequest) -> tasks_v2.Queue:
        with self._dispatcher.changing() as store:
            return _copy(store.set_state(request.name, tasks_v2.Queue.State.RUNNING))

    def list_tasks(self, request: tasks_v2.ListTasksRequest) -> tasks_v2.ListTasksResponse:
        size = min(request.page_size or _TASKS_PER_PAGE, _TASKS_PER_PAGE)
        with self._dispatcher.changing() as store:
            tasks = store.queue(request.parent).tasks
            names, token = _page(sorted(tasks), size, request.page_token)
            shown = [tasks[name].render(request.response_view) for name in names]
        return tasks_v2.ListTasksResponse(tasks=shown, next_page_token=token)

    def get_task(self, request: tasks_v2.GetTaskRequest) -> tasks_v2.Task:
        with self._dispatcher.changing() as store:
            return store.task(request.name).render(request.response_view)

    def create_task(self, request: tasks_v2.CreateTaskRequest) -> tasks_v2.Task:
        with self._dispatcher.changing() as store:
            task = store.create_task(request.parent, request.task, clock.now())
            return task.render(request.response_view)

    def delete_task(self, request: tasks_v2.DeleteTaskRequest) -> empty_pb2.Empty:
        with self._dispatcher.changing() as store:
            store.delete_task(request.name, clock.now())
        return empty_pb2.Empty()

    def run_task(self, request: tasks_v2.RunTaskRequest) -> tasks_v2.Task:
        return self._dispatcher.run_now(request.name, request.response_view)


def make_server(dispatcher: Dispatcher, port: int) -> tuple[grpc.Server, int, ThreadPoolExecutor]:
    """A gRPC server on 127.0.0.1 that is not started yet, its port, and its threads.

    `port` 0 uses a free port; a port in use raises OSError.
    """
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tasks-grpc")
    # Without this, two emulators could share a port and split its calls.
    server = grpc.server(threads, options=[("grpc.so_reuseport", 0)])
    methods = _methods(CloudTasksService(dispatcher))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, methods),))
    try:
        return server, server.add_insecure_port(f"127.0.0.1:{port}"), threads
    except RuntimeError as error:
        raise OSError(f"Port {port} of 127.0.0.1 is in use: {error}") from error


def _methods(service: CloudTasksService) -> dict[str, grpc.RpcMethodHandler]:
    queue, task = tasks_v2.Queue.serialize, tasks_v2.Task.serialize
    empty = empty_pb2.Empty.SerializeToString
    rows: list[tuple[str, Any, Callable[[Any], bytes]]] = [
        ("ListQueues", service.list_queues, tasks_v2.ListQueuesResponse.serialize),
        ("GetQueue", service.get_queue, queue),
        ("CreateQueue", service.create_queue, queue),
        ("UpdateQueue", service.update_queue, queue),
        ("DeleteQueue", service.delete_queue, empty),
        ("PurgeQueue", service.purge_queue, queue),
        ("PauseQueue", service.pause_queue, queue),
        ("ResumeQueue", service.resume_queue, queue),
        ("ListTasks", service.list_tasks, tasks_v2.ListTasksResponse.serialize),
        ("GetTask", service.get_task, task),
        ("CreateTask", service.create_task, task),
        ("DeleteTask", service.delete_task, empty),
        ("RunTask", service.run_task, task),
    ]
    return {
        name: grpc.unary_unary_rpc_method_handler(
            _answering(method),
            request_deserializer=getattr(tasks_v2, f"{name}Request").deserialize,
            response_serializer=serialize,
        )
        for name, method, serialize in rows
    }


def _answering(method: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
    """`method`, with Refused converted to its gRPC status."""

    def handler(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(request)
        except rules.Refused as error:
            context.abort(grpc.StatusCode[error.status], str(error))

    return handler


def _copy(queue: StoredQueue) -> tasks_v2.Queue:
    """A copy of the queue, because the response is serialized after the lock is released."""
    return tasks_v2.Queue(queue.config)


def _page(names: list[str], size: int, after: str) -> tuple[list[str], str]:
    """Up to `size` of the sorted `names` after `after`, and the token for the rest."""
    rest = [name for name in names if name > after]
    page = rest[:size]
    return page, page[-1] if len(rest) > size else ""
