import { readConfig } from '../../config/file.ts';
import type { Context } from '../../context.ts';
import { storeName } from '../../secrets/open.ts';
import type { Credential } from '../credential.ts';
import { openStore } from './open-store.ts';
import type { SecretStore } from './store.ts';

/** Where a credential is stored. */
export interface Place {
  readonly store: SecretStore;
  readonly id: string;
}

/**
 * `profile move` deletes the credential from the old store after the settings name the new one. So a process that finds
 * nothing in the store it knows looks at the settings again before it says that you are signed out.
 *
 * @returns the new place, or undefined if the settings name no other store for this credential.
 */
export async function movedFrom(
  context: Context,
  profileName: string,
  { store, id }: Place,
): Promise<Place | undefined> {
  const reference = readConfig(context.home).profiles[profileName]?.credential;
  if (reference?.id !== id || storeName(reference.store) === store.name) return undefined;
  return { store: await openStore(storeName(reference.store), context), id };
}

/** Reads a profile's credential, from the store it was moved to if necessary. */
export async function readStored(
  context: Context,
  profileName: string,
  place: Place,
): Promise<Place & { readonly credential: Credential | undefined }> {
  const credential = await place.store.get(place.id);
  const moved = credential === undefined ? await movedFrom(context, profileName, place) : undefined;
  return moved === undefined
    ? { ...place, credential }
    : { ...moved, credential: await moved.store.get(moved.id) };
}
