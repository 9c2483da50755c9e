"""The gRPC service google.cloud.tasks.v2.CloudTasks, over the dispatcher's queues.

Handlers are registered by name with the message types' serializers, so no
generated stub is needed.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError, InvalidArgument, MethodNotImplemented
from google.cloud import tasks_v2

from local.tasks_emulator.dispatcher import Dispatcher
from local.tasks_emulator.store import QueueStore
from shared import clock

_SERVICE = "google.cloud.tasks.v2.CloudTasks"
_THREADS = 16
_TASKS_PER_PAGE = 1000
_QUEUES_PER_PAGE = 9800

Method = Callable[[QueueStore, Any], Any]
"""Gets the locked queues and the request; returns the response, None for an empty one."""


def make_server(dispatcher: Dispatcher, port: int) -> tuple[grpc.Server, int, ThreadPoolExecutor]:
    """A gRPC server on 127.0.0.1 that is not started yet, its port, and its threads.

    `port` 0 uses a free port; a port in use raises OSError.
    """
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tasks-grpc")
    # Without this, two emulators could share a port and split its calls.
    server = grpc.server(threads, options=[("grpc.so_reuseport", 0)])
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            _handler(dispatcher, method),
            request_deserializer=getattr(tasks_v2, f"{name}Request").deserialize,
        )
        for name, method in _methods(dispatcher).items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
    try:
        return server, server.add_insecure_port(f"127.0.0.1:{port}"), threads
    except RuntimeError as error:
        raise OSError(f"Port {port} of 127.0.0.1 is in use: {error}") from error


def _handler(
    dispatcher: Dispatcher, method: Method
) -> Callable[[Any, grpc.ServicerContext], bytes]:
    """`method` with a serialized response, and with its errors as gRPC statuses."""

    def handler(request: Any, context: grpc.ServicerContext) -> bytes:
        try:
            with dispatcher.changing() as store:
                response = method(store, request)
                return b"" if response is None else type(response).serialize(response)
        except GoogleAPICallError as error:
            context.abort(error.grpc_status_code, error.message)
            raise  # not reached: `abort` raises

    return handler


def _methods(dispatcher: Dispatcher) -> dict[str, Method]:
    state = tasks_v2.Queue.State
    return {
        "ListQueues": _list_queues,
        "GetQueue": lambda store, request: store.queue(request.name).config,
        "CreateQueue": _create_queue,
        "UpdateQueue": lambda store, request: (
            store.update_queue(request.queue, request.update_mask).config
        ),
        "DeleteQueue": lambda store, request: store.delete_queue(request.name, clock.now()),
        "PurgeQueue": lambda store, request: store.purge_queue(request.name, clock.now()).config,
        "PauseQueue": lambda store, request: store.set_state(request.name, state.PAUSED).config,
        "ResumeQueue": lambda store, request: store.set_state(request.name, state.RUNNING).config,
        "ListTasks": _list_tasks,
        "GetTask": lambda store, request: store.task(request.name).render(request.response_view),
        "CreateTask": lambda store, request: store.create_task(
            request.parent, request.task, clock.now()
        ).render(request.response_view),
        "DeleteTask": lambda store, request: store.delete_task(request.name, clock.now()),
        "RunTask": lambda _, request: dispatcher.run_now(request.name, request.response_view),
    }


def _list_queues(
    store: QueueStore, request: tasks_v2.ListQueuesRequest
) -> tasks_v2.ListQueuesResponse:
    if request.filter:
        raise MethodNotImplemented("The emulator does not filter queues.")
    prefix = f"{request.parent}/queues/"
    queues = {queue.name: queue for queue in store.queues() if queue.name.startswith(prefix)}
    names, token = _page(queues, request.page_size or _QUEUES_PER_PAGE, request.page_token)
    return tasks_v2.ListQueuesResponse(
        queues=[queues[name].config for name in names], next_page_token=token
    )


def _create_queue(store: QueueStore, request: tasks_v2.CreateQueueRequest) -> tasks_v2.Queue:
    if not request.queue.name.startswith(f"{request.parent}/queues/"):
        raise InvalidArgument("Queue.name must be below the parent.")
    return store.create_queue(request.queue).config


def _list_tasks(
    store: QueueStore, request: tasks_v2.ListTasksRequest
) -> tasks_v2.ListTasksResponse:
    tasks = store.queue(request.parent).tasks
    size = min(request.page_size or _TASKS_PER_PAGE, _TASKS_PER_PAGE)
    names, token = _page(tasks, size, request.page_token)
    shown = [tasks[name].render(request.response_view) for name in names]
    return tasks_v2.ListTasksResponse(tasks=shown, next_page_token=token)


def _page(names: Iterable[str], size: int, after: str) -> tuple[list[str], str]:
    """Up to `size` of the `names` after `after`, in order, and the token for the rest."""
    rest = sorted(name for name in names if name > after)
    page = rest[:size]
    return page, page[-1] if len(rest) > size else ""
