// Deploys with Temporal's own SDK for TypeScript: deploy NAME REQUEST.json. Prints
// the outcome as JSON. The workflow type's name, the task queue and the request's
// JSON are all there is to know of Aiolos.
import { readFileSync } from 'node:fs';
import { argv, env, exit, stderr, stdout } from 'node:process';
import {
  ApplicationFailure,
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';

// The part of an outcome that is used here; docs/schemas/outcome.schema.json has all.
interface Outcome {
  deployment: string;
  state: string;
  outputs?: Record<string, unknown>;
  changes: string[];
}

async function deploy(client: Client, name: string, request: unknown): Promise<Outcome> {
  try {
    const handle = await client.workflow.start<(request: unknown) => Promise<Outcome>>('Deploy', {
      args: [request],
      workflowId: name, // the deployment's name is the workflow ID
      taskQueue: 'aiolos',
      workflowIdConflictPolicy: 'FAIL',
    });
    return await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    stderr.write(`an operation runs on ${name} already; waiting for it\n`);
    return (await client.workflow.getHandle(name).result()) as Outcome;
  }
}

async function main(name: string, path: string): Promise<number> {
  const request: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' });
  try {
    stdout.write(JSON.stringify(await deploy(new Client({ connection }), name, request)) + '\n');
    return 0;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)) throw error;
    // The type is the failure's kind; the details are all failures.
    stderr.write(`${error.cause.type}: ${error.cause.message}\n`);
    return 1;
  } finally {
    await connection.close();
  }
}

main(argv[2], argv[3]).then(exit);
