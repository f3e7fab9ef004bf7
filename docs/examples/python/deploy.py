"""Deploys with Temporal's own SDK for Python: deploy.py NAME REQUEST.json.

Prints the outcome as JSON. Nothing of Aiolos is imported: the name of the
workflow type, the task queue and the request's JSON are all there is to know.
"""

import asyncio
import json
import os
import sys

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError


async def deploy(name: str, request: dict) -> dict:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"))
    try:
        handle = await client.start_workflow(
            "Deploy",
            request,
            id=name,  # the deployment's name is the workflow ID
            task_queue="aiolos",
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
    except WorkflowAlreadyStartedError:
        print(f"an operation runs on {name} already; waiting for it", file=sys.stderr)
        handle = client.get_workflow_handle(name)
    return await handle.result()


def main() -> int:
    name, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    try:
        outcome = asyncio.run(deploy(name, request))
    except WorkflowFailureError as error:
        if not isinstance(error.cause, ApplicationError):
            raise
        # The type is the failure's kind; the details are all failures.
        print(f"{error.cause.type}: {error.cause.message}", file=sys.stderr)
        return 1
    print(json.dumps(outcome))
    return 0


if __name__ == "__main__":
    code = main()
    # The SDK's own threads may abort an interpreter that is about to end: nothing is
    # left to do here but to leave.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
