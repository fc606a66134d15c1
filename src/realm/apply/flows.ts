import { stepOf } from '../model/flows.ts';
import type { RealmObject } from '../model/snapshot.ts';
import { type JsonObject, objectsIn, textOf } from '../model/values.ts';
import { encoded, findFlow, flowId } from './paths.ts';
import { change, goneSince, type Session } from './session.ts';
import { created, deletion, task, taskFor, type Writer } from './task.ts';

const FLOWS = '/authentication/flows';

/** Flows. One below another is created by the step that runs it. */
export const flows: Writer = {
  create: ({ id, fields }, session) => {
    if (fields['topLevel'] === false) return [];
    return task('flows', async () => {
      const { admin } = session;
      const body = { ...fields, alias: id, topLevel: true, builtIn: false };
      session.learn('flow', [id], await created(admin, FLOWS, body, () => findFlow(admin, id)));
    });
  },
  update: ({ id, fields }, names, session) =>
    task('flows', async () => change(session, await flowPath(session, id), fields, names)),
  remove: ({ id }, session) => deletion(session, () => flowPath(session, id), 'flow deletions'),
};

async function flowPath(session: Session, alias: string): Promise<string> {
  return `${FLOWS}/${await flowId(session, alias)}`;
}

/** Steps of flows, changed in place: their ids stay, and so do the sign-ins under way. */
export const executions: Writer = {
  create: (object, session) => task('flows', () => addStep(object, session)),
  update: (object, names, session) => [
    ...taskFor(
      names.filter((name) => name !== CONFIG),
      'flows',
      () => setStep(object, session),
    ),
    ...taskFor(
      names.filter((name) => name === CONFIG),
      'flows',
      () => configure(object, session),
    ),
  ],
  remove: (object, session) =>
    task('flows', async () => {
      const row = await rowOf(object, session);
      await session.admin.send('DELETE', `/authentication/executions/${textOf(row['id'])}`);
    }),
};

const CONFIG = 'authenticatorConfig';

async function rowOf(object: RealmObject, { admin }: Session): Promise<JsonObject> {
  const { parent = '' } = object;
  const { runs, count } = stepOf(object);
  const rows = objectsIn(await admin.get(`${FLOWS}/${encoded(parent)}/executions`)).filter(
    ({ level }) => level === 0,
  );
  const matching = rows.filter(
    (row) => (row['authenticationFlow'] === true ? row['displayName'] : row['providerId']) === runs,
  );
  const row = matching[count - 1];
  if (row === undefined) throw goneSince(`the step ${runs} of the flow ${parent}`);
  return row;
}

/** A new step is disabled until everything below it stands. */
async function addStep(object: RealmObject, session: Session): Promise<void> {
  const { admin, wanted } = session;
  const { parent = '', fields } = object;
  const { runs } = stepOf(object);
  const below = wanted.get('flow', runs);
  const path = `${FLOWS}/${encoded(parent)}/executions`;
  const priority = fields['priority'] ?? 0;
  const find = async () => textOf((await rowOf(object, session))['id']);
  if (below === undefined || below.fields['topLevel'] === true) {
    await created(admin, `${path}/execution`, { provider: runs, priority }, find);
  } else {
    const { description = '', providerId = 'basic-flow' } = below.fields;
    const provider = providerId === 'form-flow' ? { provider: 'registration-page-form' } : {};
    const body = { alias: runs, type: providerId, description, priority, ...provider };
    await created(admin, `${path}/flow`, body, find);
    for (const step of wanted.of('execution').filter((one) => one.parent === runs))
      await addStep(step, session);
  }
  await configure(object, session);
  await setStep(object, session);
}

/** Without a priority, Keycloak would store 0; without a requirement, it fails. */
async function setStep(object: RealmObject, session: Session): Promise<void> {
  const row = await rowOf(object, session);
  const body = {
    ...row,
    requirement: object.fields['requirement'] ?? row['requirement'] ?? 'DISABLED',
    priority: object.fields['priority'] ?? row['priority'] ?? 0,
  };
  await session.admin.send('PUT', `${FLOWS}/${encoded(object.parent ?? '')}/executions`, body);
}

/** Gives a step its configuration. A second one would delete the first, so that one is changed. */
async function configure(object: RealmObject, session: Session): Promise<void> {
  const alias = textOf(object.fields[CONFIG]);
  if (alias === undefined) return;
  const { admin, wanted } = session;
  const row = await rowOf(object, session);
  const known = textOf(row['authenticationConfig']);
  const body = { alias, config: wanted.get('authenticator-config', alias)?.fields['config'] ?? {} };
  if (known === undefined) {
    const find = async () => textOf((await rowOf(object, session))['authenticationConfig']);
    await created(admin, `/authentication/executions/${textOf(row['id'])}/config`, body, find);
  } else await admin.send('PUT', `/authentication/config/${known}`, { ...body, id: known });
}

/** Configurations of steps. A new one comes with its step. */
export const configs: Writer = {
  create: () => [],
  update: ({ id, fields }, _names, session) =>
    task('flows', async () => {
      const config = await session.id('authenticator-config', [id], async () => undefined);
      await change(session, `/authentication/config/${config}`, fields, ['config']);
    }),
  remove: () => [],
};
